// Package producerconsumer builds the queue on a buffered channel and tells of
// the end with another one.
package producerconsumer

import (
	"context"
	"errors"
	"sync"
)

var (
	ErrClosed      = errors.New("queue closed")
	ErrFull        = errors.New("queue full")
	ErrEmpty       = errors.New("queue empty")
	ErrTooManyDone = errors.New("too many TaskDone")
)

type Queue[T any] struct {
	items   chan T
	closing chan struct{}
	once    sync.Once
	tasks   tasks
}

func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("capacity less than one")
	}
	return &Queue[T]{items: make(chan T, capacity), closing: make(chan struct{})}
}

func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.tasks.add()
	select {
	case q.items <- item:
		return nil
	case <-ctx.Done():
		q.tasks.done()
		return ctx.Err()
	case <-q.closing:
		q.tasks.done()
		return ErrClosed
	}
}

func (q *Queue[T]) TryPut(item T) error {
	if q.isClosing() {
		return ErrClosed
	}
	q.tasks.add()
	select {
	case q.items <- item:
		return nil
	default:
		q.tasks.done()
		return ErrFull
	}
}

func (q *Queue[T]) Get(ctx context.Context) (item T, err error) {
	if err := ctx.Err(); err != nil {
		return item, err
	}
	select {
	case item := <-q.items:
		return item, nil
	case <-ctx.Done():
		return item, ctx.Err()
	case <-q.closing:
		return q.TryGet()
	}
}

func (q *Queue[T]) TryGet() (item T, err error) {
	select {
	case item := <-q.items:
		return item, nil
	default:
	}
	if q.isClosing() {
		return item, ErrClosed
	}
	return item, ErrEmpty
}

func (q *Queue[T]) Close() {
	q.once.Do(func() { close(q.closing) })
}

func (q *Queue[T]) isClosing() bool {
	select {
	case <-q.closing:
		return true
	default:
		return false
	}
}

func (q *Queue[T]) TaskDone() error                { return q.tasks.done() }
func (q *Queue[T]) Join(ctx context.Context) error { return q.tasks.wait(ctx) }
func (q *Queue[T]) Len() int                       { return len(q.items) }
func (q *Queue[T]) Cap() int                       { return cap(q.items) }

// tasks is a counter that one can wait for to be zero.
type tasks struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n falls to zero; nil while nobody waits
}

func (t *tasks) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
}

func (t *tasks) done() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		return ErrTooManyDone
	}
	t.n--
	if t.n == 0 && t.zero != nil {
		close(t.zero)
		t.zero = nil
	}
	return nil
}

func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return nil
	}
	if t.zero == nil {
		t.zero = make(chan struct{})
	}
	zero := t.zero
	t.mu.Unlock()
	select {
	case <-zero:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
