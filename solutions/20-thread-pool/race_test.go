package threadpool_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/20-thread-pool"
)

// probe fails the test if the pool does not do the least: nothing else is worth
// waiting for in real time then.
func probe(t *testing.T) {
	t.Helper()
	p := threadpool.NewPool(1, 1)
	f, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), giving(1))
	require.NoError(t, err, "error of Submit to a pool with room")
	require.NoError(t, p.Shutdown(context.Background()), "error of Shutdown")
	finished(t, 1, f, "a call, when Shutdown has returned")
	_, err = threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), giving(1))
	require.ErrorIs(t, err, threadpool.ErrShutdown, "error of Submit after Shutdown")
}

// TestHammer runs in real time: what a task writes is plain memory, and whoever
// has its result must see it.
func TestHammer(t *testing.T) {
	probe(t)
	ctx := context.Background()
	count := threadpool.NewTask("count", func(_ context.Context, n *int) (*int, error) { *n++; return n, nil })
	p := threadpool.NewPool(3, 4)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				n := new(int)
				f, err := threadpool.Submit(ctx, p, count, n)
				if err != nil {
					t.Errorf("Submit: got error %v, want none", err)
					return
				}
				if _, err := f.Result(ctx); err != nil || *n != 1 {
					t.Errorf("after a call that adds one to 0: got %d and error %v, want 1 and none", *n, err)
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, p.Shutdown(ctx), "error of Shutdown")
}

// TestHammerTheEnd runs in real time. Each goroutine calls one method only: a
// lock that another one takes would order, by luck, what this one forgets.
func TestHammerTheEnd(t *testing.T) {
	probe(t)
	ctx := context.Background()
	nothing := threadpool.NewTask("nothing", func(context.Context, int) (int, error) { return 0, nil })
	for i := range 10 {
		p := threadpool.NewPool(2, 1<<20)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for {
					_, err := threadpool.Submit(ctx, p, nothing, 0)
					if errors.Is(err, threadpool.ErrShutdown) {
						return
					}
					runtime.Gosched()
				}
			})
		}
		all.Go(func() {
			if i%3 != 1 {
				p.Shutdown(ctx)
			}
		})
		all.Go(func() {
			if i%3 != 0 {
				p.Close()
			}
		})
		all.Wait()
		require.NoError(t, p.Close(), "error of Close")
	}
}

// TestOneCallForEach: two pools have nothing in common, and each call runs once.
func TestOneCallForEach(t *testing.T) {
	ctx := context.Background()
	runs := make([]int, 100) // each belongs to one call: no lock
	once := threadpool.NewTask("once", func(_ context.Context, i int) (int, error) { runs[i]++; return i, nil })
	pools := []*threadpool.Pool{threadpool.NewPool(2, 8), threadpool.NewPool(2, 0)}
	for i := range runs {
		_, err := threadpool.Submit(ctx, pools[i%2], once, i)
		require.NoError(t, err, "error of Submit")
	}
	for _, p := range pools {
		require.NoError(t, p.Shutdown(ctx), "error of Shutdown")
	}
	for i, n := range runs {
		require.Equal(t, 1, n, "runs of call number %d, when Shutdown has returned", i)
	}
}
