// Package threads has no lock: what several goroutines need lies in channels
// of one place, and whoever needs it takes it out and puts it back.
package threads

import (
	"context"
	"errors"
	"fmt"
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
	mine := make([]A, len(args))
	copy(mine, args)
	return Func(func(ctx context.Context) { f(ctx, mine...) })
}

type Process struct {
	books chan *books
	over  chan struct{} // closed at the end of the process
	main  *Thread
}

// books is what a process knows of its threads.
type books struct {
	made    int
	begun   bool // Main has been called
	over    bool
	alive   map[*Thread]bool
	users   int // alive and no daemon
	daemons []context.CancelFunc
}

// page is what is known of one thread. It belongs to the books.
type page struct {
	name           string
	daemon         bool
	started, alive bool
}

func NewProcess() *Process {
	p := &Process{books: make(chan *books, 1), over: make(chan struct{})}
	p.books <- &books{alive: map[*Thread]bool{}}
	p.main = p.newThread("MainThread", nil)
	return p
}

func (p *Process) newThread(name string, r Runner) *Thread {
	return &Thread{p: p, runner: r, result: make(chan error, 1), own: page{name: name}}
}

// with lets f use the books while nobody else does.
func (p *Process) with(f func(b *books)) {
	b := <-p.books
	defer func() { p.books <- b }()
	f(b)
}

func (p *Process) Main(f func(ctx context.Context)) error {
	again := false
	p.with(func(b *books) { again, b.begun = b.begun, true })
	if again {
		return ErrStarted
	}
	p.main.runner = Func(f)
	if err := p.main.Start(); err != nil {
		return err
	}
	<-p.over
	return p.main.Join(context.Background())
}

func (p *Process) NewThread(r Runner) (t *Thread) {
	p.with(func(b *books) {
		b.made++
		t = p.newThread(fmt.Sprintf("Thread-%d", b.made), r)
	})
	return t
}

func (p *Process) Enumerate() (list []*Thread) {
	p.with(func(b *books) {
		for t := range b.alive {
			list = append(list, t)
		}
	})
	return list
}

func (p *Process) ActiveCount() int { return len(p.Enumerate()) }

type Thread struct {
	p      *Process
	runner Runner
	result chan error // a baton: each joiner passes it on
	own    page
}

// change lets f look at the thread's page, and change it.
func (t *Thread) change(f func(b *books, own *page)) {
	t.p.with(func(b *books) { f(b, &t.own) })
}

func (t *Thread) page() (own page) {
	t.change(func(_ *books, p *page) { own = *p })
	return own
}

type key int

func (t *Thread) Start() (err error) {
	t.change(func(b *books, own *page) {
		if own.started {
			err = ErrStarted
			return
		}
		if b.over {
			err = ErrEnded
			return
		}
		ctx := context.WithValue(context.Background(), key(0), t)
		own.started, own.alive, b.alive[t] = true, true, true
		if own.daemon {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			b.daemons = append(b.daemons, cancel)
		} else {
			b.users++
		}
		go t.live(ctx)
	})
	return err
}

func (t *Thread) live(ctx context.Context) {
	done := make(chan error)
	go func() {
		var err error
		defer func() { done <- err }()
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{Value: v}
			}
		}()
		t.runner.Run(ctx)
	}()
	err := <-done
	t.change(func(b *books, own *page) {
		own.alive = false
		delete(b.alive, t)
		if !own.daemon {
			b.users--
		}
		if b.begun && b.users == 0 && !b.over {
			b.close()
			close(t.p.over)
		}
	})
	t.result <- err
}

// close ends the process.
func (b *books) close() {
	b.over = true
	for _, cancel := range b.daemons {
		cancel()
	}
}

func (t *Thread) Join(ctx context.Context) error {
	own := t.page()
	if !own.started {
		return ErrNotStarted
	}
	if own.alive && Current(ctx) == t {
		return ErrSelfJoin
	}
	quit := ctx.Done()
	if !own.alive {
		quit = nil
	}
	return t.await(quit, ctx.Err)
}

func (t *Thread) await(quit <-chan struct{}, why func() error) error {
	select {
	case err := <-t.result:
		t.result <- err
		return err
	case <-quit:
	}
	if t.page().alive {
		return why()
	}
	return t.await(nil, nil) // the baton is on its way
}

func (t *Thread) JoinTimeout(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return t.Join(ctx)
}

func (t *Thread) Alive() bool  { return t.page().alive }
func (t *Thread) Name() string { return t.page().name }
func (t *Thread) Daemon() bool { return t.page().daemon }

func (t *Thread) SetName(name string) {
	t.change(func(_ *books, own *page) { own.name = name })
}

func (t *Thread) SetDaemon(daemon bool) (err error) {
	t.change(func(_ *books, own *page) {
		if own.started {
			err = ErrStarted
			return
		}
		own.daemon = daemon
	})
	return err
}

func Current(ctx context.Context) *Thread {
	if t, ok := ctx.Value(key(0)).(*Thread); ok {
		return t
	}
	return nil
}
