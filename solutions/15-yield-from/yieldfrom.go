// Package yieldfrom lets coroutines delegate to coroutines: while one delegates,
// its caller talks straight to the other.
package yieldfrom

import (
	"errors"
	"iter"
)

// YieldFrom delegates to sub. A body calls it, with its own yield; from then on
// whoever resumes the body's coroutine talks to sub, until sub ends:
//
//   - what sub yields, yield hands out, each value once and when sub yields it;
//   - what yield then returns goes to sub: a value by Send, an error by Throw, as
//     it is, and an error that is [ErrExit] by Close.
//
// YieldFrom begins with sub.Next, so a sub that has been started already goes on
// from where it stands, with the zero In. It returns when sub has ended:
//
//   - sub's value and a nil error, when sub returns a value, be it upon an error
//     that was thrown;
//   - sub's error as it is, when sub returns one;
//   - the error that yield returned, when that is ErrExit and Close has closed
//     sub; the value that sub returns upon it is lost. If Close returns an error,
//     YieldFrom returns that one: if it is [ErrIgnoredExit], sub is still
//     Suspended.
//
// When sub cannot be resumed, YieldFrom returns the error that says so: [ErrDone]
// if sub had ended before, so that its value went to somebody else, and
// [ErrRunning] if it is running, for example because it delegates to itself. A
// panic in sub goes on in the body. With an error the value is the zero Ret.
//
// One value through n delegations costs n times what it costs through one.
func YieldFrom[In, Out, Ret any](yield Yield[In, Out], sub *Coroutine[In, Out, Ret]) (Ret, error) {
	out, err := sub.Next()
	for err == nil {
		in, thrown := yield(out)
		switch {
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

// YieldEach delegates to a sequence, which can be asked for values and for
// nothing else. It yields each of them, one at a time, when it is asked for. What
// is sent is lost. An error that is thrown, ErrExit too, ends the sequence, which
// cleans up, and YieldEach returns that error as it is; at the end of the sequence
// it returns nil. A panic in the sequence goes on in the body.
func YieldEach[In, Out any](yield Yield[In, Out], seq iter.Seq[Out]) error {
	for out := range seq {
		if _, err := yield(out); err != nil {
			return err
		}
	}
	return nil
}

// Grouper returns a coroutine, not yet primed, that takes the averages of groups
// of numbers. It delegates to one [Averager] after the other: the sentinel, nil,
// ends a group, and upon it the Grouper yields the 0 of the next one. An empty
// group, one with no number in it, ends the Grouper, whose value is the averages
// of all groups before, in order; there may be none.
//
// An error with which an averager ends, ends the Grouper too. What is thrown
// reaches the averager of the group: [ErrReset] makes that group begin again, and
// leaves those before it alone.
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

// Walk returns a coroutine, not yet primed, that yields the values of tree: that of
// a node first, and then what is below it, child by child. Its value is the
// number of nodes that it has yielded. It looks at the children of a node only
// when it is resumed after the node's value.
//
// When [ErrSkip] is thrown, it goes on after the children of the node whose value
// it has yielded last. Any other error that is thrown ends it with that error.
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
