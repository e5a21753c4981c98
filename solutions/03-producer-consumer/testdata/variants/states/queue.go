// Package producerconsumer keeps the whole state of a queue in a channel: the
// one named after what the state allows. Receiving it locks the queue and
// checks the condition in one step, and select adds the context for free.
// (After Bryan C. Mills, "Rethinking Classical Concurrency Patterns".)
package producerconsumer

import (
	"context"
	"errors"
)

var (
	ErrClosed      = errors.New("queue: closed")
	ErrFull        = errors.New("queue: full")
	ErrEmpty       = errors.New("queue: empty")
	ErrTooManyDone = errors.New("queue: too many TaskDone")
)

type state[T any] struct {
	items      []T
	closed     bool
	unfinished int
	idle       chan struct{} // closed when unfinished falls to zero
}

// Queue: exactly one of the four channels holds the state.
type Queue[T any] struct {
	capacity                   int
	empty, partial, full, shut chan *state[T]
}

func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("queue: capacity less than one")
	}
	one := func() chan *state[T] { return make(chan *state[T], 1) }
	q := &Queue[T]{capacity: capacity, empty: one(), partial: one(), full: one(), shut: one()}
	q.give(&state[T]{idle: make(chan struct{})})
	return q
}

// take gets the state whatever it is.
func (q *Queue[T]) take() *state[T] {
	select {
	case s := <-q.empty:
		return s
	case s := <-q.partial:
		return s
	case s := <-q.full:
		return s
	case s := <-q.shut:
		return s
	}
}

// give puts the state where those look who can go on with it.
func (q *Queue[T]) give(s *state[T]) {
	switch {
	case s.closed:
		q.shut <- s
	case len(s.items) == 0:
		q.empty <- s
	case len(s.items) < q.capacity:
		q.partial <- s
	default:
		q.full <- s
	}
}

func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var s *state[T]
	select {
	case s = <-q.empty:
	case s = <-q.partial:
	case s = <-q.shut:
	case <-ctx.Done():
		return ctx.Err()
	}
	return q.put(s, item)
}

func (q *Queue[T]) TryPut(item T) error { return q.put(q.take(), item) }

func (q *Queue[T]) put(s *state[T], item T) error {
	defer q.give(s)
	switch {
	case s.closed:
		return ErrClosed
	case len(s.items) == q.capacity:
		return ErrFull
	}
	s.items = append(s.items, item)
	s.unfinished++
	return nil
}

func (q *Queue[T]) Get(ctx context.Context) (item T, err error) {
	if err := ctx.Err(); err != nil {
		return item, err
	}
	var s *state[T]
	select {
	case s = <-q.partial:
	case s = <-q.full:
	case s = <-q.shut:
	case <-ctx.Done():
		return item, ctx.Err()
	}
	return q.get(s)
}

func (q *Queue[T]) TryGet() (T, error) { return q.get(q.take()) }

func (q *Queue[T]) get(s *state[T]) (item T, err error) {
	defer q.give(s)
	switch {
	case len(s.items) > 0:
		item, s.items = s.items[0], s.items[1:]
		return item, nil
	case s.closed:
		return item, ErrClosed
	}
	return item, ErrEmpty
}

func (q *Queue[T]) Close() {
	s := q.take()
	s.closed = true
	q.give(s)
}

func (q *Queue[T]) TaskDone() error {
	s := q.take()
	defer q.give(s)
	if s.unfinished == 0 {
		return ErrTooManyDone
	}
	if s.unfinished--; s.unfinished == 0 {
		close(s.idle)
		s.idle = make(chan struct{})
	}
	return nil
}

func (q *Queue[T]) Join(ctx context.Context) error {
	s := q.take()
	unfinished, idle := s.unfinished, s.idle
	q.give(s)
	if unfinished == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue[T]) Len() int {
	s := q.take()
	defer q.give(s)
	return len(s.items)
}

func (q *Queue[T]) Cap() int { return q.capacity }
