// Package timer starts functions after a time, once or again and again.
package timer

import "time"

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
	// TODO: what must a timer remember to answer Cancel truthfully?
}

// New returns a timer that calls f once, d after it is started; at once if d
// is not positive. It panics if f is nil.
func New(d time.Duration, f func()) *Timer {
	return &Timer{} // TODO
}

// Every returns a timer that calls f at d, 2d, 3d, … after it is started,
// however long the calls take. A call that is due while the one before still
// runs is made as soon as that one returns; if several came due meanwhile, that
// one call stands for all of them. It panics if d is not positive or f is nil.
func Every(d time.Duration, f func()) *Timer {
	return &Timer{} // TODO
}

// Start starts the timer and reports whether it did: a timer that is started
// already goes on as if nothing had happened. It never waits for a call.
func (t *Timer) Start() bool {
	return false // TODO
}

// Cancel stops the timer and reports whether it was in time, that is, whether
// a call was still to come and now will not. If Cancel returns false there was
// nothing to stop: the only call has begun, or the timer was not started. A
// call that has begun goes on; Cancel does not wait for it, Wait does. What is
// cancelled is gone: no goroutine and no memory is kept until the time is up.
func (t *Timer) Cancel() bool {
	return false // TODO
}

// Reset sets the interval to d and lets the timer begin anew from now, whether
// it is started or not. What was still to come is cancelled; Reset reports, as
// Cancel does, whether there was such a call. It panics if the timer was made
// by Every and d is not positive.
func (t *Timer) Reset(d time.Duration) bool {
	return false // TODO
}

// Wait returns when the timer is at rest: no call is running and none is to
// come. What the calls have done is visible then. A timer that is started anew
// before Wait has returned may keep it waiting.
func (t *Timer) Wait() {
	// TODO
}
