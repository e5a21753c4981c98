// Package threads needs no lock: every decision is one atomic step.
package threads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var (
	ErrStarted    = errors.New("threads: already started")
	ErrNotStarted = errors.New("threads: not started")
	ErrSelfJoin   = errors.New("threads: a thread cannot join itself")
	ErrEnded      = errors.New("threads: the process has ended")
)

type PanicError struct {
	Value any
}

func (e *PanicError) Error() string { return fmt.Sprint("threads: panic: ", e.Value) }

func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

type Runner interface {
	Run(ctx context.Context)
}

type Func func(ctx context.Context)

func (f Func) Run(ctx context.Context) { f(ctx) }

func Target[A any](f func(ctx context.Context, args ...A), args ...A) Runner {
	own := slices.Clone(args)
	return Func(func(ctx context.Context) { f(ctx, own...) })
}

type Process struct {
	// users is how many threads keep the process alive: the main thread, from
	// the beginning on, and others from Start to end. Zero is for ever.
	users  atomic.Int64
	made   atomic.Int64
	alive  sync.Map // of *Thread to nothing
	over   context.Context
	cancel context.CancelFunc
	main   *Thread
}

func NewProcess() *Process {
	p := &Process{}
	p.over, p.cancel = context.WithCancel(context.Background())
	p.users.Store(1)
	p.main = newThread(p, nil, "MainThread")
	return p
}

// hold adds a user, unless the process has ended.
func (p *Process) hold() bool {
	for {
		n := p.users.Load()
		if n == 0 {
			return false
		}
		if p.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (p *Process) release() {
	if p.users.Add(-1) == 0 {
		p.cancel()
	}
}

func (p *Process) Main(f func(ctx context.Context)) error {
	if !p.main.state.CompareAndSwap(fresh, running) {
		return ErrStarted
	}
	p.alive.Store(p.main, nil)
	p.main.live(context.Background(), Func(f), p.release)
	<-p.over.Done()
	return p.main.Join(context.Background())
}

func (p *Process) NewThread(r Runner) *Thread {
	return newThread(p, r, fmt.Sprintf("Thread-%d", p.made.Add(1)))
}

func (p *Process) Enumerate() []*Thread {
	var list []*Thread
	p.alive.Range(func(t, _ any) bool {
		list = append(list, t.(*Thread))
		return true
	})
	return list
}

func (p *Process) ActiveCount() int {
	n := 0
	p.alive.Range(func(any, any) bool { n++; return true })
	return n
}

// The states of a thread. A daemon is one from before its start.
const (
	fresh int32 = iota
	freshDaemon
	running
	runningDaemon
	ended
	endedDaemon
)

type Thread struct {
	p      *Process
	runner Runner
	state  atomic.Int32
	name   atomic.Pointer[string]
	// done ends with the thread; its cause says how.
	done context.Context
	end  context.CancelCauseFunc
}

var errFine = errors.New("returned")

func newThread(p *Process, r Runner, name string) *Thread {
	t := &Thread{p: p, runner: r}
	t.name.Store(&name)
	t.done, t.end = context.WithCancelCause(context.Background())
	return t
}

func (t *Thread) Start() error {
	if t.state.Load() >= running {
		return ErrStarted
	}
	if !t.p.hold() {
		return ErrEnded
	}
	switch {
	case t.state.CompareAndSwap(fresh, running):
		t.p.alive.Store(t, nil)
		go t.live(context.Background(), t.runner, t.p.release)
	case t.state.CompareAndSwap(freshDaemon, runningDaemon):
		t.p.alive.Store(t, nil)
		go t.live(t.p.over, t.runner, func() {})
		t.p.release()
	case t.state.Load() < running: // SetDaemon came between
		t.p.release()
		return t.Start()
	default:
		t.p.release()
		return ErrStarted
	}
	return nil
}

type currently struct{}

func (t *Thread) live(ctx context.Context, r Runner, release func()) {
	defer func() {
		outcome := errFine
		if v := recover(); v != nil {
			outcome = &PanicError{Value: v}
		}
		t.state.Add(ended - running)
		t.p.alive.Delete(t)
		release()
		t.end(outcome)
	}()
	r.Run(context.WithValue(ctx, currently{}, t))
}

func (t *Thread) Join(ctx context.Context) error {
	switch s := t.state.Load(); {
	case s < running:
		return ErrNotStarted
	case s < ended && Current(ctx) == t:
		return ErrSelfJoin
	case s < ended:
		select {
		case <-t.done.Done():
		case <-ctx.Done():
			if t.Alive() {
				return ctx.Err()
			}
		}
	}
	<-t.done.Done()
	if cause := context.Cause(t.done); cause != errFine {
		return cause
	}
	return nil
}

func (t *Thread) JoinTimeout(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return t.Join(ctx)
}

func (t *Thread) Alive() bool {
	s := t.state.Load()
	return s == running || s == runningDaemon
}

func (t *Thread) Name() string        { return *t.name.Load() }
func (t *Thread) SetName(name string) { t.name.Store(&name) }
func (t *Thread) Daemon() bool        { return t.state.Load()%2 == 1 }

func (t *Thread) SetDaemon(daemon bool) error {
	want := fresh
	if daemon {
		want = freshDaemon
	}
	for {
		now := t.state.Load()
		if now >= running {
			return ErrStarted
		}
		if t.state.CompareAndSwap(now, want) {
			return nil
		}
	}
}

func Current(ctx context.Context) *Thread {
	t, _ := ctx.Value(currently{}).(*Thread)
	return t
}
