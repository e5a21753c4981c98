package processpool

import (
	"context"
	"errors"
	"fmt"
)

// ErrShutdown is what Submit returns once Shutdown or Close was called.
var ErrShutdown = errors.New("processpool: shut down")

// ErrGoexit is what the future of a call fails with when the task ended its
// goroutine by runtime.Goexit.
var ErrGoexit = errors.New("processpool: the task called runtime.Goexit")

// PanicError is what the future of a call fails with when the task panicked.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // where: debug.Stack() at the time of the panic
}

// Error names the value.
func (e *PanicError) Error() string { return fmt.Sprintf("processpool: panic: %v", e.Value) }

// Unwrap returns Value if it is an error, and nil if not, for errors.Is and errors.As.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Executor runs calls somewhere: in goroutines, in other processes. Code that
// submits tasks to an Executor need not know which. All methods may be called
// at any time by any number of goroutines.
type Executor interface {
	// Submit takes over a call, which it runs later, and returns nil; it waits
	// while there is no room for another one. When it returns an error it has
	// not touched the call: ErrShutdown once Shutdown or Close was called, even
	// if that happens while it waits; or ctx.Err() when ctx ends first. ctx is
	// about the wait for room only: the call does not see it.
	Submit(ctx context.Context, c Call) error

	// Shutdown refuses new calls from now on, and waits until all calls that
	// were taken over have ended and nothing of the executor is left. When ctx
	// ends first it returns ctx.Err(), and the rest goes on without it.
	Shutdown(ctx context.Context) error

	// Close refuses new calls from now on, cancels those that have not begun,
	// ends the context of those that run, and waits for them to return.
	Close() error
}

// Task is a function with a name. The name is what another process knows the
// function by, since a function cannot be sent there; goroutines do without.
type Task[A, R any] struct {
	name string
	f    func(ctx context.Context, arg A) (R, error)
}

// NewTask returns the task that calls f. The context that f gets ends when the
// executor is closed.
func NewTask[A, R any](name string, f func(ctx context.Context, arg A) (R, error)) Task[A, R] {
	return Task[A, R]{name, f}
}

// Name returns the name.
func (t Task[A, R]) Name() string { return t.name }

// Invoke calls the function where the types of argument and result are not
// known, as in the process at the other end of a pipe. decode gets a pointer
// and must store the argument there; if it fails, Invoke returns its error.
func (t Task[A, R]) Invoke(ctx context.Context, decode func(arg any) error) (result any, err error) {
	var arg A
	if err := decode(&arg); err != nil {
		return nil, err
	}
	return t.f(ctx, arg)
}

// Submit has ex call task with arg, and returns the future of what it returns.
// The error is that of ex.Submit; there is no future then.
func Submit[A, R any](ctx context.Context, ex Executor, task Task[A, R], arg A) (*Future[R], error) {
	f := New[R]()
	if err := ex.Submit(ctx, &call[A, R]{f, task, arg}); err != nil {
		return nil, err
	}
	return f, nil
}

// Call is a task with its argument and the future of its result: what an
// executor sees, without their types. An executor calls Start first. If that
// was true, it calls exactly one of Run, Finish and Fail.
type Call interface {
	// Start moves the future from pending to running. If it returns false, the
	// call was cancelled and must be left alone.
	Start() bool
	// Run calls the function in this goroutine and ends the future with what it
	// returns. If the function panics, so does Run, and the future goes on.
	Run(ctx context.Context)
	// Finish ends the future with a result from elsewhere. decode gets a pointer
	// and must store the result there; if it fails, the future fails with its error.
	Finish(decode func(result any) error)
	// Fail ends the future with an error.
	Fail(err error) bool
	// Cancel cancels the future if it is pending, and reports whether it is cancelled.
	Cancel() bool

	Task() string // the task's name
	Arg() any     // its argument
}

// call brings its future's own Start, Fail and Cancel along.
type call[A, R any] struct {
	*Future[R]
	task Task[A, R]
	arg  A
}

func (c *call[A, R]) Task() string { return c.task.name }
func (c *call[A, R]) Arg() any     { return c.arg }

func (c *call[A, R]) Run(ctx context.Context) {
	c.settle(c.task.f(ctx, c.arg))
}

func (c *call[A, R]) Finish(decode func(result any) error) {
	var result R
	c.settle(result, decode(&result))
}

func (c *call[A, R]) settle(result R, err error) {
	if err != nil {
		c.Fail(err)
		return
	}
	c.Complete(result)
}
