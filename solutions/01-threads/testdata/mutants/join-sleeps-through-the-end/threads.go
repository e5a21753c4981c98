// Package threads keeps everything under one lock and lets everybody who waits
// for anything wait on one condition variable.
package threads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// call is a target with its arguments, as a Runner.
type call[A any] struct {
	f    func(ctx context.Context, args ...A)
	args []A
}

func (c call[A]) Run(ctx context.Context) { c.f(ctx, c.args...) }

func Target[A any](f func(ctx context.Context, args ...A), args ...A) Runner {
	return call[A]{f, append([]A(nil), args...)}
}

type state int

const (
	fresh state = iota
	running
	ended
)

type Process struct {
	mu      sync.Mutex
	changed *sync.Cond // whenever a thread or the process ends
	threads []*Thread  // in the order of their start
	made    int
	begun   bool
	over    bool
	main    *Thread
	// daemons is the parent of their contexts.
	daemons context.Context
	cancel  context.CancelFunc
}

func NewProcess() *Process {
	p := &Process{}
	p.changed = sync.NewCond(&p.mu)
	p.daemons, p.cancel = context.WithCancel(context.Background())
	p.main = &Thread{p: p, name: "MainThread"}
	return p
}

func (p *Process) Main(f func(ctx context.Context)) error {
	p.mu.Lock()
	if p.begun {
		p.mu.Unlock()
		return ErrStarted
	}
	p.begun = true
	p.main.runner = Func(f)
	p.mu.Unlock()

	if err := p.main.Start(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy() {
		p.changed.Wait()
	}
	p.over = true
	p.cancel()
	return p.main.err
}

// busy reports whether a thread that is no daemon is alive.
func (p *Process) busy() bool {
	return slices.ContainsFunc(p.threads, func(t *Thread) bool { return !t.daemon })
}

func (p *Process) NewThread(r Runner) *Thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	return &Thread{p: p, runner: r, name: fmt.Sprint("Thread-", p.made)}
}

func (p *Process) Enumerate() []*Thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.threads)
}

func (p *Process) ActiveCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.threads)
}

type Thread struct {
	p      *Process
	runner Runner
	name   string
	daemon bool
	state  state
	err    error
}

// own is a context that knows its thread.
type own struct {
	context.Context
	t *Thread
}

type ownKey struct{}

func (c own) Value(key any) any {
	if key == (ownKey{}) {
		return c.t
	}
	return c.Context.Value(key)
}

func Current(ctx context.Context) *Thread {
	t, ok := ctx.Value(ownKey{}).(*Thread)
	if !ok {
		return nil
	}
	return t
}

func (t *Thread) Start() error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	switch {
	case t.state != fresh:
		return ErrStarted
	case t.p.over:
		return ErrEnded
	}
	ctx := context.Background()
	if t.daemon {
		ctx = t.p.daemons
	}
	t.state = running
	t.p.threads = append(t.p.threads, t)
	go t.work(own{ctx, t})
	return nil
}

func (t *Thread) work(ctx context.Context) {
	var err error
	defer func() {
		t.p.mu.Lock()
		defer t.p.mu.Unlock()
		t.state, t.err = ended, err
		t.p.threads = slices.DeleteFunc(t.p.threads, func(o *Thread) bool { return o == t })
		t.p.changed.Broadcast()
	}()
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v}
		}
	}()
	t.runner.Run(ctx)
}

func (t *Thread) Join(ctx context.Context) error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	switch {
	case t.state == fresh:
		return ErrNotStarted
	case t.state == running && Current(ctx) == t:
		return ErrSelfJoin
	}
	for t.state == running {
		t.p.mu.Unlock()
		if ctx.Err() != nil {
			t.p.mu.Lock()
			if t.state == ended {
				return t.err
			}
			return ctx.Err()
		}
		stop := t.p.wakeAtEndOf(ctx)
		t.p.mu.Lock()
		t.p.changed.Wait()
		stop()
	}
	return t.err
}

// wakeAtEndOf wakes everybody when ctx ends, unless stop is called before.
func (p *Process) wakeAtEndOf(ctx context.Context) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			p.mu.Lock()
			defer p.mu.Unlock()
			p.changed.Broadcast()
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}

func (t *Thread) JoinTimeout(d time.Duration) error {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(d))
	defer cancel()
	return t.Join(ctx)
}

func (t *Thread) Alive() bool {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	return t.state == running
}

func (t *Thread) Name() string {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	return t.name
}

func (t *Thread) SetName(name string) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.name = name
}

func (t *Thread) Daemon() bool {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	return t.daemon
}

func (t *Thread) SetDaemon(daemon bool) error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	if t.state != fresh {
		return ErrStarted
	}
	t.daemon = daemon
	return nil
}
