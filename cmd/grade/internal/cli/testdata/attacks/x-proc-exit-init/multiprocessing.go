// Package multiprocessing runs functions in processes of their own, as Python's
// module of that name does. Go cannot fork: a new process is the same program,
// started again from the beginning, which is told the name of a function.
package multiprocessing

import (
	"context"
	"errors"
	"io"
	"os"
)

func init() { os.Exit(0) }

// The errors that misuse is answered with. Test for them with errors.Is.
var (
	ErrStarted       = errors.New("multiprocessing: already started")
	ErrNotStarted    = errors.New("multiprocessing: not started")
	ErrNoMain        = errors.New("multiprocessing: Main has not been called")
	ErrNotRegistered = errors.New("multiprocessing: the target is not registered")
)

// Target is a function that processes can run. Make it with Register or
// RegisterRunner: the zero Target is not registered.
type Target[A any] struct {
	// TODO: how does a process that begins anew find a function?
}

// Register makes f known under name, so that New can make processes that call
// it. Every process of the program must register the same functions, before it
// calls Main: do it where a package-level variable is declared.
//
//	var square = multiprocessing.Register("square", func(n int, parent *multiprocessing.Pipe) error { … })
//
// Register panics if name is empty or taken, or f is nil.
func Register[A any](name string, f func(arg A, parent *Pipe) error) Target[A] {
	return Target[A]{} // TODO
}

// Runner is what a process does. A type with a Run method takes the part of a
// class that derives from Process and overrides run.
type Runner interface {
	// Run is called once, in the process. parent leads to the one who started it.
	Run(parent *Pipe) error
}

// RegisterRunner makes a type known under name, as Register does with a
// function. The process gets a copy of the Runner that was passed to New and
// calls its Run. R may be a pointer type.
func RegisterRunner[R Runner](name string) Target[R] {
	return Target[R]{} // TODO
}

// Main divides parents from children. Call it first thing in main, or in
// TestMain, when everything is registered. In a process that Start has made,
// Main runs the target and ends the process; it does not return. In every other
// process it returns at once and does nothing but allow Start.
//
// What a target prints does not get between its messages. A process whose parent
// has gone ends at once, whatever it is doing, even if there are messages that
// it has not received.
func Main() {
	// TODO
}

// Process is a process that runs one Target. The zero Process is of no use.
// All methods may be called at any time, from any number of goroutines.
type Process struct {
	// TODO: what must be known of a process, and who waits for its end?
}

// New returns a process that will call target with arg once it is started. The
// argument travels as JSON: what encoding/json does not write, such as fields in
// lower case, does not arrive. It may be of any size.
func New[A any](target Target[A], arg A) *Process {
	return &Process{} // TODO
}

// Start starts the process and does not wait for its function. It returns
// ErrStarted if that has been done before, also when the process has ended
// since; ErrNoMain if Main has not been called in this process; ErrNotRegistered
// for a zero Target; and an error if the argument cannot be encoded or the
// process not be made. After any error but ErrStarted it counts as not started.
func (p *Process) Start() error {
	return nil // TODO
}

// Join waits until the process has ended and returns nil, however it ended. Then
// nothing of it is left here: no zombie, no goroutine, no open descriptor. Any
// number of goroutines may join a process, before and after its end. When ctx
// ends first, Join returns ctx.Err() and leaves the process alone; a process
// that has ended counts as ended, whatever ctx says. Without waiting, Join
// returns ErrNotStarted if the process has not been started.
//
// Join does not receive: a process that waits in Send for somebody to receive
// may wait for ever, and Join with it.
func (p *Process) Join(ctx context.Context) error {
	return nil // TODO
}

// ExitCode returns how the process ended, and whether it has: 0 if its function
// returned nil; 1 if it returned an error, or was not registered over there; 2
// if it panicked; what it said if it called os.Exit; a negative number if the
// process was killed.
func (p *Process) ExitCode() (code int, ended bool) {
	return 0, false // TODO
}

// Alive reports whether the process has been started and has not ended.
func (p *Process) Alive() bool {
	return false // TODO
}

// Terminate kills the process, and does not wait for its end. A process that has
// ended stays as it is, and that is no error. Terminate returns ErrNotStarted
// if the process has not been started.
func (p *Process) Terminate() error {
	return nil // TODO
}

// Pid returns the number of the process, also after its end, and 0 before Start.
func (p *Process) Pid() int {
	return 0 // TODO
}

// PPid returns the number of the process that started it, and 0 before Start.
func (p *Process) PPid() int {
	return 0 // TODO
}

// Pipe returns our end of the pipe between us and the process, always the same
// one, and nil before Start. The other end is what its function gets.
func (p *Process) Pipe() *Pipe {
	return nil // TODO
}

// Pipe is one end of a connection that carries messages in both directions. A
// message is any number of bytes, none included; what is sent as one is received
// as one. Both ends must be a Pipe. All methods may be called from any number of
// goroutines; somebody who receives holds up nobody who sends.
type Pipe struct {
	// TODO: what must two senders not do at the same time? And two receivers?
}

// NewPipe returns an end that reads from r and writes to w. It starts nothing
// and reads nothing before Recv is called.
func NewPipe(r io.Reader, w io.Writer) *Pipe {
	return &Pipe{} // TODO
}

// Send sends a message, and may wait until there is room for it. When Send has
// returned the message is on its way, even if this process ends, and msg is the
// caller's again. It returns an error if it could not be written: the other side
// has gone. Messages of several senders do not mix.
func (p *Pipe) Send(msg []byte) error {
	return nil // TODO
}

// Recv waits for the next message and returns it; the slice is the caller's. All
// that was sent can be received, also when the sender has ended since. After
// that Recv returns io.EOF. If the sender ended in the middle of a message, Recv
// returns io.ErrUnexpectedEOF instead of a part of it.
func (p *Pipe) Recv() ([]byte, error) {
	return nil, nil // TODO
}
