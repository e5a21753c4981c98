package threadpool_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

func TestPoolOverlapsWaiting(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(3, 6)
		for range 6 {
			submit(t, p, sleeping(time.Second))
		}
		start := time.Now()
		require.NoError(t, p.Shutdown(t.Context()), "error of Shutdown")
		require.Less(t, time.Since(start), 2*time.Second+time.Millisecond, "time for 6 calls of a second each, with 3 workers")
	})
}

// TestAllWorkersAreBusy lets calls end one at a time, and looks each time
// whether the next one begins.
func TestAllWorkersAreBusy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const n, all = 3, 8
		p := threadpool.NewPool(n, all)
		var inside gradetest.InFlight
		end := make(chan struct{}) // each value lets one of the calls end, whichever it is
		for range all {
			submit(t, p, func(context.Context) (int, error) {
				inside.Enter()
				<-end
				inside.Leave()
				return 0, nil
			})
		}
		for ended := range all {
			require.Equal(t, min(n, all-ended), inside.Now(), "calls running after %d of 8 have ended, with 3 workers", ended)
			select {
			case end <- struct{}{}:
			case <-time.After(time.Second):
				t.Fatal("no call runs that could end")
			}
			gradetest.Settle()
		}
		shutdown(t, p)
	})
}

func TestPoolSpeedUp(t *testing.T) {
	ctx := context.Background()
	call := threadpool.NewTask("call", func(_ context.Context, f func()) (int, error) { f(); return 0, nil })
	gradetest.Speedup(t, func(workers int, tasks []func()) {
		p := threadpool.NewPool(workers, len(tasks))
		for _, f := range tasks {
			if _, err := threadpool.Submit(ctx, p, call, f); err != nil {
				t.Errorf("Submit: got error %v, want none", err)
			}
		}
		p.Shutdown(ctx)
	})
}
