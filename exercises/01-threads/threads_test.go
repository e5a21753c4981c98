package threads_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/01-threads"
)

func TestThreadRunsOnce(t *testing.T) {
	sums := make(chan int, 2)
	add := func(_ context.Context, ns ...int) {
		sum := 0
		for _, n := range ns {
			sum += n
		}
		sums <- sum
	}
	th := threads.NewProcess().NewThread(threads.Target(add, 1, 2, 3))
	if err := th.Start(); err != nil {
		t.Fatalf("first Start: got error %v, want none", err)
	}
	if err := th.Start(); !errors.Is(err, threads.ErrStarted) {
		t.Errorf("second Start: got error %v, want ErrStarted", err)
	}
	if err := th.Join(t.Context()); err != nil {
		t.Errorf("Join: got error %v, want none", err)
	}
	if len(sums) != 1 {
		t.Fatalf("runs of the target after Start, Start and Join: got %d, want 1", len(sums))
	}
	if got := <-sums; got != 6 {
		t.Errorf("sum of the arguments 1, 2 and 3: got %d, want 6", got)
	}
}

func TestJoinRunsOutOfTime(t *testing.T) {
	gate := make(chan struct{})
	th := threads.NewProcess().NewThread(threads.Func(func(context.Context) { <-gate }))
	th.Start()
	if err := th.JoinTimeout(time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("JoinTimeout of a thread that waits: got error %v, want context.DeadlineExceeded", err)
	}
	if !th.Alive() {
		t.Error("Alive of a thread that waits: got false, want true")
	}
	close(gate)
	if err := th.Join(t.Context()); err != nil {
		t.Errorf("Join once the thread may go on: got error %v, want none", err)
	}
	if th.Alive() {
		t.Error("Alive after Join: got true, want false")
	}
}

func TestPanicReachesTheJoiner(t *testing.T) {
	th := threads.NewProcess().NewThread(threads.Func(func(context.Context) { panic("torn") }))
	th.Start()
	var failure *threads.PanicError
	if err := th.Join(t.Context()); !errors.As(err, &failure) {
		t.Fatalf("Join of a thread that panicked: got error %v, want a *PanicError", err)
	}
	if failure.Value != "torn" {
		t.Errorf("Value of the PanicError: got %v, want torn", failure.Value)
	}
}

func TestWhoIsRunning(t *testing.T) {
	p := threads.NewProcess()
	gate := make(chan struct{})
	current := make(chan *threads.Thread, 1)
	th := p.NewThread(threads.Func(func(ctx context.Context) {
		current <- threads.Current(ctx)
		<-gate
	}))
	if got := th.Name(); got != "Thread-1" {
		t.Errorf("name of the first thread: got %q, want Thread-1", got)
	}
	th.Start()
	if list := p.Enumerate(); len(list) != 1 || list[0] != th {
		t.Errorf("Enumerate with one thread running: got %d threads, want that one", len(list))
	}
	close(gate)
	th.Join(t.Context())
	select {
	case got := <-current:
		if got != th {
			t.Error("Current in a thread: got another one, want the thread itself")
		}
	default:
		t.Error("the thread was joined, but its function has not run")
	}
}

func TestMainWaitsForThreadsAndNotForDaemons(t *testing.T) {
	p := threads.NewProcess()
	contexts := make(chan context.Context, 1)
	forever := p.NewThread(threads.Func(func(ctx context.Context) {
		contexts <- ctx
		<-ctx.Done()
	}))
	forever.SetDaemon(true)
	var daemon context.Context
	ended := make(chan bool, 1)
	err := p.Main(func(context.Context) {
		forever.Start()
		daemon = <-contexts
		p.NewThread(threads.Func(func(context.Context) {
			time.Sleep(5 * time.Millisecond)
			ended <- true
		})).Start()
	})
	if err != nil {
		t.Errorf("Main: got error %v, want none", err)
	}
	if len(ended) != 1 {
		t.Error("Main returned before its thread had ended")
	}
	if daemon == nil || daemon.Err() == nil {
		t.Error("the context of the daemon has not ended, although Main has returned")
	}
}
