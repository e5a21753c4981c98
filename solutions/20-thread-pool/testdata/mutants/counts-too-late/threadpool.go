// Package threadpool runs calls in a limited number of goroutines.
package threadpool

import (
	"container/list"
	"context"
	"runtime/debug"
	"sync"
)

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
	workers int             // limit
	queue   int             // limit
	ctx     context.Context // of all functions; ends with Close
	cancel  context.CancelFunc
	gone    chan struct{} // closed when the pool is down and nobody works

	mu      sync.Mutex // guards what follows
	working int        // workers; one that finds nothing to do ends
	pending []Call     // taken over, not begun; empty unless all work
	waiting list.List  // of *submitter; empty unless pending is full
	down    bool
}

var _ Executor = (*Pool)(nil)

// submitter is a Submit that waits for room.
type submitter struct {
	call   Call
	answer chan error // has room for the one answer that comes
}

// NewPool returns a pool that runs at most workers calls at a time, and takes over
// at most queue more, which wait until a worker is free. It panics if workers
// is less than one or queue less than zero.
func NewPool(workers, queue int) *Pool {
	if workers < 1 {
		panic("threadpool: fewer than one worker")
	}
	if queue < 0 {
		panic("threadpool: negative queue")
	}
	p := &Pool{workers: workers, queue: queue, gone: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Submit takes c over and returns nil; c will be run, or cancelled by Close.
// While all workers are busy and the queue is full it waits, behind those that
// came before. When it returns an error it has not touched c: ErrShutdown once
// Shutdown or Close was called, even if that happens while it waits; ctx.Err()
// when ctx ends first, or has ended before, even if there is room. When room
// and the end of ctx come at the same moment, either answer is right if it is
// true.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	switch {
	case p.down:
		p.mu.Unlock()
		return ErrShutdown
	case p.working < p.workers:
		p.mu.Unlock()
		p.mu.Lock()
		p.working++
		p.mu.Unlock()
		go p.work(c)
		return nil
	case len(p.pending) < p.queue:
		p.pending = append(p.pending, c)
		p.mu.Unlock()
		return nil
	}
	s := &submitter{c, make(chan error, 1)}
	place := p.waiting.PushBack(s)
	p.mu.Unlock()

	select {
	case err := <-s.answer:
		return err
	case <-ctx.Done():
		return p.abandon(place, s, ctx.Err())
	}
}

// abandon leaves the line, unless the answer came at the same moment.
func (p *Pool) abandon(place *list.Element, s *submitter, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case answer := <-s.answer:
		return answer
	default:
		p.waiting.Remove(place)
		return err
	}
}

// work is a worker. It runs c, then what is pending, and ends when nothing is.
func (p *Pool) work(c Call) {
	exited := true
	defer func() {
		if !exited {
			return
		}
		if next, more := p.next(); more { // a task took this goroutine along
			go p.work(next)
		}
	}()
	for more := true; more; c, more = p.next() {
		p.run(c)
	}
	exited = false
}

// run runs one call, and keeps in its future what goes wrong.
func (p *Pool) run(c Call) {
	if !c.Start() {
		return
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			c.Fail(&PanicError{Value: v, Stack: debug.Stack()})
		} else {
			c.Fail(ErrGoexit)
		}
	}()
	c.Run(p.ctx)
	returned = true
}

// next returns the call that a worker shall run now. If there is none the
// worker must end, and counts as gone.
func (p *Pool) next() (Call, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admit(p.queue + 1) // one of them begins at once
	if len(p.pending) == 0 {
		p.working--
		p.checkGone()
		return nil, false
	}
	c := p.pending[0]
	p.pending = p.pending[1:]
	return c, true
}

// admit takes over calls that wait for room, up to limit. p.mu is held.
func (p *Pool) admit(limit int) {
	for len(p.pending) < limit && p.waiting.Len() > 0 {
		s := p.waiting.Remove(p.waiting.Front()).(*submitter)
		p.pending = append(p.pending, s.call)
		s.answer <- nil
	}
}

// checkGone lets those know who wait for the end. p.mu is held.
func (p *Pool) checkGone() {
	if p.down && p.working == 0 {
		close(p.gone)
	}
}

// Shutdown refuses new calls from now on, including those whose Submit waits
// for room, and waits until every call that was taken over has ended and no
// worker is left. When ctx ends first it returns ctx.Err(); the calls go on, and
// Shutdown or Close may be called again.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.refuse()
	select {
	case <-p.gone:
		return nil
	default:
	}
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refuse lets nobody in any more.
func (p *Pool) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return
	}
	p.down = true
	for p.waiting.Len() > 0 {
		p.waiting.Remove(p.waiting.Front()).(*submitter).answer <- ErrShutdown
	}
	p.checkGone()
}

// Close refuses new calls as Shutdown does, cancels those that were taken over
// and have not begun, ends the context of the functions that run, and waits
// until these have returned and no worker is left. It may be called after
// Shutdown, and again, and returns nil.
func (p *Pool) Close() error {
	p.refuse()
	p.mu.Lock()
	pending := p.pending
	p.pending = nil
	p.mu.Unlock()
	for _, c := range pending {
		c.Cancel() // calls callbacks, so the lock is free
	}
	p.cancel()
	<-p.gone
	return nil
}
