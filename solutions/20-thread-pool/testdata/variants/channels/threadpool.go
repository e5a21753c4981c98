// Package threadpool runs calls in a limited number of goroutines.
package threadpool

import (
	"context"
	"runtime/debug"
	"sync"
)

// Pool is an Executor over goroutines that receive their calls from a channel.
type Pool struct {
	workers int
	ctx     context.Context
	cancel  context.CancelFunc
	room    chan struct{} // a token for each call that was taken over and has not ended
	calls   chan Call     // has room for as many
	end     chan struct{} // closed when the pool refuses new calls
	gone    chan struct{} // closed when no worker is left

	mu    sync.Mutex
	load  int // calls taken over, not ended
	alive int // workers
	down  bool
}

// NewPool returns a pool.
func NewPool(workers, queue int) *Pool {
	if workers < 1 || queue < 0 {
		panic("threadpool: impossible limits")
	}
	p := &Pool{
		workers: workers,
		room:    make(chan struct{}, workers+queue), calls: make(chan Call, workers+queue),
		end: make(chan struct{}), gone: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Submit takes c over.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.room <- struct{}{}:
	case <-p.end:
		return ErrShutdown
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		<-p.room
		return ErrShutdown
	}
	p.load++
	p.calls <- c
	if p.load > p.alive && p.alive < p.workers {
		p.alive++
		go p.work()
	}
	return nil
}

// work is a worker.
func (p *Pool) work() {
	over := false
	defer func() {
		if !over {
			go p.work()
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.alive--
		if p.alive == 0 {
			close(p.gone)
		}
	}()
	for c := range p.calls {
		p.run(c)
	}
	over = true
}

// run runs one call and keeps in its future what goes wrong.
func (p *Pool) run(c Call) {
	defer p.ended()
	if !c.Start() {
		return
	}
	returned := false
	defer func() {
		if v := recover(); v != nil {
			c.Fail(&PanicError{Value: v, Stack: debug.Stack()})
		} else if !returned {
			c.Fail(ErrGoexit)
		}
	}()
	c.Run(p.ctx)
	returned = true
}

func (p *Pool) ended() {
	p.mu.Lock()
	p.load--
	p.mu.Unlock()
	<-p.room
}

// refuse lets nobody in any more.
func (p *Pool) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return
	}
	p.down = true
	close(p.end)
	close(p.calls)
	if p.alive == 0 {
		close(p.gone)
	}
}

// Shutdown refuses new calls and waits for the end of the others.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.refuse()
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-p.gone:
		return nil
	default:
		return ctx.Err()
	}
}

// Close cancels what has not begun and waits for the rest.
func (p *Pool) Close() error {
	p.refuse()
	for c := range p.calls {
		c.Cancel()
		p.ended()
	}
	p.cancel()
	<-p.gone
	return nil
}
