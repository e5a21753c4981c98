// Package timer starts functions after a time. Each Start makes a run: a
// goroutine with a clock of its own, which waits for the run before to end.
package timer

import (
	"sync"
	"time"
)

type Timer struct {
	f        func()
	periodic bool

	mu       sync.Mutex
	interval time.Duration
	current  *run // nil before the first
}

type run struct {
	t    *Timer
	stop chan struct{}
	done chan struct{}
	open bool // a call is to come; guarded by t.mu
}

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	return &Timer{f: f, interval: d}
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
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.current != nil && t.current.open
	if was && t.periodic {
		return false
	}
	t.begin()
	return !was
}

func (t *Timer) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current.cancel()
}

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	inTime := t.current.cancel()
	t.interval = d
	t.begin()
	return inTime
}

func (t *Timer) Wait() {
	for {
		t.mu.Lock()
		r := t.current
		t.mu.Unlock()
		if r == nil {
			return
		}
		<-r.done
		t.mu.Lock()
		last := r == t.current
		t.mu.Unlock()
		if last {
			return
		}
	}
}

func (t *Timer) begin() {
	r := &run{t: t, stop: make(chan struct{}), done: make(chan struct{}), open: true}
	before := t.current
	t.current = r
	if t.periodic {
		ticker := time.NewTicker(t.interval)
		go r.loop(ticker.C, ticker.Stop, before)
	} else {
		clock := time.NewTimer(t.interval)
		go r.loop(clock.C, func() { clock.Stop() }, before)
	}
}

func (r *run) cancel() bool {
	if r == nil || !r.open {
		return false
	}
	r.open = false
	close(r.stop)
	return true
}

func (r *run) loop(clock <-chan time.Time, release func(), before *run) {
	defer close(r.done)
	defer release()
	if before != nil {
		<-before.done
	}
	for {
		select {
		case <-r.stop:
			return
		case <-clock:
		}
		again, ok := r.take()
		if ok {
			r.t.f()
		}
		if !again {
			return
		}
	}
}

func (r *run) take() (again, ok bool) {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	if !r.open {
		return false, false
	}
	r.open = r.t.periodic
	return r.open, true
}
