// Package producerconsumer counts with two channels of tokens, as Dijkstra did
// with two semaphores: one token for every free slot, one for every item.
package producerconsumer

import (
	"context"
	"errors"
	"sync"
)

var (
	ErrClosed      = errors.New("closed queue")
	ErrFull        = errors.New("full queue")
	ErrEmpty       = errors.New("empty queue")
	ErrTooManyDone = errors.New("TaskDone without a task")
)

type token struct{}

type Queue[T any] struct {
	slots, ready chan token
	closed       chan token

	mu         sync.Mutex
	ring       []T
	in, out    uint
	unfinished int
	idle       chan token // closed while nothing is unfinished
}

func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("a queue needs room for at least one item")
	}
	q := &Queue[T]{
		slots:  make(chan token, capacity),
		ready:  make(chan token, capacity),
		closed: make(chan token),
		idle:   make(chan token),
		ring:   make([]T, capacity),
	}
	close(q.idle)
	return q
}

func (q *Queue[T]) isClosed() bool {
	select {
	case <-q.closed:
		return true
	default:
		return false
	}
}

func (q *Queue[T]) Put(ctx context.Context, item T) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if q.isClosed() {
		return ErrClosed
	}
	select {
	case q.slots <- token{}:
		return q.store(item)
	case <-q.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue[T]) TryPut(item T) error {
	if q.isClosed() {
		return ErrClosed
	}
	select {
	case q.slots <- token{}:
		return q.store(item)
	default:
		return ErrFull
	}
}

// store uses the slot that the caller holds, unless the queue was closed meanwhile.
func (q *Queue[T]) store(item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.isClosed() {
		<-q.slots
		return ErrClosed
	}
	q.ring[q.in%uint(len(q.ring))] = item
	q.in++
	if q.unfinished == 0 {
		q.idle = make(chan token)
	}
	q.unfinished++
	q.ready <- token{} // never waits: there is a slot for it
	return nil
}

func (q *Queue[T]) Get(ctx context.Context) (none T, err error) {
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	select {
	case <-q.ready:
		return q.load(), nil
	case <-q.closed:
		return q.TryGet()
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (q *Queue[T]) TryGet() (none T, err error) {
	select {
	case <-q.ready:
		return q.load(), nil
	default:
	}
	q.mu.Lock() // no store can be under way now
	defer q.mu.Unlock()
	select {
	case <-q.ready:
		return q.loadLocked(), nil
	default:
	}
	if q.isClosed() {
		return none, ErrClosed
	}
	return none, ErrEmpty
}

// load takes the item that the token of the caller stands for.
func (q *Queue[T]) load() T {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.loadLocked()
}

func (q *Queue[T]) loadLocked() (none T) {
	i := q.out % uint(len(q.ring))
	item := q.ring[i]
	q.ring[i] = none
	q.out++
	<-q.slots
	return item
}

func (q *Queue[T]) Close() {
	if q.isClosed() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.closed)
}

func (q *Queue[T]) TaskDone() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		return ErrTooManyDone
	}
	q.unfinished--
	if q.unfinished == 0 {
		close(q.idle)
	}
	return nil
}

func (q *Queue[T]) Join(ctx context.Context) error {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue[T]) Len() int { return len(q.ready) }
func (q *Queue[T]) Cap() int { return cap(q.ready) }
