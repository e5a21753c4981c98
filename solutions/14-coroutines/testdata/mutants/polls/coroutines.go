// Package coroutines makes functions that pause: a coroutine runs until it
// yields a value, and goes on when somebody sends it one.
package coroutines

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

var (
	// ErrDone says that a coroutine has come to its end: there is nothing more
	// to get. The one call in which the body returns gives a [*Done], which is
	// ErrDone too and carries the value; every later call gives ErrDone itself.
	ErrDone = errors.New("coroutines: done")

	// ErrNotPrimed is returned by Send to a coroutine that has not reached its
	// first yield: nothing there waits for a value.
	ErrNotPrimed = errors.New("coroutines: send to a coroutine that has not been started")

	// ErrRunning is returned when the body is running at this moment.
	ErrRunning = errors.New("coroutines: already running")

	// ErrExit is what yield returns in the body when the coroutine is closed.
	ErrExit = errors.New("coroutines: closed")

	// ErrIgnoredExit is returned by Close if the body yields again instead of
	// ending.
	ErrIgnoredExit = errors.New("coroutines: the body ignored ErrExit")

	// ErrStrayDone takes the place of an error that the body returns and that
	// is ErrDone: it came from another coroutine, and must not look like the
	// end of this one.
	ErrStrayDone = errors.New("coroutines: the body returned the ErrDone of another coroutine")
)

// Done is the error that carries the value which the body returned:
//
//	var done *coroutines.Done[int]
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

// Coroutine is a goroutine that takes turns with its callers: one lock, one
// condition, and a field that says whose turn it is.
type Coroutine[In, Out, Ret any] struct {
	mu     sync.Mutex
	turn   *sync.Cond // nil until it is started
	bodys  bool       // whose turn it is
	state  State
	in     In
	thrown error
	out    Out
	ret    Ret
	err    error
	panics []any // what the body panicked with

	body func(Yield[In, Out]) (Ret, error)
}

// New returns a coroutine for body.
func New[In, Out, Ret any](body func(yield Yield[In, Out]) (Ret, error)) *Coroutine[In, Out, Ret] {
	return &Coroutine[In, Out, Ret]{body: body}
}

// Next starts the body, or resumes it with nothing.
func (c *Coroutine[In, Out, Ret]) Next() (out Out, err error) {
	was, err := c.enter(Running)
	switch {
	case err != nil:
		return out, err
	case was == Closed:
		return out, ErrDone
	}
	var nothing In
	return c.exchange(nothing, nil)
}

// Send resumes the body with a value.
func (c *Coroutine[In, Out, Ret]) Send(in In) (out Out, err error) {
	was, err := c.enter(Created)
	switch {
	case err != nil:
		return out, err
	case was == Created:
		return out, ErrNotPrimed
	case was == Closed:
		return out, ErrDone
	}
	return c.exchange(in, nil)
}

// Throw resumes the body with an error.
func (c *Coroutine[In, Out, Ret]) Throw(thrown error) (out Out, err error) {
	if thrown == nil {
		panic("coroutines: nothing to throw")
	}
	was, err := c.enter(Closed)
	switch {
	case err != nil:
		return out, err
	case was == Created || was == Closed:
		return out, thrown
	}
	var nothing In
	return c.exchange(nothing, thrown)
}

// Close asks the body to end, and waits until it has.
func (c *Coroutine[In, Out, Ret]) Close() error {
	was, err := c.enter(Closed)
	if err != nil {
		return err
	}
	if was == Created || was == Closed {
		return nil
	}
	var nothing In
	_, err = c.exchange(nothing, ErrExit)
	switch {
	case err == nil:
		return ErrIgnoredExit
	case errors.Is(err, ErrDone) || errors.Is(err, ErrExit):
		return nil
	}
	return err
}

// State returns where the coroutine stands.
func (c *Coroutine[In, Out, Ret]) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *Coroutine[In, Out, Ret]) enter(fresh State) (State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.state
	if was == Running {
		return was, ErrRunning
	}
	if was == Suspended {
		c.state = Running
	}
	if was == Created {
		c.state = fresh
	}
	return was, nil
}

func (c *Coroutine[In, Out, Ret]) exchange(in In, thrown error) (out Out, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in, c.thrown = in, thrown
	c.bodys = true
	if c.turn == nil {
		c.turn = sync.NewCond(&c.mu)
		go c.live()
	}
	c.turn.Broadcast()
	for c.bodys {
		c.mu.Unlock()
		time.Sleep(50 * time.Microsecond)
		c.mu.Lock()
	}
	if c.state == Running { // it has yielded
		c.state = Suspended
		return c.out, nil
	}
	if len(c.panics) > 0 {
		p := c.panics[0]
		c.panics = nil
		panic(p)
	}
	switch {
	case errors.Is(c.err, ErrDone):
		return out, errors.Join(ErrStrayDone, errors.New(c.err.Error()))
	case c.err != nil:
		return out, c.err
	}
	return out, &Done[Ret]{c.ret}
}

// live is the goroutine of the body.
func (c *Coroutine[In, Out, Ret]) live() {
	var ret Ret
	var err error
	returned := false
	defer func() {
		p := recover()
		c.mu.Lock()
		defer c.mu.Unlock()
		if !returned {
			c.panics = []any{p}
		}
		c.ret, c.err = ret, err
		c.state, c.bodys = Closed, false
		c.turn.Broadcast()
	}()
	ret, err = c.body(c.yield)
	returned = true
}

func (c *Coroutine[In, Out, Ret]) yield(out Out) (In, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out, c.bodys = out, false
	c.turn.Broadcast()
	for !c.bodys {
		c.mu.Unlock()
		time.Sleep(50 * time.Microsecond)
		c.mu.Lock()
	}
	return c.in, c.thrown
}

var (
	// ErrReset, thrown into an averager, makes it begin again with no numbers.
	ErrReset = errors.New("coroutines: begin again")

	// ErrNaN is how an averager ends that is sent something which is no number.
	ErrNaN = errors.New("coroutines: not a number")
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
