// Package timer starts functions after a time, once or again and again.
package timer

import (
	"sync"
	"time"
)

// Timer calls a function after a time: once if made by [New], again and again
// if made by [Every]. It is made stopped; [Timer.Start] starts it, and once its
// only call has begun, or after [Timer.Cancel], it is stopped again and may be
// started anew.
//
// Calls run in goroutines of the timer's own. Calls of one timer never overlap,
// and what one has done is visible to the next. A slow call holds up no other
// timer and none of the methods but Wait. All methods may be called from
// several goroutines at once, and from the function itself, but for Wait: there
// it would wait for itself.
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

// New returns a timer that calls f once, d after it is started; at once if d
// is not positive. It panics if f is nil.
func New(d time.Duration, f func()) *Timer {
	return newTimer(d, f, false)
}

// Every returns a timer that calls f at d, 2d, 3d, … after it is started,
// however long the calls take. A call that is due while the one before still
// runs is made as soon as that one returns; if several came due meanwhile, that
// one call stands for all of them. It panics if d is not positive or f is nil.
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

// Start starts the timer and reports whether it did: a timer that is started
// already goes on as if nothing had happened. It never waits for a call.
func (t *Timer) Start() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.started {
		return false
	}
	t.schedule()
	return true
}

// Cancel stops the timer and reports whether it was in time, that is, whether
// a call was still to come and now will not. If Cancel returns false there was
// nothing to stop: the only call has begun, or the timer was not started. A
// call that has begun goes on; Cancel does not wait for it, Wait does. What is
// cancelled is gone: no goroutine and no memory is kept until the time is up.
func (t *Timer) Cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	inTime := t.started
	t.started = false
	t.silence()
	t.restIfDone()
	return inTime
}

// Reset sets the interval to d and lets the timer begin anew from now, whether
// it is started or not. What was still to come is cancelled; Reset reports, as
// Cancel does, whether there was such a call. It panics if the timer was made
// by Every and d is not positive.
func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	inTime := t.Cancel()
	t.setInterval(d)
	t.Start()
	return inTime
}

func (t *Timer) setInterval(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interval = d
}

// Wait returns when the timer is at rest: no call is running and none is to
// come. What the calls have done is visible then. A timer that is started anew
// before Wait has returned may keep it waiting.
func (t *Timer) Wait() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.started || t.running {
		t.rest.Wait()
	}
}

// schedule makes the next call due one interval from now. t.mu is held.
func (t *Timer) schedule() {
	t.started = true
	t.due = time.Now().Add(t.interval)
	if !t.running {
		t.arm()
	}
}

// arm lets the clock ring when the call is due. t.mu is held.
func (t *Timer) arm() {
	t.alarm++
	alarm := t.alarm
	t.clock = time.AfterFunc(time.Until(t.due), func() { t.ring(alarm) })
}

// silence stops the clock. An alarm that rings already and waits for the lock
// cannot be stopped; it will find that it does not count any more. t.mu is held.
func (t *Timer) silence() {
	t.alarm++
	if t.clock != nil {
		t.clock.Stop()
	}
}

// ring makes the call that is due, without holding the lock.
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
	} else {
		t.started = false
	}
	return true
}

func (t *Timer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running = false
	if t.started {
		t.arm()
	}
	t.restIfDone()
}

// restIfDone wakes those who wait for the timer to be at rest. t.mu is held.
func (t *Timer) restIfDone() {
	if !t.started && !t.running {
		t.rest.Broadcast()
	}
}
