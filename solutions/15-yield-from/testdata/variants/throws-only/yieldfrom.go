// Package yieldfrom lets coroutines delegate to coroutines: while one delegates,
// its caller talks straight to the other.
package yieldfrom

import (
	"errors"
	"iter"
)

// YieldFrom delegates to sub until sub ends, and returns its value.
func YieldFrom[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret]) (Ret, error) {
	out, err := sub.Next()
	return forward(yield, sub, out, err)
}

// forward throws at sub whatever was thrown, ErrExit too, and judges the answer.
func forward[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret], out Out, err error) (ret Ret, _ error) {
	for ; err == nil; out, err = talk(yield, sub, out) {
	}
	if done := (*Done[Ret])(nil); errors.As(err, &done) {
		ret, err = done.Value, nil
	}
	return ret, err
}

func talk[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret], out Out) (Out, error) {
	in, thrown := yield(out)
	if thrown == nil {
		return sub.Send(in)
	}
	out, err := sub.Throw(thrown)
	switch {
	case !errors.Is(thrown, ErrExit):
		return out, err
	case err == nil:
		return out, ErrIgnoredExit
	case errors.Is(err, ErrDone):
		return out, thrown
	}
	return out, err
}

// YieldEach delegates to a sequence.
func YieldEach[In, Out any](yield Yield[In, Out], seq iter.Seq[Out]) error {
	next, stop := iter.Pull(seq)
	defer stop()
	for {
		out, ok := next()
		if !ok {
			return nil
		}
		if _, err := yield(out); err != nil {
			return err
		}
	}
}

// Grouper returns a coroutine that takes the averages of groups of numbers.
func Grouper() *Coroutine[*float64, float64, []Average] {
	return New(func(yield Yield[*float64, float64]) ([]Average, error) {
		var groups []Average
		for {
			group, err := YieldFrom(yield, Averager())
			switch {
			case err != nil:
				return nil, err
			case group.Count == 0:
				return groups, nil
			}
			groups = append(groups, group)
		}
	})
}

// ErrSkip makes a Walk into which it is thrown skip what is below the node whose
// value it has just yielded.
var ErrSkip = errors.New("yieldfrom: skip the children")

// Tree is a node with all that is below it. A nil Tree is empty.
type Tree[T any] struct {
	Value    T
	Children []*Tree[T]
}

// Walk returns a coroutine that yields the values of tree, the root first.
func Walk[T any](tree *Tree[T]) *Coroutine[struct{}, T, int] {
	return New(func(yield Yield[struct{}, T]) (int, error) { return walk(yield, tree) })
}

// walk passes yield on: a function that is called needs no coroutine.
func walk[T any](yield Yield[struct{}, T], tree *Tree[T]) (nodes int, err error) {
	if tree == nil {
		return 0, nil
	}
	if _, err := yield(tree.Value); err != nil {
		if errors.Is(err, ErrSkip) {
			return 1, nil
		}
		return 0, err
	}
	nodes = 1
	for _, child := range tree.Children {
		below, err := walk(yield, child)
		if err != nil {
			return 0, err
		}
		nodes += below
	}
	return nodes, nil
}
