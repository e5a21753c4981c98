// Package producerconsumer connects goroutines that make things with
// goroutines that use them, through a bounded first-in, first-out queue.
package producerconsumer

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// Errors of a Queue.
var (
	ErrClosed      = errors.New("producerconsumer: queue is closed")
	ErrFull        = errors.New("producerconsumer: queue is full")
	ErrEmpty       = errors.New("producerconsumer: queue is empty")
	ErrTooManyDone = errors.New("producerconsumer: TaskDone called more often than items were put")
)

// Queue is a first-in, first-out queue of at most a fixed number of items,
// between goroutines that put items in and goroutines that get them out. Make
// one with New. All methods may be called from any number of goroutines at
// once. Of several calls that wait for the same thing, any may be served
// first; a call with two reasons to fail may give either, unless it says which.
//
// A call that has to wait uses no processor time and returns at the moment it
// can. A queue keeps no goroutine of its own: one that is dropped, closed or
// not, leaves nothing behind.
//
// What a goroutine did before Put is visible to the one that gets the item,
// and what it did before TaskDone to whoever returns from Join.
type Queue[T any] struct {
	mu         sync.Mutex
	capacity   int
	items      []T
	closed     bool
	unfinished int // items put for which TaskDone was not called yet

	notEmpty, notFull, allDone cond
}

// New returns an empty queue with room for capacity items. It panics if
// capacity is less than one.
func New[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("producerconsumer: capacity less than one")
	}
	return &Queue[T]{capacity: capacity}
}

// Put adds item at the end of the queue, waiting while the queue is full.
//
// It returns ErrClosed when the queue is closed, before the call or while it
// waits, and ctx.Err() when ctx ends first; if ctx has ended before the call,
// that is so even if there is room. After an error the item is not in the
// queue, and never will be.
func (q *Queue[T]) Put(ctx context.Context, item T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	err := ctx.Err()
	for err == nil && !q.closed && len(q.items) == q.capacity {
		err = q.notFull.wait(ctx, &q.mu)
	}
	if err != nil {
		return err
	}
	if err = q.put(item); err == nil {
		q.unfinished++
	}
	return err
}

// TryPut adds item at the end of the queue if there is room, without waiting.
// It returns ErrClosed when the queue is closed, full or not, and otherwise
// ErrFull when it is full.
func (q *Queue[T]) TryPut(item T) error {
	q.mu.Lock()
	err := q.put(item)
	q.mu.Unlock()
	return q.count(err)
}

// count counts an item that was put.
func (q *Queue[T]) count(err error) error {
	if err == nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.unfinished++
	}
	return err
}

// put adds an item or says why that cannot be. q.mu is held.
func (q *Queue[T]) put(item T) error {
	switch {
	case q.closed:
		return ErrClosed
	case len(q.items) == q.capacity:
		return ErrFull
	}
	q.items = append(q.items, item)
	q.notEmpty.signal()
	return nil
}

// Get takes the first item out of the queue, waiting while the queue is empty.
//
// It returns ErrClosed when the queue is closed and empty, before the call or
// while it waits, and ctx.Err() when ctx ends first; if ctx has ended before
// the call, that is so even if there are items. With an error it returns the
// zero value and takes nothing: an item that arrives at the moment when ctx
// ends is either returned or stays in the queue, in its place.
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	err := ctx.Err()
	for err == nil && !q.closed && len(q.items) == 0 {
		err = q.notEmpty.wait(ctx, &q.mu)
	}
	if err != nil {
		var none T
		return none, err
	}
	return q.get()
}

// TryGet takes the first item out of the queue without waiting. When the queue
// is empty it returns the zero value and ErrClosed if it is closed, ErrEmpty
// otherwise.
func (q *Queue[T]) TryGet() (T, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.get()
}

// get takes the first item or says why that cannot be. q.mu is held.
func (q *Queue[T]) get() (T, error) {
	var none T
	switch {
	case len(q.items) > 0:
		item := q.items[0]
		q.items[0] = none // the queue shall not keep alive what it has given away
		q.items = q.items[1:]
		q.notFull.signal()
		return item, nil
	case q.closed:
		return none, ErrClosed
	}
	return none, ErrEmpty
}

// Close says that no more items will be put. Every Put fails with ErrClosed
// from then on, those that wait as well. The items in the queue can still be
// taken; after the last one every Get fails with ErrClosed, those that wait as
// well. Closing a closed queue does nothing.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.notEmpty.broadcast()
	q.notFull.broadcast()
}

// TaskDone says that the work on one item is finished. Whoever gets an item
// calls it once, when it is through with it. It returns ErrTooManyDone, and
// changes nothing, if it was already called once for every item put so far.
func (q *Queue[T]) TaskDone() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unfinished == 0 {
		return ErrTooManyDone
	}
	q.unfinished--
	if q.unfinished == 0 {
		q.allDone.broadcast()
	}
	return nil
}

// Join waits until TaskDone has been called for every item that was put; an
// item is unfinished from its Put to its TaskDone, in the queue or out of it.
// It returns nil at once if nothing is unfinished, and ctx.Err() when ctx ends
// first. Any number of goroutines may join. Closing the queue does not end a
// Join.
func (q *Queue[T]) Join(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.unfinished > 0 {
		if err := q.allDone.wait(ctx, &q.mu); err != nil {
			return err
		}
	}
	return nil
}

// Len returns how many items are in the queue: never more than Cap, not those
// of a Put that still waits.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

// Cap returns for how many items there is room.
func (q *Queue[T]) Cap() int { return q.capacity }

// cond is a condition variable whose waiters can give up when a context ends.
// As with sync.Cond, whoever comes back from wait has to look again: somebody
// else may have been faster.
type cond struct {
	waiters list.List // of chan struct{}; closed to wake the waiter
}

// wait unlocks mu, waits for a signal or the end of ctx, and locks mu again.
func (c *cond) wait(ctx context.Context, mu *sync.Mutex) error {
	woken := make(chan struct{})
	place := c.waiters.PushBack(woken)
	mu.Unlock()
	select {
	case <-woken:
		mu.Lock()
		return nil
	case <-ctx.Done():
		mu.Lock()
		c.abandon(place, woken)
		return ctx.Err()
	}
}

// abandon leaves the list, or passes on a signal that came at the same moment:
// it told of something that the next waiter can use.
func (c *cond) abandon(place *list.Element, woken chan struct{}) {
	select {
	case <-woken:
		c.signal()
	default:
		c.waiters.Remove(place)
	}
}

// signal wakes one waiter, if there is one.
func (c *cond) signal() {
	if first := c.waiters.Front(); first != nil {
		close(c.waiters.Remove(first).(chan struct{}))
	}
}

// broadcast wakes all waiters.
func (c *cond) broadcast() {
	for c.waiters.Len() > 0 {
		c.signal()
	}
}
