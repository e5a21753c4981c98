// Package joinablequeue shares a queue of tasks between processes, as Python's
// multiprocessing.JoinableQueue does. The queue lives in one process; workers in
// others ask it for items, and say when each of them is done.
package joinablequeue

import (
	"context"
	"errors"
)

// MaxAttempts is how many workers may be lost over one item. Then it is given up.
const MaxAttempts = 3

// The errors that a queue answers with. Test for them with errors.Is.
var (
	ErrClosed       = errors.New("joinablequeue: the queue is closed")
	ErrNoItem       = errors.New("joinablequeue: no item in hand")
	ErrNotDone      = errors.New("joinablequeue: the item in hand is not done")
	ErrNoWorkers    = errors.New("joinablequeue: all workers have gone")
	ErrGivenUp      = errors.New("joinablequeue: items were given up")
	ErrDisconnected = errors.New("joinablequeue: the queue has gone")
)

// WorkerError says that a worker process ended as it should not: with an exit
// code other than 0, or with an item in hand.
type WorkerError struct {
	Pid      int
	ExitCode int  // as Process.ExitCode says it
	NotDone  bool // an item was in its hand
}

// Error says all of it.
func (e *WorkerError) Error() string {
	return "" // TODO
}

// Queue hands out items to workers, first come, first served. An item that was
// put is unfinished until it is done or given up. It is done when the worker that
// got it says so, and not by anything else.
//
// When a worker has gone, in whatever way, with an item in its hand, the item goes
// back to the front of the queue, even if the queue is full, and another worker
// gets it. When that has happened to an item MaxAttempts times, it does not go
// back: it is given up.
//
// All methods may be called at any time, from any number of goroutines.
type Queue[T any] struct {
	// TODO: what must a queue remember, of its items and of its workers?
}

// NewQueue returns an empty queue in which at most capacity items wait; 0 means any
// number. Those in the hands of workers do not count. It panics if capacity is negative.
func NewQueue[T any](capacity int) *Queue[T] {
	return &Queue[T]{} // TODO
}

// Put adds v to the end of the queue, as a copy: items travel as JSON, and may be
// of any size. While the queue is full, Put waits for room.
//
// It adds nothing, and returns an error: ctx.Err() if ctx has ended, or ends while
// it waits; ErrClosed if the queue is closed, or becomes so while it waits;
// ErrNoWorkers if it would have to wait, and there were workers, but all have
// gone; and an error of its own if v cannot be encoded.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	return nil // TODO
}

// Join waits until no item is unfinished. It returns nil if all that were ever put
// are done, and an error that wraps ErrGivenUp if some were given up. Without
// waiting any longer it returns ErrNoWorkers if items are unfinished and there were
// workers, but all have gone; start another, and join again. When ctx ends first
// it returns ctx.Err(); if no item is unfinished, it does not matter what ctx says.
// Any number of goroutines may join, before and after Close, again and again.
func (q *Queue[T]) Join(ctx context.Context) error {
	return nil // TODO
}

// GivenUp returns the items that were given up, in the order in which that happened.
func (q *Queue[T]) GivenUp() []T {
	return nil // TODO
}

// Close lets no more items in. Those that were put are handed out as before. As
// soon as none is unfinished, each worker that asks for one, or waits for one, gets
// an end mark instead. Not earlier: until then an item may come back, and need a
// worker. Close does not wait, and may be called again.
func (q *Queue[T]) Close() {
	// TODO
}

// Serve lets the worker at the other end of p use the queue, and returns when their
// connection has ended: at once then, even if the worker was waiting for something,
// which it does not get, nor put, any more.
// It returns nil if the worker had no item in its hand, and ErrNotDone if it had
// one, which is back in the queue, or given up, by then. A worker counts as gone
// when Serve returns.
//
// Serve needs no process at the other end, but somebody who uses a Remote.
func (q *Queue[T]) Serve(p *Pipe) error {
	return nil // TODO
}

// Start starts a process that runs w, and lets it use the queue. By the time Start
// returns it counts as a worker. The Process is for those who want to know its Pid, or
// to terminate it; its Pipe belongs to the queue. Errors are those of Process.Start.
func (q *Queue[T]) Start(w Worker[T]) (*Process, error) {
	return nil, nil // TODO
}

// Wait waits until all processes that Start has made have ended, and nothing is left of
// them. It returns nil if each ended as it should, and otherwise the errors.Join of
// one *WorkerError for each that did not, in any order, however long ago that was. When
// ctx ends first, Wait returns ctx.Err(); if no process is left, it does not matter
// what ctx says. Wait does not close the queue: workers end when they get the end mark.
func (q *Queue[T]) Wait(ctx context.Context) error {
	return nil // TODO
}

// Remote is a queue as a worker sees it, from another process. A worker has one
// item in hand at most. The methods of a Remote are called by one goroutine at a time.
type Remote[T any] struct {
	// TODO
}

// NewRemote returns the queue that serves the other end of p. It sends nothing yet.
func NewRemote[T any](p *Pipe) *Remote[T] {
	return &Remote[T]{} // TODO
}

// Get waits for an item and returns it; it is in the worker's hand then, and
// nobody else gets it. Nothing leaves the queue for a worker that has not called
// Get. Instead of an item there may be an end mark: then Get returns io.EOF, as it
// does whenever it is called again, and the worker should end.
//
// Without waiting, Get returns ErrNotDone while an item is in hand. When the
// connection to the queue has ended, it returns an error that wraps
// ErrDisconnected, and not io.EOF.
func (r *Remote[T]) Get() (v T, err error) {
	return v, nil // TODO
}

// TaskDone says that the item in hand is done, and the hand empty. When TaskDone has returned
// nil that is so for ever, even if the worker dies at once. It returns ErrNoItem if
// there is nothing in this worker's hand, whatever others have, and an error that
// wraps ErrDisconnected when the connection to the queue has ended.
func (r *Remote[T]) TaskDone() error {
	return nil // TODO
}

// Put adds v to the end of the queue, as Queue.Put does, and waits for room; for
// ever, if all who could make room wait as well. An item may be in the worker's hand
// meanwhile. When Put has returned nil the item is in the queue. It returns
// ErrClosed if the queue is closed, or becomes so while Put waits, an error that
// wraps ErrDisconnected when the connection has ended, and an error of its own if v
// cannot be encoded.
func (r *Remote[T]) Put(v T) error {
	return nil // TODO
}

// Worker is what a process does with a queue of T. Make it with RegisterWorker.
type Worker[T any] struct {
	// TODO
}

// RegisterWorker makes a Worker of f, which will be called in processes that Start
// makes. If f returns an error, the process ends with exit code 1. As with
// Register, every process must do it before Main, so do it where a package-level
// variable is declared; and it panics if name is empty or taken, or f is nil.
func RegisterWorker[T any](name string, f func(q *Remote[T]) error) Worker[T] {
	return Worker[T]{} // TODO
}
