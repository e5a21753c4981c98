// Package processpool runs calls in a limited number of processes.
package processpool

import (
	"context"
	"errors"
)

// The errors that this executor has besides those that all have.
var (
	ErrBroken      = errors.New("processpool: a worker process died")
	ErrUnknownTask = errors.New("processpool: the worker processes do not know the task")
	ErrNoWorker    = errors.New("processpool: Worker has not been called")
)

// RemoteError is what the future of a call fails with when its function
// returned an error. Only the text of an error travels between processes.
type RemoteError struct {
	Text string // what the error's Error returned, over there
}

// Error returns the text.
func (e *RemoteError) Error() string { return e.Text }

// Function is a task without its types: what a worker process must know of it.
// Every Task is one.
type Function interface {
	Name() string
	Invoke(ctx context.Context, decode func(arg any) error) (result any, err error)
}

// Worker divides the process that uses pools from the processes that work for
// them. Call it first thing in main, or in TestMain, with all functions that are
// ever submitted, each with a name of its own. In a process that a pool has
// started, Worker serves the pool and ends the process; it does not return. In
// every other process it returns at once and does nothing but allow Submit.
//
// What a function prints does not get between the messages to the pool. A worker
// process whose pool has gone, because its process has ended, ends at once,
// whatever it is doing.
func Worker(functions ...Function) {
	// TODO: how does a process know what it is, and what does a worker do all its life?
}

// Pool is an Executor over worker processes. Each process runs one call at a
// time, and one after another: it lives until it has run tasksPerChild calls,
// however they ended, or until the pool ends. How many processes there are
// before they are needed is left open, but never more than the limit are given calls.
//
// Arguments and results travel as JSON. If one cannot, the future fails. It
// fails with an error that wraps ErrUnknownTask if no function with the task's
// name was passed to Worker; with a *RemoteError if the function returned an
// error; with a *PanicError if it panicked, whose Value is the text of the value
// (fmt.Sprint) and whose Stack is that of the worker; with ErrGoexit if it called
// runtime.Goexit. None of this harms the worker.
//
// When a worker process dies, whatever it died of, the pool is broken: the call
// that it had fails with an error that wraps ErrBroken, and so do those that
// have not begun. By the time a future fails so, Submit refuses. Calls that other
// workers run are finished. A worker that dies while it is idle is noticed when a
// call is given to it, or before; that call fails, or is refused, in the same way.
//
// Calls begin in the order in which they were submitted, each as soon as a
// worker is free. A call that is cancelled before that is not run.
type Pool struct {
	// TODO: what must a pool remember of its calls, and of its processes?
}

var _ Executor = (*Pool)(nil)

// NewPool returns a pool that runs at most workers calls at a time, each in a
// process. A process that has run tasksPerChild calls is replaced; 0 means never.
// NewPool starts no process. It panics if workers is less than one or
// tasksPerChild less than zero.
func NewPool(workers, tasksPerChild int) *Pool {
	return &Pool{}
}

// Submit takes c over and returns nil; c will be run, or cancelled by Close, or
// fail because the pool breaks. There is room for any number of calls, so Submit
// does not wait. When it returns an error it has not touched c: ctx.Err() if ctx
// has ended; ErrNoWorker if Worker was not called in this process; ErrShutdown
// once Shutdown or Close was called; an error that wraps ErrBroken once the pool
// is broken. When several of these are true, any of them may be returned.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	return nil // TODO
}

// Shutdown refuses new calls from now on, and waits until every call that was
// taken over has ended and nothing is left of the pool: no process, no zombie, no
// goroutine, no open descriptor. When ctx ends first it returns ctx.Err(); the
// calls go on, and Shutdown or Close may be called again. A broken pool is shut
// down like any other.
func (p *Pool) Shutdown(ctx context.Context) error {
	return nil // TODO
}

// Close refuses new calls as Shutdown does, cancels those that have not begun,
// ends the context of the functions that run, in their processes, and waits
// until these have returned and nothing is left of the pool. It may be called
// after Shutdown, and again, and returns nil.
func (p *Pool) Close() error {
	return nil // TODO
}
