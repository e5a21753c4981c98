package sync

import (
	"sync"
	"unsafe"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Pool is sync.Pool. When virtual, its values do not outlive a bubble: what one
// puts in, the next would take out, and a channel of a bubble that is over ends
// the process. The seed decides when Get leaves aside what it could give; with
// the race detector a real pool does so by the throw of a die.
type Pool struct {
	New func() any

	real   sync.Pool
	mu     sync.Mutex
	bubble uint64 // that the values are of
	free   *pooled
}

type pooled struct {
	v    any
	next *pooled
}

// Get returns a value that was put, or what New returns, or nil.
func (p *Pool) Get() any {
	if v := p.take(); v != nil {
		return v
	}
	if p.New != nil {
		return p.New()
	}
	return nil
}

func (p *Pool) take() any {
	if !virtual {
		return p.real.Get()
	}
	sched.S()
	drop := sched.Choose(4) == 3
	if x := p.pop(); x != nil && !drop {
		sched.Acquire(unsafe.Pointer(x))
		return x.v
	}
	return nil
}

// Put keeps a value for a later Get.
func (p *Pool) Put(v any) {
	if !virtual {
		p.real.Put(v)
		return
	}
	sched.S()
	if v == nil {
		return
	}
	x := &pooled{v: v}
	sched.ReleaseMerge(unsafe.Pointer(x))
	p.push(x)
}

// pop and push are hidden from the race detector: a pool orders a Put with the
// Get of the same value, and nothing else.
//
//go:norace
func (p *Pool) pop() *pooled {
	sched.Enter(&p.mu)
	p.renew()
	x := p.free
	if x != nil {
		p.free = x.next
	}
	sched.Leave(&p.mu)
	return x
}

//go:norace
func (p *Pool) push(x *pooled) {
	sched.Enter(&p.mu)
	p.renew()
	x.next, p.free = p.free, x
	sched.Leave(&p.mu)
}

//go:norace
func (p *Pool) renew() {
	if now := sched.Bubble(); p.bubble != now {
		p.bubble, p.free = now, nil
	}
}
