package threadpool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/weft-course/weft/exercises/20-thread-pool"
)

func TestSquares(t *testing.T) {
	ctx := context.Background()
	square := threadpool.NewTask("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	p := threadpool.NewPool(2, 5)
	var fs []*threadpool.Future[int]
	for n := range 5 {
		f, err := threadpool.Submit(ctx, p, square, n)
		if err != nil {
			t.Fatalf("Submit to a pool with room: got error %v, want none", err)
		}
		fs = append(fs, f)
	}
	if err := p.Shutdown(ctx); err != nil {
		t.Fatalf("Shutdown: got error %v, want none", err)
	}
	for n, f := range fs {
		if f.State() != threadpool.Finished {
			t.Fatalf("state of call number %d after Shutdown: got %v, want %v", n, f.State(), threadpool.Finished)
		}
		if v, err := f.Result(ctx); v != n*n || err != nil {
			t.Errorf("square of %d: got %d and error %v, want %d and none", n, v, err, n*n)
		}
	}
}

func TestAPanicStaysInside(t *testing.T) {
	ctx := context.Background()
	bad := threadpool.NewTask("bad", func(_ context.Context, text string) (int, error) { panic(text) })
	p := threadpool.NewPool(1, 1)
	f, err := threadpool.Submit(ctx, p, bad, "boom")
	if err != nil {
		t.Fatalf("Submit to a pool with room: got error %v, want none", err)
	}
	p.Shutdown(ctx)
	if f.State() != threadpool.Finished {
		t.Fatalf("state of a call that panicked, after Shutdown: got %v, want %v", f.State(), threadpool.Finished)
	}
	_, err = f.Result(ctx)
	var panicked *threadpool.PanicError
	if !errors.As(err, &panicked) || panicked.Value != "boom" {
		t.Errorf("error of a call that panicked with boom: got %v, want a *PanicError with that value", err)
	}
}

func TestNothingAfterShutdown(t *testing.T) {
	ctx := context.Background()
	nothing := threadpool.NewTask("nothing", func(context.Context, int) (int, error) { return 0, nil })
	for name, end := range map[string]func(p *threadpool.Pool) error{
		"Shutdown": func(p *threadpool.Pool) error { return p.Shutdown(ctx) },
		"Close":    func(p *threadpool.Pool) error { return p.Close() },
	} {
		p := threadpool.NewPool(1, 1)
		if err := end(p); err != nil {
			t.Errorf("%s of an idle pool: got error %v, want none", name, err)
		}
		if _, err := threadpool.Submit(ctx, p, nothing, 0); !errors.Is(err, threadpool.ErrShutdown) {
			t.Errorf("Submit after %s: got error %v, want ErrShutdown", name, err)
		}
	}
}
