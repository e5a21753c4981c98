// Package eventloop runs callbacks one after another, as Python's asyncio does.
package eventloop

import (
	"errors"
	"time"
)

var (
	// ErrClosed is returned when something is asked of a loop that is closed.
	ErrClosed = errors.New("eventloop: loop is closed")
	// ErrRunning is returned by what needs a loop that does not run.
	ErrRunning = errors.New("eventloop: loop is running")
	// ErrStopped is returned by RunUntilComplete if the loop was stopped first.
	ErrStopped = errors.New("eventloop: loop stopped before the work was complete")
)

// Loop calls functions, its callbacks, one after another in the goroutine that
// runs it. It works in turns. When a turn begins, the loop takes all callbacks
// that CallSoon and CallSoonThreadsafe have put in, in the order in which they
// were put in, and behind them those of CallLater and CallAt whose time has
// come, the earliest time first, equal times in the order of the calls. It runs
// these, and then the turn is over: whatever is put in meanwhile, or falls due,
// belongs to a later turn. If there is nothing to run, a turn does not begin:
// the loop waits, and uses no processor time. A loop that does not run holds no
// goroutine.
//
// A loop belongs to one goroutine: the one that runs it or, while nobody does,
// the one that made it or is going to run it next. CallSoonThreadsafe,
// RunForever, RunUntilComplete and Close may be called from any goroutine at any
// time, also from a callback. Everything else, with Handle.Cancel and the done
// of RunUntilComplete, is for callbacks and for the owner of a loop that does
// not run.
type Loop struct {
	// TODO: what is there to run now, and what later? Who else touches it?
}

// Handle is a callback that was put into a loop.
type Handle struct {
	// TODO
}

// New returns a loop that does not run and has nothing to do.
func New() *Loop {
	return &Loop{} // TODO
}

// CallSoon puts f in, to be called in the next turn. If the loop is closed it
// returns nil and ErrClosed. It panics if f is nil.
func (l *Loop) CallSoon(f func()) (*Handle, error) {
	return nil, nil // TODO
}

// CallSoonThreadsafe is CallSoon for all goroutines: it may be called at any
// time, wakes the loop if that waits, and returns at once, whether the loop
// runs or not and however much has been put in. What the caller has done before
// is visible to f.
func (l *Loop) CallSoonThreadsafe(f func()) error {
	return nil // TODO
}

// CallLater puts f in, to be called when d has passed from now. If d is not
// positive that is the case in the next turn. Errors and panics are those of
// CallSoon.
func (l *Loop) CallLater(d time.Duration, f func()) (*Handle, error) {
	return nil, nil // TODO
}

// CallAt puts f in, to be called at the time when, or in the next turn if that
// has passed. Errors and panics are those of CallSoon.
func (l *Loop) CallAt(when time.Time, f func()) (*Handle, error) {
	return nil, nil // TODO
}

// Cancel takes the callback out of its loop, also when the turn in which it
// would be called has begun already. The loop and the handle forget the
// function. If it has been called, or cancelled, or the loop is closed, nothing
// happens.
func (h *Handle) Cancel() {
	// TODO
}

// RunForever runs the loop in the calling goroutine until Stop, and returns nil.
// It returns ErrRunning if the loop runs already, ErrClosed if it is closed.
// After it has returned the loop may be run again.
func (l *Loop) RunForever() error {
	return nil // TODO
}

// RunUntilComplete puts main in, as CallSoon does, and runs the loop in the
// calling goroutine until main, or a callback, calls done. It returns what done
// was given. As with Stop, the turn in which done is called is finished. Only
// the first call of done counts; one that comes after RunUntilComplete is over
// does nothing.
//
// If the loop was stopped and done not called, it returns ErrStopped. It returns
// ErrRunning if the loop runs already and ErrClosed if it is closed, and main is
// not called then. It panics if main is nil.
func (l *Loop) RunUntilComplete(main func(done func(error))) error {
	return nil // TODO
}

// Stop lets RunForever or RunUntilComplete return at the end of this turn. What
// was put in during the turn is kept for the next run. If the loop does not
// run, the next run has one turn, which begins at once. If the loop is closed,
// nothing happens.
func (l *Loop) Stop() {
	// TODO
}

// Close closes the loop for good; callbacks that have not been called are
// dropped, and the loop forgets them. It returns ErrRunning, and changes
// nothing, if the loop runs. To close a closed loop does nothing and returns nil.
func (l *Loop) Close() error {
	return nil // TODO
}

// SetExceptionHandler has handler called, by the loop, with the value of every
// panic in a callback; the loop then goes on with the next callback. With nil,
// which is how a loop begins, there is none, and a panic comes out of RunForever
// or RunUntilComplete. The loop is stopped then and may be run again, and what
// was left of the turn comes first. A panic in the handler itself also comes out.
func (l *Loop) SetExceptionHandler(handler func(value any)) {
	// TODO
}
