// Package producerconsumer connects goroutines that make things with
// goroutines that use them, through a bounded first-in, first-out queue.
package producerconsumer

import (
	"context"
	"errors"
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
	// TODO: what must a queue remember, and who waits for what?
}

// New returns an empty queue with room for capacity items. It panics if
// capacity is less than one.
func New[T any](capacity int) *Queue[T] {
	return &Queue[T]{} // TODO
}

// Put adds item at the end of the queue, waiting while the queue is full.
//
// It returns ErrClosed when the queue is closed, before the call or while it
// waits, and ctx.Err() when ctx ends first; if ctx has ended before the call,
// that is so even if there is room. After an error the item is not in the
// queue, and never will be.
func (q *Queue[T]) Put(ctx context.Context, item T) error {
	return nil // TODO
}

// TryPut adds item at the end of the queue if there is room, without waiting.
// It returns ErrClosed when the queue is closed, full or not, and otherwise
// ErrFull when it is full.
func (q *Queue[T]) TryPut(item T) error {
	return nil // TODO
}

// Get takes the first item out of the queue, waiting while the queue is empty.
//
// It returns ErrClosed when the queue is closed and empty, before the call or
// while it waits, and ctx.Err() when ctx ends first; if ctx has ended before
// the call, that is so even if there are items. With an error it returns the
// zero value and takes nothing: an item that arrives at the moment when ctx
// ends is either returned or stays in the queue, in its place.
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	var none T
	return none, nil // TODO
}

// TryGet takes the first item out of the queue without waiting. When the queue
// is empty it returns the zero value and ErrClosed if it is closed, ErrEmpty
// otherwise.
func (q *Queue[T]) TryGet() (T, error) {
	var none T
	return none, nil // TODO
}

// Close says that no more items will be put. Every Put fails with ErrClosed
// from then on, those that wait as well. The items in the queue can still be
// taken; after the last one every Get fails with ErrClosed, those that wait as
// well. Closing a closed queue does nothing.
func (q *Queue[T]) Close() {
	// TODO
}

// TaskDone says that the work on one item is finished. Whoever gets an item
// calls it once, when it is through with it. It returns ErrTooManyDone, and
// changes nothing, if it was already called once for every item put so far.
func (q *Queue[T]) TaskDone() error {
	return nil // TODO
}

// Join waits until TaskDone has been called for every item that was put; an
// item is unfinished from its Put to its TaskDone, in the queue or out of it.
// It returns nil at once if nothing is unfinished, and ctx.Err() when ctx ends
// first. Any number of goroutines may join. Closing the queue does not end a
// Join.
func (q *Queue[T]) Join(ctx context.Context) error {
	return nil // TODO
}

// Len returns how many items are in the queue: never more than Cap, not those
// of a Put that still waits.
func (q *Queue[T]) Len() int {
	return 0 // TODO
}

// Cap returns for how many items there is room.
func (q *Queue[T]) Cap() int {
	return 0 // TODO
}
