// Package threads builds threads as other languages have them, with a name, an
// end to wait for and a place in a list, out of goroutines, which have none of that.
package threads

import (
	"context"
	"errors"
	"time"
)

// The errors that misuse is answered with. Test for them with errors.Is.
var (
	ErrStarted    = errors.New("threads: already started")
	ErrNotStarted = errors.New("threads: not started")
	ErrSelfJoin   = errors.New("threads: a thread cannot join itself")
	ErrEnded      = errors.New("threads: the process has ended")
)

// PanicError is what Join and Main return for a thread that ended by a panic.
type PanicError struct {
	Value any // what panic was called with
}

// Error names the value.
func (e *PanicError) Error() string {
	return "" // TODO
}

// Unwrap returns Value if it is an error, and nil if not, for errors.Is and errors.As.
func (e *PanicError) Unwrap() error {
	return nil // TODO
}

// Runner is what a thread does. A type with a Run method takes the part of a
// class that derives from Thread and overrides run.
type Runner interface {
	// Run is called once, in the thread's own goroutine. ctx is the thread's
	// context: Current(ctx) is the thread.
	Run(ctx context.Context)
}

// Func makes a Runner of a plain function.
type Func func(ctx context.Context)

// Run calls f.
func (f Func) Run(ctx context.Context) {
	// TODO
}

// Target returns a Runner that calls f with args. The arguments are those at
// the time of the call of Target: when a slice was passed as args..., what
// happens to that slice afterwards changes nothing.
func Target[A any](f func(ctx context.Context, args ...A), args ...A) Runner {
	return nil // TODO
}

// Process is a main thread and the threads that live beside it. Several
// processes know nothing of each other. A Process has no goroutine of its own,
// only those of its threads. All methods may be called at any time by anybody.
type Process struct {
	// TODO: what must a process remember of its threads?
}

// NewProcess returns a process in which nothing runs yet.
func NewProcess() *Process {
	return &Process{} // TODO
}

// Main runs f as the main thread, which is called "MainThread" and is no
// daemon, and whose context never ends by itself. The main thread ends when f
// does. Main then waits until no thread is alive but daemons; threads that are
// started in the meantime count as well. At that moment the process ends:
// first, every further Start fails with ErrEnded, then the contexts of all
// daemons end, then Main returns. It does not wait for daemons to take notice.
//
// Main returns nil, or a *PanicError when f panicked, which changes nothing
// else. A panic of another thread is not Main's. Main can be called once for
// each Process; later calls return ErrStarted and do not call f.
func (p *Process) Main(f func(ctx context.Context)) error {
	return nil // TODO
}

// NewThread returns a thread that will do what r says once it is started. It
// is no daemon. The first thread of a process that NewThread makes is called
// "Thread-1", the next one "Thread-2", and so on.
func (p *Process) NewThread(r Runner) *Thread {
	return &Thread{} // TODO
}

// Enumerate returns the threads that are alive, daemons and the main thread
// included, in any order. The slice belongs to the caller.
func (p *Process) Enumerate() []*Thread {
	return nil // TODO
}

// ActiveCount returns how many threads are alive: the length of Enumerate.
func (p *Process) ActiveCount() int {
	return 0 // TODO
}

// Thread is one line of execution in a Process. It is alive from its Start
// until its Runner ends: by returning, by a panic, or by runtime.Goexit.
// All methods may be called at any time by anybody.
type Thread struct {
	// TODO: what must a thread remember, and how does it tell many that it has ended?
}

// Start lets the thread run in a goroutine of its own and does not wait for
// it. When Start returns, the thread is alive and listed by Enumerate, unless
// it has already ended.
//
// A thread starts once: every further call, also after its end, returns
// ErrStarted and does nothing. When the process has ended, Start returns
// ErrEnded and the thread counts as never started.
func (t *Thread) Start() error {
	return nil // TODO
}

// Join waits until the thread has ended: then it is not alive and not listed
// any more, and all that it did happened before Join returns. Join returns nil,
// or a *PanicError if the thread ended by a panic; the panic harms nobody else.
// Any number of goroutines may join a thread, before and after its end, and
// all get the same answer.
//
// When ctx ends first, Join returns ctx.Err() and leaves the thread alone. A
// thread that has ended is reported as ended, whether ctx has ended or not.
//
// Without waiting, Join returns ErrNotStarted if the thread was never started,
// and ErrSelfJoin if it is alive and ctx is its own or derived from its own.
func (t *Thread) Join(ctx context.Context) error {
	return nil // TODO
}

// JoinTimeout is Join with a time limit in place of a context: it returns
// context.DeadlineExceeded when the thread is still alive after d. If d is not
// positive it does not wait. It cannot tell a thread that joins itself.
func (t *Thread) JoinTimeout(d time.Duration) error {
	return nil // TODO
}

// Alive reports whether the thread has been started and has not ended.
func (t *Thread) Alive() bool {
	return false // TODO
}

// Name returns the thread's name.
func (t *Thread) Name() string {
	return "" // TODO
}

// SetName renames the thread, before, during or after its run. Names are for
// people; two threads may have the same.
func (t *Thread) SetName(name string) {
	// TODO
}

// Daemon reports whether the thread is a daemon.
func (t *Thread) Daemon() bool {
	return false // TODO
}

// SetDaemon says whether the thread is a daemon: one that does not keep the
// process alive, and whose context ends with it. The context of any other
// thread never ends by itself. SetDaemon returns ErrStarted, and changes
// nothing, once the thread has been started.
func (t *Thread) SetDaemon(daemon bool) error {
	return nil // TODO
}

// Current returns the thread to which ctx belongs: the one whose Runner got
// ctx, or a context that ctx is derived from. It returns nil if there is none.
func Current(ctx context.Context) *Thread {
	return nil // TODO
}
