// Package timer starts functions after a time, once or again and again.
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
	started  bool // a call is still to come
	running  bool // a call is being made
	due      time.Time
	clock    *time.Timer // rings when the call is due; silent during a call
	alarm    int         // number of the alarm that counts; older ones come too late
	rest     *sync.Cond  // neither started nor running
}

func New(d time.Duration, f func()) *Timer {
	return newTimer(d, f, false)
}

func Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic("timer: period not positive")
	}
	return newTimer(d, f, true)
}

func newTimer(d time.Duration, f func(), periodic bool) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	t := &Timer{f: f, periodic: periodic, interval: d}
	t.rest = sync.NewCond(&t.mu)
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
	inTime := t.started
	t.started = false
	t.silence()
	t.restIfDone()
	return inTime
}

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	inTime := t.started
	t.interval = d
	t.silence()
	t.schedule()
	return inTime
}

func (t *Timer) Wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.started || t.running {
		t.rest.Wait()
	}
}

func (t *Timer) schedule() {
	t.started = true
	t.due = time.Now().Add(t.interval)
	t.arm()
}

func (t *Timer) arm() {
	t.alarm++
	alarm := t.alarm
	t.clock = time.AfterFunc(time.Until(t.due), func() { t.ring(alarm) })
}

func (t *Timer) silence() {
	t.alarm++
	if t.clock != nil {
		t.clock.Stop()
	}
}

func (t *Timer) ring(alarm int) {
	if !t.begin(alarm) {
		return
	}
	t.f()
	t.end()
}

func (t *Timer) begin(alarm int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if alarm != t.alarm {
		return false
	}
	t.running = true
	if t.periodic {
		missed := time.Since(t.due) / t.interval
		t.due = t.due.Add((missed + 1) * t.interval)
		t.arm()
	} else {
		t.started = false
	}
	return true
}

func (t *Timer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running = false
	t.restIfDone()
}

func (t *Timer) restIfDone() {
	if !t.started && !t.running {
		t.rest.Broadcast()
	}
}
