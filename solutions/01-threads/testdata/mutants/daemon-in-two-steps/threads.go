// Package threads builds threads as other languages have them, with a name, an
// end to wait for and a place in a list, out of goroutines, which have none of that.
package threads

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
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
func (e *PanicError) Error() string { return fmt.Sprintf("threads: panic: %v", e.Value) }

// Unwrap returns Value if it is an error, and nil if not, for errors.Is and errors.As.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
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
func (f Func) Run(ctx context.Context) { f(ctx) }

// Target returns a Runner that calls f with args. The arguments are those at
// the time of the call of Target: when a slice was passed as args..., what
// happens to that slice afterwards changes nothing.
func Target[A any](f func(ctx context.Context, args ...A), args ...A) Runner {
	args = slices.Clone(args)
	return Func(func(ctx context.Context) { f(ctx, args...) })
}

// Process is a main thread and the threads that live beside it. Several
// processes know nothing of each other. A Process has no goroutine of its own,
// only those of its threads. All methods may be called at any time by anybody.
type Process struct {
	main *Thread
	// life ends with the process. It is the context of every daemon.
	life context.Context
	end  context.CancelFunc

	mu    sync.Mutex // guards what follows, and the lower half of every Thread
	made  int        // by NewThread
	alive map[*Thread]bool
	users int // threads alive that are no daemons; the last one ends the process
}

// NewProcess returns a process in which nothing runs yet.
func NewProcess() *Process {
	p := &Process{alive: make(map[*Thread]bool)}
	p.life, p.end = context.WithCancel(context.Background())
	p.main = p.newThread("MainThread", nil)
	return p
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
	ctx, err := p.enter(p.main)
	if err != nil {
		return err
	}
	p.main.run(ctx, Func(f))
	<-p.life.Done()
	return p.main.err
}

// NewThread returns a thread that will do what r says once it is started. It
// is no daemon. The first thread of a process that NewThread makes is called
// "Thread-1", the next one "Thread-2", and so on.
func (p *Process) NewThread(r Runner) *Thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	return p.newThread(fmt.Sprintf("Thread-%d", p.made), r)
}

func (p *Process) newThread(name string, r Runner) *Thread {
	return &Thread{process: p, runner: r, done: make(chan struct{}), name: name}
}

// Enumerate returns the threads that are alive, daemons and the main thread
// included, in any order. The slice belongs to the caller.
func (p *Process) Enumerate() []*Thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.alive))
}

// ActiveCount returns how many threads are alive: the length of Enumerate.
func (p *Process) ActiveCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.alive)
}

// enter makes t alive and returns its context: to look and to leap are one step.
func (p *Process) enter(t *Thread) (context.Context, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.started {
		return nil, ErrStarted
	}
	if p.life.Err() != nil {
		return nil, ErrEnded
	}
	t.started = true
	p.alive[t] = true
	if t.daemon {
		return context.WithValue(p.life, currentKey{}, t), nil
	}
	p.users++
	return context.WithValue(context.Background(), currentKey{}, t), nil
}

// leave strikes t off, ends the process with its last user, then lets joiners know.
func (p *Process) leave(t *Thread, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.alive, t)
	if !t.daemon {
		p.users--
	}
	if p.users == 0 && p.main.started {
		p.end()
	}
	t.err = err
	close(t.done)
}

// Thread is one line of execution in a Process. It is alive from its Start
// until its Runner ends: by returning, by a panic, or by runtime.Goexit.
// All methods may be called at any time by anybody.
type Thread struct {
	process *Process
	runner  Runner
	done    chan struct{} // closed when the thread has ended
	err     error         // how it ended; not to be read before done is closed

	name    string
	daemon  bool
	started bool
}

// Start lets the thread run in a goroutine of its own and does not wait for
// it. When Start returns, the thread is alive and listed by Enumerate, unless
// it has already ended.
//
// A thread starts once: every further call, also after its end, returns
// ErrStarted and does nothing. When the process has ended, Start returns
// ErrEnded and the thread counts as never started.
func (t *Thread) Start() error {
	ctx, err := t.process.enter(t)
	if err == nil {
		go t.run(ctx, t.runner)
	}
	return err
}

// run does the work; in whatever way that ends, the thread leaves.
func (t *Thread) run(ctx context.Context, r Runner) {
	defer func() {
		var err error
		if v := recover(); v != nil {
			err = &PanicError{Value: v}
		}
		t.process.leave(t, err)
	}()
	r.Run(ctx)
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
	started, alive := t.state()
	if !started {
		return ErrNotStarted
	}
	if alive && Current(ctx) == t {
		return ErrSelfJoin
	}
	select {
	case <-t.done:
	case <-ctx.Done():
		if t.Alive() { // select picks at random when both are ready
			return ctx.Err()
		}
	}
	return t.err
}

// JoinTimeout is Join with a time limit in place of a context: it returns
// context.DeadlineExceeded when the thread is still alive after d. If d is not
// positive it does not wait. It cannot tell a thread that joins itself.
func (t *Thread) JoinTimeout(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return t.Join(ctx)
}

// Alive reports whether the thread has been started and has not ended.
func (t *Thread) Alive() bool {
	_, alive := t.state()
	return alive
}

func (t *Thread) state() (started, alive bool) {
	t.process.mu.Lock()
	defer t.process.mu.Unlock()
	return t.started, t.process.alive[t]
}

// Name returns the thread's name.
func (t *Thread) Name() string {
	t.process.mu.Lock()
	defer t.process.mu.Unlock()
	return t.name
}

// SetName renames the thread, before, during or after its run. Names are for
// people; two threads may have the same.
func (t *Thread) SetName(name string) {
	t.process.mu.Lock()
	defer t.process.mu.Unlock()
	t.name = name
}

// Daemon reports whether the thread is a daemon.
func (t *Thread) Daemon() bool {
	t.process.mu.Lock()
	defer t.process.mu.Unlock()
	return t.daemon
}

// SetDaemon says whether the thread is a daemon: one that does not keep the
// process alive, and whose context ends with it. The context of any other
// thread never ends by itself. SetDaemon returns ErrStarted, and changes
// nothing, once the thread has been started.
func (t *Thread) SetDaemon(daemon bool) error {
	if started, _ := t.state(); started {
		return ErrStarted
	}
	t.process.mu.Lock()
	defer t.process.mu.Unlock()
	t.daemon = daemon
	return nil
}

type currentKey struct{}

// Current returns the thread to which ctx belongs: the one whose Runner got
// ctx, or a context that ctx is derived from. It returns nil if there is none.
func Current(ctx context.Context) *Thread {
	t, _ := ctx.Value(currentKey{}).(*Thread)
	return t
}
