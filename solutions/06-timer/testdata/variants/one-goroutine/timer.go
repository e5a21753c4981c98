// Package timer starts functions after a time: one goroutine lives as long as
// the timer is not at rest, and looks at the state whenever it is woken.
package timer

import (
	"sync"
	"time"
)

type Timer struct {
	f        func()
	periodic bool
	wake     chan struct{} // something has changed; holds one

	mu       sync.Mutex
	interval time.Duration
	started  bool
	due      time.Time
	rest     chan struct{} // closed when the goroutine ends; nil if there is none
}

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	return &Timer{f: f, interval: d, wake: make(chan struct{}, 1)}
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
	if t.started {
		return false
	}
	t.begin()
	return true
}

func (t *Timer) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.started
	t.started = false
	t.notify()
	return was
}

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.started
	t.interval = d
	t.begin()
	return was
}

func (t *Timer) Wait() {
	t.mu.Lock()
	rest := t.rest
	t.mu.Unlock()
	if rest != nil {
		<-rest
	}
}

func (t *Timer) begin() {
	t.started = true
	t.due = time.Now().Add(t.interval)
	if t.rest == nil {
		t.rest = make(chan struct{})
		go t.loop()
	}
	t.notify()
}

func (t *Timer) notify() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *Timer) loop() {
	for {
		d, ok := t.next()
		if !ok {
			return
		}
		if d <= 0 {
			t.f()
			continue
		}
		clock := time.NewTimer(d)
		select {
		case <-clock.C:
		case <-t.wake:
			clock.Stop()
		}
	}
}

// next says how long to sleep, or takes the call that is due, or ends the goroutine.
func (t *Timer) next() (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.started {
		close(t.rest)
		t.rest = nil
		return 0, false
	}
	d := time.Until(t.due)
	if d > 0 {
		return d, true
	}
	if t.periodic {
		t.due = t.due.Add((-d/t.interval + 1) * t.interval)
	} else {
		t.started = false
	}
	return 0, true
}
