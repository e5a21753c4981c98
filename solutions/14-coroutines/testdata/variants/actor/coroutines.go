// Package coroutines makes functions that pause: a coroutine runs until it
// yields a value, and goes on when somebody sends it one.
package coroutines

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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

// Coroutine is an actor: every call is a message that brings along the channel
// for the answer. Who is inside holds the lock; nobody ever waits for it.
type Coroutine[In, Out, Ret any] struct {
	inside sync.Mutex
	state  atomic.Int64
	inbox  chan message[In, Out]
	body   func(Yield[In, Out]) (Ret, error)
}

type message[In, Out any] struct {
	in    In
	err   error
	reply chan<- func() (Out, error)
}

// New returns a coroutine for body.
func New[In, Out, Ret any](body func(yield Yield[In, Out]) (Ret, error)) *Coroutine[In, Out, Ret] {
	return &Coroutine[In, Out, Ret]{body: body}
}

// State returns where the coroutine stands.
func (c *Coroutine[In, Out, Ret]) State() State { return State(c.state.Load()) }

// call does f, which is given the state, if nobody is inside.
func (c *Coroutine[In, Out, Ret]) call(f func(State) (Out, error)) (Out, error) {
	if !c.inside.TryLock() {
		var none Out
		return none, ErrRunning
	}
	defer c.inside.Unlock()
	return f(c.State())
}

// Next starts the body, or resumes it with nothing.
func (c *Coroutine[In, Out, Ret]) Next() (Out, error) {
	return c.call(func(s State) (none Out, err error) {
		if s == Closed {
			return none, ErrDone
		}
		c.state.Store(int64(Running))
		if s == Created {
			c.inbox = make(chan message[In, Out])
			go c.live()
		}
		return c.deliver(message[In, Out]{})
	})
}

// Send resumes the body with a value.
func (c *Coroutine[In, Out, Ret]) Send(in In) (Out, error) {
	return c.call(func(s State) (none Out, err error) {
		switch s {
		case Created:
			return none, ErrNotPrimed
		case Closed:
			return none, ErrDone
		}
		return c.deliver(message[In, Out]{in: in})
	})
}

// Throw resumes the body with an error.
func (c *Coroutine[In, Out, Ret]) Throw(thrown error) (Out, error) {
	if thrown == nil {
		panic("coroutines: Throw(nil)")
	}
	return c.call(func(s State) (none Out, err error) {
		if s != Suspended {
			c.state.Store(int64(Closed))
			return none, thrown
		}
		return c.deliver(message[In, Out]{err: thrown})
	})
}

// Close asks the body to end, and waits until it has.
func (c *Coroutine[In, Out, Ret]) Close() error {
	ignored := false
	_, err := c.call(func(s State) (none Out, err error) {
		if s != Suspended {
			c.state.Store(int64(Closed))
			return none, nil
		}
		out, err := c.deliver(message[In, Out]{err: ErrExit})
		ignored = err == nil
		return out, err
	})
	if ignored {
		return ErrIgnoredExit
	}
	if errors.Is(err, ErrExit) || errors.Is(err, ErrDone) {
		return nil
	}
	return err
}

func (c *Coroutine[In, Out, Ret]) deliver(m message[In, Out]) (Out, error) {
	reply := make(chan func() (Out, error), 1)
	m.reply = reply
	c.state.Store(int64(Running))
	c.inbox <- m
	return (<-reply)()
}

// live is the goroutine of the body. Its answers are functions, which the
// caller calls: so they can return, and they can panic.
func (c *Coroutine[In, Out, Ret]) live() {
	m := <-c.inbox
	returned := false
	defer func() {
		if p := recover(); !returned {
			c.state.Store(int64(Closed))
			m.reply <- func() (Out, error) { panic(p) }
		}
	}()
	ret, err := c.body(func(out Out) (In, error) {
		c.state.Store(int64(Suspended))
		m.reply <- func() (Out, error) { return out, nil }
		m = <-c.inbox
		return m.in, m.err
	})
	returned = true
	switch {
	case err == nil:
		err = &Done[Ret]{ret}
	case errors.Is(err, ErrDone):
		err = ErrStrayDone
	}
	c.state.Store(int64(Closed))
	m.reply <- func() (none Out, _ error) { return none, err }
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

// Averager returns a coroutine, not yet primed, that yields the mean so far.
func Averager() *Coroutine[*float64, float64, Average] {
	return New(average)
}

func average(yield Yield[*float64, float64]) (Average, error) {
	n, sum := 0, 0.0
	mean := func() float64 { return sum / float64(max(n, 1)) }
	for {
		x, err := yield(mean())
		if err == ErrReset {
			n, sum = 0, 0
			continue
		}
		if err != nil {
			return Average{}, err
		}
		if x == nil {
			return Average{Count: n, Mean: mean()}, nil
		}
		if *x != *x {
			return Average{}, ErrNaN
		}
		n, sum = n+1, sum+*x
	}
}
