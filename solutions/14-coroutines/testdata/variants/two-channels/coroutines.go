// Package coroutines makes functions that pause: a coroutine runs until it
// yields a value, and goes on when somebody sends it one.
package coroutines

import (
	"errors"
	"fmt"
	"math"
	"sync"
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

// Coroutine is a goroutine that takes turns with its callers over two channels.
type Coroutine[In, Out, Ret any] struct {
	mu    sync.Mutex
	state State

	body func(Yield[In, Out]) (Ret, error)
	in   chan question[In]
	out  chan answer[Out]
}

type question[In any] struct {
	in  In
	err error
}

// answer is a value, an error that says how the body ended, or its panic.
type answer[Out any] struct {
	out      Out
	err      error
	panicked bool
	value    any
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
	case was == Created:
		c.start()
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
	switch was {
	case Running:
		return was, ErrRunning
	case Created:
		c.state = fresh
	case Suspended:
		c.state = Running
	}
	return was, nil
}

func (c *Coroutine[In, Out, Ret]) leave(s State) {
	c.mu.Lock()
	c.state = s
	c.mu.Unlock()
}

func (c *Coroutine[In, Out, Ret]) exchange(in In, thrown error) (Out, error) {
	c.in <- question[In]{in, thrown}
	a := <-c.out
	if a.err == nil && !a.panicked {
		c.leave(Suspended)
		return a.out, nil
	}
	c.leave(Closed)
	if a.panicked {
		panic(a.value)
	}
	return a.out, a.err
}

func (c *Coroutine[In, Out, Ret]) start() {
	c.in, c.out = make(chan question[In]), make(chan answer[Out])
	go func() {
		<-c.in // the first Next has nothing to say
		c.out <- c.live()
	}()
}

// live runs the body and says how it ended.
func (c *Coroutine[In, Out, Ret]) live() (last answer[Out]) {
	last.panicked = true
	defer func() {
		if last.panicked {
			last.value = recover()
		}
	}()
	ret, err := c.body(func(out Out) (In, error) {
		c.out <- answer[Out]{out: out}
		q := <-c.in
		return q.in, q.err
	})
	last.panicked = false
	switch {
	case err == nil:
		last.err = &Done[Ret]{Value: ret}
	case errors.Is(err, ErrDone):
		last.err = ErrStrayDone
	default:
		last.err = err
	}
	return last
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
