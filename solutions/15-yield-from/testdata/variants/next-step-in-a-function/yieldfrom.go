// Package yieldfrom lets coroutines delegate to coroutines: while one delegates,
// its caller talks straight to the other.
package yieldfrom

import (
	"cmp"
	"errors"
	"iter"
)

// YieldFrom delegates to sub until sub ends, and returns its value.
func YieldFrom[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret]) (Ret, error) {
	resume := sub.Next
	for {
		out, err := resume()
		if done, ok := err.(*Done[Ret]); ok {
			return done.Value, nil
		}
		if err != nil {
			var none Ret
			return none, err
		}
		in, thrown := yield(out)
		switch {
		case thrown == nil:
			resume = func() (Out, error) { return sub.Send(in) }
		case errors.Is(thrown, ErrExit):
			resume = func() (none Out, err error) { return none, cmp.Or(sub.Close(), thrown) }
		default:
			resume = func() (Out, error) { return sub.Throw(thrown) }
		}
	}
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
		nodes := 0
		todo := []*Tree[T]{tree} // the next one last
		for len(todo) > 0 {
			node := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if node == nil {
				continue
			}
			_, err := yield(node.Value)
			nodes++
			if errors.Is(err, ErrSkip) {
				continue
			}
			if err != nil {
				return 0, err
			}
			for i := len(node.Children) - 1; i >= 0; i-- {
				todo = append(todo, node.Children[i])
			}
		}
		return nodes, nil
	})
}
