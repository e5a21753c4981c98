// Package producerconsumer is a monitor whose condition variables are channels.
package producerconsumer

import (
	"context"
	"errors"
	"sync"
)

var (
	ErrClosed      = errors.New("closed")
	ErrFull        = errors.New("full")
	ErrEmpty       = errors.New("empty")
	ErrTooManyDone = errors.New("too many done")
)

type Queue[T any] struct {
	mu                         sync.Mutex
	notEmpty, notFull, allDone bell
	ring                       []T
	head, n                    int
	open                       bool
	unfinished                 int
}

func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("capacity < 1")
	}
	q := &Queue[T]{ring: make([]T, capacity), open: true}
	q.notEmpty, q.notFull, q.allDone = make(bell), make(bell), make(bell)
	return q
}

// waitFor waits until ok holds or ctx ends. q.mu is held.
func (q *Queue[T]) waitFor(ctx context.Context, b bell, ok func() bool) error {
	for !ok() {
		q.mu.Unlock()
		select {
		case <-b:
			q.mu.Lock()
		case <-ctx.Done():
			q.mu.Lock()
			if !ok() {
				return ctx.Err()
			}
		}
	}
	return nil
}

// bell wakes those who listen.
type bell chan struct{}

func (b bell) Broadcast() {
	for {
		select {
		case b <- struct{}{}:
		default:
			return
		}
	}
}

func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.waitFor(ctx, q.notFull, func() bool { return !q.open || q.n < len(q.ring) }); err != nil {
		return err
	}
	return q.put(item)
}

func (q *Queue[T]) TryPut(item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.put(item)
}

func (q *Queue[T]) put(item T) error {
	if !q.open {
		return ErrClosed
	}
	if q.n == len(q.ring) {
		return ErrFull
	}
	q.ring[(q.head+q.n)%len(q.ring)] = item
	q.n++
	q.unfinished++
	q.notEmpty.Broadcast()
	return nil
}

func (q *Queue[T]) Get(ctx context.Context) (item T, err error) {
	if err := ctx.Err(); err != nil {
		return item, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.waitFor(ctx, q.notEmpty, func() bool { return !q.open || q.n > 0 }); err != nil {
		return item, err
	}
	return q.get()
}

func (q *Queue[T]) TryGet() (T, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.get()
}

func (q *Queue[T]) get() (item T, err error) {
	if q.n == 0 {
		if q.open {
			return item, ErrEmpty
		}
		return item, ErrClosed
	}
	item, q.ring[q.head] = q.ring[q.head], item
	q.head = (q.head + 1) % len(q.ring)
	q.n--
	q.notFull.Broadcast()
	return item, nil
}

func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = false
	q.notEmpty.Broadcast()
	q.notFull.Broadcast()
}

func (q *Queue[T]) TaskDone() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		return ErrTooManyDone
	}
	q.unfinished--
	q.allDone.Broadcast()
	return nil
}

func (q *Queue[T]) Join(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waitFor(ctx, q.allDone, func() bool { return q.unfinished == 0 })
}

func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n
}

func (q *Queue[T]) Cap() int { return len(q.ring) }
