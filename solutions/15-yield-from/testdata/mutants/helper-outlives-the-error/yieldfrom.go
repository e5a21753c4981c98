// Package yieldfrom lets coroutines delegate to coroutines: while one delegates,
// its caller talks straight to the other.
package yieldfrom

import (
	"errors"
	"iter"
)

// YieldFrom delegates to sub until sub ends, and returns its value.
func YieldFrom[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret]) (Ret, error) {
	talk := converse(sub)
	turn := talk.do(sub.Next)
	for turn.err == nil {
		in, thrown := yield(turn.out)
		turn = talk.do(func() (out Out, err error) {
			switch {
			case thrown == nil:
				return sub.Send(in)
			case !errors.Is(thrown, ErrExit):
				return sub.Throw(thrown)
			}
			if err = sub.Close(); err == nil {
				err = thrown
			}
			return out, err
		})
	}
	var done *Done[Ret]
	if errors.As(turn.err, &done) {
		close(talk.calls)
		return done.Value, nil
	}
	var none Ret
	return none, turn.err
}

// conversation is a goroutine that makes all calls of one delegation.
type conversation[Out any] struct {
	calls chan func() (Out, error)
	turns chan turn[Out]
}

type turn[Out any] struct {
	out      Out
	err      error
	panicked any
}

func converse[In, Out, Ret any](*Coroutine[In, Out, Ret]) conversation[Out] {
	c := conversation[Out]{make(chan func() (Out, error)), make(chan turn[Out])}
	go func() {
		for call := range c.calls {
			c.turns <- attempt(call)
		}
	}()
	return c
}

func attempt[Out any](call func() (Out, error)) (t turn[Out]) {
	defer func() { t.panicked = recover() }()
	t.out, t.err = call()
	return t
}

func (c conversation[Out]) do(call func() (Out, error)) turn[Out] {
	c.calls <- call
	t := <-c.turns
	if t.panicked != nil {
		panic(t.panicked)
	}
	return t
}

// YieldEach delegates to a sequence.
func YieldEach[In, Out any](yield Yield[In, Out], seq iter.Seq[Out]) error {
	for out := range seq {
		if _, err := yield(out); err != nil {
			return err
		}
	}
	return nil
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
	return New(func(yield Yield[struct{}, T]) (int, error) {
		if tree == nil {
			return 0, nil
		}
		switch _, err := yield(tree.Value); {
		case errors.Is(err, ErrSkip):
			return 1, nil
		case err != nil:
			return 0, err
		}
		nodes := 1
		for _, child := range tree.Children {
			below, err := YieldFrom(yield, Walk(child))
			if err != nil {
				return 0, err
			}
			nodes += below
		}
		return nodes, nil
	})
}
