// Package threadpool runs calls in a limited number of goroutines.
package threadpool

import "context"

// Pool is an Executor over goroutines, its workers. Each call is run by one
// worker, in the worker's goroutine; besides its workers the pool has none.
//
// Workers are started when they are needed: NewPool starts none, and Submit starts
// one only if every worker is busy and there are fewer than the limit. Whether
// a worker that has nothing to do stays for the next call or ends is left open.
//
// Calls begin in the order in which they were taken over. A call that is
// cancelled before that is not run. Neither a task nor a callback of its future
// may wait for the end of the pool that runs it; everything else is allowed.
//
// However a function ends, its future ends too, and the pool goes on with as
// many workers as before: a panic becomes a *PanicError with the value and the
// stack, runtime.Goexit becomes ErrGoexit.
type Pool struct {
	// TODO: what must a pool remember?
}

var _ Executor = (*Pool)(nil)

// NewPool returns a pool that runs at most workers calls at a time, and takes over
// at most queue more, which wait until a worker is free. It panics if workers
// is less than one or queue less than zero.
func NewPool(workers, queue int) *Pool {
	return &Pool{}
}

// Submit takes c over and returns nil; c will be run, or cancelled by Close.
// While all workers are busy and the queue is full it waits, behind those that
// came before. When it returns an error it has not touched c: ErrShutdown once
// Shutdown or Close was called, even if that happens while it waits; ctx.Err()
// when ctx ends first, or has ended before, even if there is room. When room
// and the end of ctx come at the same moment, either answer is right if it is
// true.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	return nil // TODO
}

// Shutdown refuses new calls from now on, including those whose Submit waits
// for room, and waits until every call that was taken over has ended and no
// worker is left. When ctx ends first it returns ctx.Err(); the calls go on, and
// Shutdown or Close may be called again.
func (p *Pool) Shutdown(ctx context.Context) error {
	return nil // TODO
}

// Close refuses new calls as Shutdown does, cancels those that were taken over
// and have not begun, ends the context of the functions that run, and waits
// until these have returned and no worker is left. It may be called after
// Shutdown, and again, and returns nil.
func (p *Pool) Close() error {
	return nil // TODO
}
