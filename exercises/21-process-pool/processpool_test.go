package processpool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/weft-course/weft/exercises/21-process-pool"
)

// TestMain is for a test binary what main is for a program. In a process that a
// pool has started, Worker must not return: it would start all tests again, and
// they more processes, and so on.
func TestMain(m *testing.M) {
	processpool.Worker(squares, pid, refuse, crash)
	const inside = "WEFT_TWENTYONE_VISIBLE"
	if os.Getenv(inside) != "" {
		fmt.Fprintln(os.Stderr, "Worker has returned in a process that a pool has started")
		os.Exit(97)
	}
	os.Setenv(inside, "1")
	os.Exit(m.Run())
}

var (
	squares = processpool.NewTask("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	pid     = processpool.NewTask("pid", func(context.Context, string) (int, error) { return os.Getpid(), nil })
	refuse  = processpool.NewTask("refuse", func(_ context.Context, text string) (int, error) { return 0, errors.New(text) })
	crash   = processpool.NewTask("crash", func(_ context.Context, code int) (int, error) { os.Exit(code); return 0, nil })
)

// send submits, and waits for the end of the pool.
func send[A, R any](t *testing.T, p *processpool.Pool, task processpool.Task[A, R], args ...A) []*processpool.Future[R] {
	t.Helper()
	var fs []*processpool.Future[R]
	for _, arg := range args {
		f, err := processpool.Submit(context.Background(), p, task, arg)
		if err != nil {
			t.Fatalf("Submit: got error %v, want none", err)
		}
		fs = append(fs, f)
	}
	if err := p.Shutdown(context.Background()); err != nil {
		t.Fatalf("Shutdown: got error %v, want none", err)
	}
	for _, f := range fs {
		if f.State() != processpool.Finished {
			t.Fatalf("state of a call after Shutdown: got %v, want %v", f.State(), processpool.Finished)
		}
	}
	return fs
}

func TestSquares(t *testing.T) {
	for n, f := range send(t, processpool.NewPool(2, 0), squares, 0, 1, 2, 3, 4) {
		if v, err := f.Result(context.Background()); v != n*n || err != nil {
			t.Errorf("square of %d: got %d and error %v, want %d and none", n, v, err, n*n)
		}
	}
}

func TestOneOtherProcess(t *testing.T) {
	seen := map[int]bool{}
	for _, f := range send(t, processpool.NewPool(1, 0), pid, "a", "b", "c") {
		v, err := f.Result(context.Background())
		if err != nil {
			t.Errorf("error of a call: got %v, want none", err)
		}
		seen[v] = true
	}
	if len(seen) != 1 || seen[os.Getpid()] {
		t.Errorf("processes that ran three calls: got %v, want one, which is not this process, %d", seen, os.Getpid())
	}
}

func TestAnErrorComesBack(t *testing.T) {
	_, err := send(t, processpool.NewPool(1, 0), refuse, "not today")[0].Result(context.Background())
	var remote *processpool.RemoteError
	if !errors.As(err, &remote) || remote.Text != "not today" {
		t.Errorf("error of a call whose function returned the error %q: got %v, want a *RemoteError with that text", "not today", err)
	}
}

func TestACrashBreaksThePool(t *testing.T) {
	p := processpool.NewPool(1, 0)
	f, err := processpool.Submit(context.Background(), p, crash, 7)
	if err != nil {
		t.Fatalf("Submit: got error %v, want none", err)
	}
	if err := p.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: got error %v, want none", err)
	}
	if f.State() != processpool.Finished {
		t.Fatalf("state of a call that ended its process, after Shutdown: got %v, want %v", f.State(), processpool.Finished)
	}
	if _, err := f.Result(context.Background()); !errors.Is(err, processpool.ErrBroken) {
		t.Errorf("error of a call that ended its process: got %v, want ErrBroken", err)
	}
}

func TestNothingAfterTheEnd(t *testing.T) {
	for name, end := range map[string]func(p *processpool.Pool) error{
		"Shutdown": func(p *processpool.Pool) error { return p.Shutdown(context.Background()) },
		"Close":    func(p *processpool.Pool) error { return p.Close() },
	} {
		p := processpool.NewPool(1, 0)
		if err := end(p); err != nil {
			t.Errorf("%s of a pool without calls: got error %v, want none", name, err)
		}
		if _, err := processpool.Submit(context.Background(), p, squares, 1); !errors.Is(err, processpool.ErrShutdown) {
			t.Errorf("Submit after %s: got error %v, want ErrShutdown", name, err)
		}
	}
}
