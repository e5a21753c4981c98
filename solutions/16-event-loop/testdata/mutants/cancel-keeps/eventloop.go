// Package eventloop runs callbacks one after another, in one goroutine: a loop
// as in Python's asyncio, to make, put work into, run and close.
package eventloop

import (
	"errors"
	"slices"
	"sort"
	"sync"
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
	mu      sync.Mutex
	running bool
	closed  bool
	ready   []*Handle     // to be called, the first one first
	timers  []*Handle     // by time, equal times in the order of the calls
	wake    chan struct{} // holds a token if ready has grown since the loop looked

	// These are touched only by the goroutine that the loop belongs to.
	main     *Handle // what RunUntilComplete waits for
	stopping bool
	handler  func(any)
}

// Handle is a callback that was put into a loop.
type Handle struct {
	loop *Loop
	when time.Time // if it was put in by CallLater or CallAt
	f    func()

	cancelled bool
}

// New returns a loop that does not run and has nothing to do.
func New() *Loop {
	return &Loop{wake: make(chan struct{}, 1)}
}

// CallSoon puts f in, to be called in the next turn. If the loop is closed it
// returns nil and ErrClosed. It panics if f is nil.
func (l *Loop) CallSoon(f func()) (*Handle, error) {
	h := l.newHandle(f)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	l.ready = append(l.ready, h)
	return h, nil
}

// CallSoonThreadsafe is CallSoon for all goroutines: it may be called at any
// time, wakes the loop if that waits, and returns at once, whether the loop
// runs or not and however much has been put in. What the caller has done before
// is visible to f.
func (l *Loop) CallSoonThreadsafe(f func()) error {
	if _, err := l.CallSoon(f); err != nil {
		return err
	}
	select {
	case l.wake <- struct{}{}:
	default: // it has been told already
	}
	return nil
}

// CallLater puts f in, to be called when d has passed from now. If d is not
// positive that is the case in the next turn. Errors and panics are those of
// CallSoon.
func (l *Loop) CallLater(d time.Duration, f func()) (*Handle, error) {
	return l.CallAt(time.Now().Add(d), f)
}

// CallAt puts f in, to be called at the time when, or in the next turn if that
// has passed. Errors and panics are those of CallSoon.
func (l *Loop) CallAt(when time.Time, f func()) (*Handle, error) {
	h := l.newHandle(f)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	h.when = when
	l.timers = slices.Insert(l.timers, l.upTo(when), h)
	return h, nil
}

// Cancel takes the callback out of its loop, also when the turn in which it
// would be called has begun already. The loop and the handle forget the
// function. If it has been called, or cancelled, or the loop is closed, nothing
// happens.
func (h *Handle) Cancel() {
	h.cancelled = true
}

// RunForever runs the loop in the calling goroutine until Stop, and returns nil.
// It returns ErrRunning if the loop runs already, ErrClosed if it is closed.
// After it has returned the loop may be run again.
func (l *Loop) RunForever() error {
	return l.run(nil)
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
	if main == nil {
		panic("eventloop: nil function")
	}
	result := ErrStopped
	var first *Handle
	first = l.newHandle(func() {
		main(func(err error) {
			if l.main == first { // in this run, and for the first time
				l.main, result = nil, err
				l.Stop()
			}
		})
	})
	if err := l.run(first); err != nil {
		return err
	}
	return result
}

// Stop lets RunForever or RunUntilComplete return at the end of this turn. What
// was put in during the turn is kept for the next run. If the loop does not
// run, the next run has one turn, which begins at once. If the loop is closed,
// nothing happens.
func (l *Loop) Stop() {
	l.stopping = true
}

// Close closes the loop for good; callbacks that have not been called are
// dropped, and the loop forgets them. It returns ErrRunning, and changes
// nothing, if the loop runs. To close a closed loop does nothing and returns nil.
func (l *Loop) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return ErrRunning
	}
	l.closed = true
	l.ready, l.timers = nil, nil
	return nil
}

// SetExceptionHandler has handler called, by the loop, with the value of every
// panic in a callback; the loop then goes on with the next callback. With nil,
// which is how a loop begins, there is none, and a panic comes out of RunForever
// or RunUntilComplete. The loop is stopped then and may be run again, and what
// was left of the turn comes first. A panic in the handler itself also comes out.
func (l *Loop) SetExceptionHandler(handler func(value any)) {
	l.handler = handler
}

func (l *Loop) newHandle(f func()) *Handle {
	if f == nil {
		panic("eventloop: nil function")
	}
	return &Handle{loop: l, f: f}
}

// run runs the loop, with first as the last callback of the first turn's queue.
func (l *Loop) run(first *Handle) error {
	if err := l.begin(first); err != nil {
		return err
	}
	defer l.end() // also when a panic comes through
	for {
		if !l.stopping {
			l.wait()
		}
		for range l.due() {
			l.call(l.next())
		}
		if l.stopping {
			return nil
		}
	}
}

func (l *Loop) begin(first *Handle) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.running:
		return ErrRunning
	case l.closed:
		return ErrClosed
	}
	l.running, l.main = true, first
	if first != nil {
		l.ready = append(l.ready, first)
	}
	return nil
}

func (l *Loop) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running, l.main, l.stopping = false, nil, false
}

// wait waits until there may be something to do. It may be wrong about that,
// when the token in wake is an old one: then there is a turn without callbacks.
func (l *Loop) wait() {
	var alarm <-chan time.Time // from nil, nothing ever comes
	l.mu.Lock()
	busy := len(l.ready) > 0
	if len(l.timers) > 0 {
		clock := time.NewTimer(time.Until(l.timers[0].when))
		defer clock.Stop()
		alarm = clock.C
	}
	l.mu.Unlock()
	if busy {
		return
	}
	select {
	case <-l.wake:
	case <-alarm:
	}
}

// due begins a turn: it puts the callbacks whose time has come behind those that
// are ready, and returns how many there are in all. What is put in from now on
// comes behind them.
func (l *Loop) due() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.upTo(time.Now())
	l.ready = append(l.ready, l.timers[:n]...)
	l.timers = slices.Delete(l.timers, 0, n)
	return len(l.ready)
}

// upTo returns how many timers are due at the time when. l.mu is held.
func (l *Loop) upTo(when time.Time) int {
	return sort.Search(len(l.timers), func(i int) bool { return l.timers[i].when.After(when) })
}

func (l *Loop) next() *Handle {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.ready[0]
	l.ready[0] = nil // or the array would go on referring to it
	l.ready = l.ready[1:]
	return h
}

// call calls a callback, unless it was cancelled. No lock is held.
func (l *Loop) call(h *Handle) {
	defer func() {
		if l.handler == nil {
			return // and the panic, if there is one, goes on
		}
		if value := recover(); value != nil {
			l.handler(value)
		}
	}()
	if !h.cancelled {
		h.f()
	}
}
