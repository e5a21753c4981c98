// Package threadpool runs calls in a limited number of goroutines.
package threadpool

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
)

// Pool is an Executor over goroutines. Workers that have nothing to do wait for
// the next call.
type Pool struct {
	workers, queue int
	ctx            context.Context
	cancel         context.CancelFunc

	mu      sync.Mutex
	changed *sync.Cond // any of what follows
	calls   []Call     // taken over, not begun
	load    int        // calls taken over, not ended
	alive   int        // workers
	down    bool
	line    []*int // Submits that wait, in their order
}

// NewPool returns a pool.
func NewPool(workers, queue int) *Pool {
	if workers < 1 || queue < 0 {
		panic("threadpool: impossible limits")
	}
	p := &Pool{workers: workers, queue: queue}
	p.changed = sync.NewCond(&p.mu)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// wait waits, with p.mu held, until ready or until ctx ends.
func (p *Pool) wait(ctx context.Context, ready func() bool) error {
	if ready() {
		return nil
	}
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	for !ready() {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.changed.Wait()
	}
	return nil
}

// Submit takes c over.
func (p *Pool) Submit(ctx context.Context, c Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	me := new(int)
	p.line = append(p.line, me)
	err := p.wait(ctx, func() bool {
		return p.down || p.line[0] == me && p.load < p.workers+p.queue
	})
	p.line = slices.DeleteFunc(p.line, func(other *int) bool { return other == me })
	p.changed.Broadcast()
	if err != nil {
		return err
	}
	if p.down {
		return ErrShutdown
	}
	p.load++
	p.calls = append(p.calls, c)
	if p.load > p.alive && p.alive < p.workers {
		p.alive++
		go p.work()
	}
	return nil
}

// work is a worker.
func (p *Pool) work() {
	exited := true
	defer func() {
		if exited {
			go p.work()
		}
	}()
	for c := p.take(); c != nil; c = p.take() {
		p.run(c)
	}
	exited = false
}

// take waits for a call; nil means that there will be none.
func (p *Pool) take() Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.calls) == 0 && !p.down {
		p.changed.Wait()
	}
	if len(p.calls) == 0 {
		p.alive--
		p.changed.Broadcast()
		return nil
	}
	c := p.calls[0]
	p.calls = p.calls[1:]
	return c
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
	defer p.mu.Unlock()
	p.load--
	p.changed.Broadcast()
}

// Shutdown refuses new calls and waits for the end of the others.
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	p.changed.Broadcast()
	return p.wait(ctx, func() bool { return p.alive == 0 })
}

// Close cancels what has not begun and waits for the rest.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.down = true
	calls := p.calls
	p.calls = nil
	p.load -= len(calls)
	p.changed.Broadcast()
	p.mu.Unlock()
	for _, c := range calls {
		c.Cancel()
	}
	p.cancel()
	return p.Shutdown(context.Background())
}
