// Package yieldfrom lets coroutines delegate to coroutines: while one delegates,
// its caller talks straight to the other.
package yieldfrom

import (
	"errors"
	"iter"
	"slices"
	"sync"
)

// maxDepth is how many coroutines may run at once, each inside the next.
const maxDepth = 100_000

var errTooDeep = errors.New("yieldfrom: maximum recursion depth exceeded")

// delegations holds every coroutine that somebody delegates to.
var delegations struct {
	sync.Mutex
	subs []interface{ State() State }
}

// tooDeep asks all of them whether they are running.
func tooDeep() bool {
	delegations.Lock()
	defer delegations.Unlock()
	running := 0
	for _, sub := range delegations.subs {
		if sub.State() == Running {
			running++
		}
	}
	return running > maxDepth
}

func begin(sub interface{ State() State }) {
	delegations.Lock()
	defer delegations.Unlock()
	delegations.subs = append(delegations.subs, sub)
}

func end(sub interface{ State() State }) {
	delegations.Lock()
	defer delegations.Unlock()
	i := slices.Index(delegations.subs, sub)
	delegations.subs = slices.Delete(delegations.subs, i, i+1)
}

// YieldFrom delegates to sub until sub ends, and returns its value.
func YieldFrom[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret]) (Ret, error) {
	begin(sub)
	defer end(sub)
	out, err := sub.Next()
	for err == nil {
		in, thrown := yield(out)
		switch {
		case tooDeep():
			err = closeWith(sub, errTooDeep)
		case thrown == nil:
			out, err = sub.Send(in)
		case errors.Is(thrown, ErrExit):
			err = closeWith(sub, thrown)
		default:
			out, err = sub.Throw(thrown)
		}
	}
	var done *Done[Ret]
	if errors.As(err, &done) {
		return done.Value, nil
	}
	var none Ret
	return none, err
}

// closeWith closes sub and returns exit, or the error of closing it.
func closeWith[In, Out, Ret any](sub *Coroutine[In, Out, Ret], exit error) error {
	if err := sub.Close(); err != nil {
		return err
	}
	return exit
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
