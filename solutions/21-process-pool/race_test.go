package processpool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// TestHammer has two workers answer four goroutines.
func TestHammer(t *testing.T) {
	gradetest.RealTime(t)
	ctx := context.Background()
	p := newPool(t, 2, 0)
	defer p.Close()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for n := 100 * g; n < 100*g+15; n++ {
				f, err := processpool.Submit(ctx, p, square, n)
				if err != nil {
					t.Errorf("error of Submit: %v", err)
					return
				}
				if v, err := f.Result(ctx); v != n*n || err != nil {
					t.Errorf("square of %d: got %d and error %v, want %d and none", n, v, err, n*n)
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, p.Shutdown(ctx), "error of Shutdown")
}

// hammer submits until the pool refuses, in two goroutines, while end ends it in
// a third. Each calls one method only: a lock that another one takes would
// order, by luck, what this one forgets. Calls are cancelled at once, so that
// hardly any is run.
func hammer(t *testing.T, p *processpool.Pool, want error, end func()) {
	t.Helper()
	var all sync.WaitGroup
	begun := make(chan struct{}, 2)
	for range 2 {
		begin := sync.OnceFunc(func() { begun <- struct{}{} })
		all.Go(func() {
			defer begin()
			for n := range 50_000 { // only wrong code takes over that many
				f, err := processpool.Submit(context.Background(), p, square, n)
				if err != nil {
					if !errors.Is(err, want) {
						t.Errorf("error of Submit: got %v, want %v", err, want)
					}
					return
				}
				f.Cancel()
				if n == 10 {
					begin()
				}
				runtime.Gosched()
			}
		})
	}
	<-begun
	<-begun
	end()
	all.Wait()
	_, err := processpool.Submit(context.Background(), p, square, 1)
	require.ErrorIs(t, err, want, "error of Submit to a pool that has ended")
}

func TestHammerShutdown(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	hammer(t, p, processpool.ErrShutdown, func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Errorf("error of Shutdown: %v", err)
		}
	})
}

func TestHammerClose(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	hammer(t, p, processpool.ErrShutdown, func() { p.Close() })
}

// TestHammerBreak has a worker die while others submit.
func TestHammerBreak(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	submit(t, p, crashes, ending{"", 7})
	hammer(t, p, processpool.ErrBroken, func() {
		settles(func() bool {
			_, err := processpool.Submit(context.Background(), p, square, 1)
			return err != nil
		})
	})
}

// TestEndedByMany: all of them wait for the end.
func TestEndedByMany(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	a, b := submit(t, p, square, 3), submit(t, p, square, 4)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := p.Shutdown(context.Background()); err != nil {
				t.Errorf("error of Shutdown by several: %v", err)
			}
		})
		all.Go(func() {
			if err := p.Close(); err != nil {
				t.Errorf("error of Close by several: %v", err)
			}
		})
	}
	all.Wait()
	for _, f := range []*processpool.Future[int]{a, b} {
		require.Greater(t, f.State(), processpool.Running, "state of a call when Shutdown and Close have returned")
	}
}
