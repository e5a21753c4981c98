// Package producerconsumer hands items over: a Put gives its item straight to
// a Get that waits, and a Get moves the item of a waiting Put into the queue.
// Whoever wakes has already been served, so nobody needs to look again.
package producerconsumer

import (
	"context"
	"errors"
	"slices"
	"sync"
)

var (
	ErrClosed      = errors.New("producerconsumer: closed")
	ErrFull        = errors.New("producerconsumer: full")
	ErrEmpty       = errors.New("producerconsumer: empty")
	ErrTooManyDone = errors.New("producerconsumer: too many TaskDone")
)

// waiter is a Put with its item or a Get with room for one.
type waiter[T any] struct {
	item T
	err  error
	wake chan struct{}
}

func (w *waiter[T]) finish(err error) {
	w.err = err
	close(w.wake)
}

type Queue[T any] struct {
	mu         sync.Mutex
	capacity   int
	items      []T
	getters    []*waiter[T]
	putters    []*waiter[T]
	joiners    []chan struct{}
	closed     bool
	unfinished int
}

func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("capacity must be at least one")
	}
	return &Queue[T]{capacity: capacity}
}

// await waits to be served, or leaves the line if ctx ends and nobody was faster.
func (q *Queue[T]) await(ctx context.Context, w *waiter[T], line *[]*waiter[T]) error {
	select {
	case <-w.wake:
		return w.err
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(*line, w); i >= 0 {
		*line = slices.Delete(*line, i, i+1)
		return ctx.Err()
	}
	if w.err == nil && line == &q.getters {
		q.unfinished--
		if q.put(w.item) == ErrFull {
			return nil
		}
		return ctx.Err()
	}
	return w.err
}

func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	err := q.put(item)
	if err != ErrFull {
		q.mu.Unlock()
		return err
	}
	w := &waiter[T]{item: item, wake: make(chan struct{})}
	q.putters = append(q.putters, w)
	q.mu.Unlock()
	return q.await(ctx, w, &q.putters)
}

func (q *Queue[T]) TryPut(item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.put(item)
}

func (q *Queue[T]) put(item T) error {
	switch {
	case q.closed:
		return ErrClosed
	case len(q.getters) > 0:
		w := q.getters[0]
		q.getters = q.getters[1:]
		w.item = item
		w.finish(nil)
	case len(q.items) >= q.capacity:
		return ErrFull
	default:
		q.items = append(q.items, item)
	}
	q.unfinished++
	return nil
}

func (q *Queue[T]) Get(ctx context.Context) (item T, err error) {
	if err := ctx.Err(); err != nil {
		return item, err
	}
	q.mu.Lock()
	item, err = q.get()
	if err != ErrEmpty {
		q.mu.Unlock()
		return item, err
	}
	w := &waiter[T]{wake: make(chan struct{})}
	q.getters = append(q.getters, w)
	q.mu.Unlock()
	if err := q.await(ctx, w, &q.getters); err != nil {
		return item, err
	}
	return w.item, nil
}

func (q *Queue[T]) TryGet() (T, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.get()
}

func (q *Queue[T]) get() (item T, err error) {
	if len(q.items) == 0 {
		if q.closed {
			return item, ErrClosed
		}
		return item, ErrEmpty
	}
	item = q.items[0]
	q.items = slices.Delete(q.items, 0, 1)
	if len(q.putters) > 0 {
		w := q.putters[0]
		q.putters = q.putters[1:]
		q.items = append(q.items, w.item)
		q.unfinished++
		w.finish(nil)
	}
	return item, nil
}

func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range slices.Concat(q.getters, q.putters) {
		w.finish(ErrClosed)
	}
	q.getters, q.putters = nil, nil
}

func (q *Queue[T]) TaskDone() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		return ErrTooManyDone
	}
	q.unfinished--
	if q.unfinished == 0 {
		for _, j := range q.joiners {
			close(j)
		}
		q.joiners = nil
	}
	return nil
}

func (q *Queue[T]) Join(ctx context.Context) error {
	q.mu.Lock()
	if q.unfinished == 0 {
		q.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	q.joiners = append(q.joiners, done)
	q.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.joiners = slices.DeleteFunc(q.joiners, func(j chan struct{}) bool { return j == done })
	return ctx.Err()
}

func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func (q *Queue[T]) Cap() int { return q.capacity }
