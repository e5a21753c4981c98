// This file is given: the coroutines of exercise 14. What you write is in
// yieldfrom.go.

package yieldfrom

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
)

var (
	// ErrDone says that a coroutine has come to its end: there is nothing more
	// to get. The one call in which the body returns gives a [*Done], which is
	// ErrDone too and carries the value; every later call gives ErrDone itself.
	ErrDone = errors.New("yieldfrom: done")

	// ErrNotPrimed is returned by Send to a coroutine that has not reached its
	// first yield: nothing there waits for a value.
	ErrNotPrimed = errors.New("yieldfrom: send to a coroutine that has not been started")

	// ErrRunning is returned when the body is running at this moment.
	ErrRunning = errors.New("yieldfrom: already running")

	// ErrExit is what yield returns in the body when the coroutine is closed.
	ErrExit = errors.New("yieldfrom: closed")

	// ErrIgnoredExit is returned by Close if the body yields again instead of
	// ending.
	ErrIgnoredExit = errors.New("yieldfrom: the body ignored ErrExit")

	// ErrStrayDone takes the place of an error that the body returns and that
	// is ErrDone: it came from another coroutine, and must not look like the
	// end of this one.
	ErrStrayDone = errors.New("yieldfrom: the body returned the ErrDone of another coroutine")
)

// Done is the error that carries the value which the body returned:
//
//	var done *yieldfrom.Done[int]
//	if errors.As(err, &done) {
//		fmt.Println(done.Value)
//	}
type Done[Ret any] struct {
	Value Ret
}

// Error says that the coroutine is done, and with what value.
func (d *Done[Ret]) Error() string { return fmt.Sprintf("%v: %v", ErrDone, d.Value) }

// Unwrap makes every Done an ErrDone for errors.Is.
func (d *Done[Ret]) Unwrap() error { return ErrDone }

// State is where a coroutine stands.
type State int

// The states of a coroutine.
const (
	Created   State = iota // made, not started
	Running                // the body, or something it has called, is running
	Suspended              // the body waits at a yield
	Closed                 // the body has ended, or will never start
)

// String returns CREATED, RUNNING, SUSPENDED or CLOSED.
func (s State) String() string {
	names := [...]string{"CREATED", "RUNNING", "SUSPENDED", "CLOSED"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("State(%d)", int(s))
	}
	return names[s]
}

// Yield hands out to whoever resumed the coroutine, and pauses the body until
// somebody resumes it again. It returns what was sent: the zero In after Next.
// When an error was thrown, it returns that error and the zero In; Close throws
// [ErrExit]. Only the body may call it, in the goroutine in which it runs.
type Yield[In, Out any] = func(out Out) (in In, err error)

// Coroutine is a function that pauses. Make one with [New].
//
// Its methods may be called from any goroutine, and from the body itself. The
// body never runs twice at the same time: while it runs, Next, Send, Throw and
// Close neither wait nor do anything; they return [ErrRunning].
//
// The body runs only during Next, Send, Throw and Close, which return when it
// has yielded or ended. A panic in the body goes on in the caller of these, and
// the coroutine is Closed. The body must not call runtime.Goexit.
//
// A coroutine that is Created or Closed holds no goroutine, so it may just be
// forgotten. One that is Suspended holds at most one, until it ends: whoever
// does not want to go on to the end calls Close.
type Coroutine[In, Out, Ret any] struct {
	mu    sync.Mutex
	state State // guarded by mu

	// The rest belongs to whoever has made the state Running.
	body   func(Yield[In, Out]) (Ret, error)
	resume func() (Out, bool) // lets the body go on to its next yield, or to its end: false
	in     In                 // what yield is to return
	thrown error              // the same
	ret    Ret                // what the body has returned
	err    error              // the same
}

// New returns a coroutine for body. Nothing of body runs before Next.
func New[In, Out, Ret any](body func(yield Yield[In, Out]) (Ret, error)) *Coroutine[In, Out, Ret] {
	return &Coroutine[In, Out, Ret]{body: body}
}

// Next starts the body if it has not been started, which is called priming, or
// resumes it with the zero In, and returns what it yields. When the body
// returns instead, the error says how:
//
//   - its value and a nil error become a [*Done] that carries the value;
//   - its error is returned as it is, unless it is ErrDone ([ErrStrayDone]).
//
// In both cases the coroutine is Closed, and from then on there is only
// [ErrDone].
func (c *Coroutine[In, Out, Ret]) Next() (Out, error) {
	var nothing In
	return c.goOn(c.claim(Running), nothing, nil)
}

// Send resumes the body, whose yield returns in, and returns what it yields
// next, or an error as Next does. A coroutine that has not been started is left
// as it is: Send returns [ErrNotPrimed].
func (c *Coroutine[In, Out, Ret]) Send(in In) (Out, error) {
	was := c.claim(Created)
	if was == Created {
		var none Out
		return none, ErrNotPrimed
	}
	return c.goOn(was, in, nil)
}

// Throw resumes the body, whose yield returns err, and returns what it yields
// next, or an error as Next does: err itself, if the body lets it through. A
// coroutine that has not been started is Closed by it, its body never runs, and
// Throw returns err. On one that is Closed already, too, Throw returns err. It
// panics, and changes nothing, if err is nil.
func (c *Coroutine[In, Out, Ret]) Throw(err error) (Out, error) {
	if err == nil {
		panic("yieldfrom: Throw of a nil error")
	}
	was := c.claim(Closed)
	if was == Created || was == Closed {
		var none Out
		return none, err
	}
	var nothing In
	return c.goOn(was, nothing, err)
}

// Close ends the coroutine: the yield at which it waits returns [ErrExit], the
// body cleans up and returns, and Close waits for that. It returns nil if the
// body returns no error or one that is ErrExit, and the body's error otherwise;
// a value that the body returns is lost. If the body yields instead, that value
// is lost, the coroutine is still Suspended, and Close returns [ErrIgnoredExit].
// A coroutine that has not been started is Closed and its body never runs. On
// one that is Closed, Close does nothing and returns nil.
func (c *Coroutine[In, Out, Ret]) Close() error {
	was := c.claim(Closed)
	if was == Created || was == Closed {
		return nil
	}
	var nothing In
	switch _, err := c.goOn(was, nothing, ErrExit); {
	case err == nil:
		return ErrIgnoredExit
	case errors.Is(err, ErrDone), errors.Is(err, ErrExit):
		return nil
	default:
		return err
	}
}

// State returns where the coroutine stands at this moment. It never waits.
func (c *Coroutine[In, Out, Ret]) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *Coroutine[In, Out, Ret]) set(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = s
}

// claim makes a suspended coroutine Running, which gives the caller alone the
// right to resume it, and one that was never started what fresh says. It
// returns the state from before.
func (c *Coroutine[In, Out, Ret]) claim(fresh State) State {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state
	switch was {
	case Created:
		c.state = fresh
	case Suspended:
		c.state = Running
	}
	return was
}

// goOn is called after claim, with what claim returned. It lets the body run
// to its next yield or to its end.
func (c *Coroutine[In, Out, Ret]) goOn(was State, in In, thrown error) (out Out, err error) {
	switch was {
	case Running:
		return out, ErrRunning
	case Closed:
		return out, ErrDone
	case Created:
		c.resume, _ = iter.Pull(c.run)
	}
	after := Closed // unless it yields: not when it returns, and not when it panics
	defer func() { c.set(after) }()
	c.in, c.thrown = in, thrown
	out, yielded := c.resume()
	if yielded {
		after = Suspended
		return out, nil
	}
	return out, c.ending()
}

// run is the whole life of the body, as iter.Pull wants it: resume takes turns
// with hand.
func (c *Coroutine[In, Out, Ret]) run(hand func(Out) bool) {
	c.ret, c.err = c.body(func(out Out) (In, error) {
		hand(out) // always true: the iterator is never stopped, it is closed by throwing
		return c.in, c.thrown
	})
}

// ending is the error that says how the body ended.
func (c *Coroutine[In, Out, Ret]) ending() error {
	switch {
	case c.err == nil:
		return &Done[Ret]{c.ret}
	case errors.Is(c.err, ErrDone):
		return fmt.Errorf("%w: %v", ErrStrayDone, c.err)
	}
	return c.err
}

var (
	// ErrReset, thrown into an averager, makes it begin again with no numbers.
	ErrReset = errors.New("yieldfrom: begin again")

	// ErrNaN is how an averager ends that is sent something which is no number.
	ErrNaN = errors.New("yieldfrom: not a number")
)

// Average is what an averager returns at its end.
type Average struct {
	Count int     // how many numbers
	Mean  float64 // 0 if there were none
}

// Averager returns a coroutine, not yet primed, that yields the mean of all
// numbers sent to it so far: 0 at first. Nil is the sentinel: it ends the
// coroutine, whose value is the Average. Next resumes it with nil, so it ends
// an averager that is primed.
//
// A NaN ends it with [ErrNaN]. When [ErrReset] is thrown it forgets all numbers and
// goes on, yielding 0; any other error that is thrown ends it with that error.
func Averager() *Coroutine[*float64, float64, Average] {
	return New(func(yield Yield[*float64, float64]) (Average, error) {
		var avg Average
		for {
			x, err := yield(avg.Mean)
			switch {
			case errors.Is(err, ErrReset):
				avg = Average{}
			case err != nil:
				return Average{}, err
			case x == nil:
				return avg, nil
			case math.IsNaN(*x):
				return Average{}, ErrNaN
			default:
				avg.Count++
				avg.Mean += (*x - avg.Mean) / float64(avg.Count)
			}
		}
	})
}
