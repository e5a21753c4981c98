// Package timer starts functions after a time. Every Start makes a plan; a
// compare-and-swap decides whether its call is made or cancelled, and each plan
// waits for the one before, so calls do not overlap. There is no lock.
package timer

import (
	"sync/atomic"
	"time"
)

type Timer struct {
	f        func()
	periodic bool
	interval atomic.Int64
	last     atomic.Pointer[plan]
}

const (
	toCome int32 = iota
	taken
	cancelled
)

type plan struct {
	t        *Timer
	interval time.Duration
	due      time.Time
	state    atomic.Int32
	end      chan struct{}   // closed by whoever cancels the plan
	done     chan struct{}   // closed when neither this plan nor an earlier one has a call to make
	before   <-chan struct{} // done of the plan before; closed if there is none
}

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	t := &Timer{f: f}
	t.interval.Store(int64(d))
	none := &plan{end: make(chan struct{}), done: make(chan struct{})}
	none.state.Store(cancelled)
	close(none.done)
	t.last.Store(none)
	return t
}

func Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic("timer: period not positive")
	}
	t := New(d, f)
	t.periodic = true
	return t
}

func (t *Timer) Start() bool {
	p := t.plan()
	for {
		last := t.last.Load()
		if last.state.Load() == toCome {
			return false
		}
		if t.last.CompareAndSwap(last, p) {
			p.follow(last)
			return true
		}
	}
}

func (t *Timer) Cancel() bool { return t.last.Load().cancel() }

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.interval.Store(int64(d))
	p := t.plan()
	last := t.last.Swap(p)
	inTime := last.cancel()
	p.follow(last)
	return inTime
}

func (t *Timer) Wait() {
	for {
		last := t.last.Load()
		<-last.done
		if t.last.Load() == last {
			return
		}
	}
}

func (t *Timer) plan() *plan {
	d := time.Duration(t.interval.Load())
	return &plan{t: t, interval: d, due: time.Now().Add(d), end: make(chan struct{}), done: make(chan struct{})}
}

func (p *plan) follow(last *plan) {
	p.before = last.done
	go p.run()
}

func (p *plan) cancel() bool {
	if !p.state.CompareAndSwap(toCome, cancelled) {
		return false
	}
	close(p.end)
	return true
}

func (p *plan) run() {
	defer close(p.done)
	defer func() { <-p.before }()
	for p.ready() {
		if p.t.periodic {
			p.due = p.due.Add((time.Since(p.due)/p.interval + 1) * p.interval)
			if p.state.Load() != toCome {
				return
			}
			p.t.f()
			continue
		}
		if p.state.CompareAndSwap(toCome, taken) {
			p.t.f()
		}
		return
	}
}

// ready waits until the call is due and earlier ones are over; false if the plan is cancelled first.
func (p *plan) ready() bool {
	clock := time.NewTimer(time.Until(p.due))
	defer clock.Stop()
	select {
	case <-p.end:
		return false
	case <-clock.C:
	}
	select {
	case <-p.end:
		return false
	case <-p.before:
		return true
	}
}
