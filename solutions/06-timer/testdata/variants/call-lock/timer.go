// Package timer starts functions after a time. A lock of its own is held during
// a call: the next call and Wait queue up for it.
package timer

import (
	"sync"
	"time"
)

type Timer struct {
	f        func()
	periodic bool

	turn sync.Mutex // held by the running call; taken before mu

	mu       sync.Mutex
	stopped  sync.Cond
	interval time.Duration
	due      time.Time
	started  bool
	version  int
	clock    *time.Timer
}

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	t := &Timer{f: f, interval: d}
	t.stopped.L = &t.mu
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
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.started {
		return false
	}
	t.schedule()
	return true
}

func (t *Timer) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stop()
}

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	inTime := t.stop()
	t.interval = d
	t.schedule()
	return inTime
}

func (t *Timer) Wait() {
	for {
		t.mu.Lock()
		for t.started {
			t.stopped.Wait()
		}
		t.mu.Unlock()
		t.turn.Lock()
		t.mu.Lock()
		again := t.started
		t.mu.Unlock()
		t.turn.Unlock()
		if !again {
			return
		}
	}
}

func (t *Timer) stop() bool {
	was := t.started
	t.started = false
	t.version++
	if t.clock != nil {
		t.clock.Stop()
	}
	t.stopped.Broadcast()
	return was
}

func (t *Timer) schedule() {
	t.started = true
	t.due = time.Now().Add(t.interval)
	t.arm()
}

func (t *Timer) arm() {
	version := t.version
	t.clock = time.AfterFunc(time.Until(t.due), func() { t.ring(version) })
}

func (t *Timer) ring(version int) {
	t.turn.Lock()
	defer t.turn.Unlock()
	if t.take(version) {
		t.f()
	}
}

func (t *Timer) take(version int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.version != version:
		return false
	case !t.periodic:
		t.stop()
	default:
		t.due = t.due.Add((time.Since(t.due)/t.interval + 1) * t.interval)
		t.arm()
	}
	return true
}
