package threadpool_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

func TestShutdownLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(2, 3)
		release := make(chan struct{})
		for range 3 {
			submit(t, p, holding(release))
		}
		s := shutting(t.Context(), p)
		close(release)
		gradetest.Settle()
		require.NoError(t, s.MustReturn(t, "Shutdown, with all calls ended"), "error of Shutdown")
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Shutdown has returned")
	})
}

// TestCloseLeavesNothing closes a pool whose workers have nothing to do, and one
// whose worker is busy.
func TestCloseLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		idle := threadpool.NewPool(2, 3)
		submit(t, idle, giving(1))
		submit(t, idle, giving(1))
		require.NoError(t, closing(idle).MustReturn(t, "Close of an idle pool"), "error of Close")
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Close of an idle pool has returned")
		busy := threadpool.NewPool(1, 3)
		release := make(chan struct{})
		submit(t, busy, holding(release))
		submit(t, busy, giving(1))
		c := closing(busy)
		close(release)
		gradetest.Settle()
		require.NoError(t, c.MustReturn(t, "Close of a busy pool, when no call runs"), "error of Close")
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Close of a busy pool has returned")
	})
}

// TestGivingUpLeavesNothing looks while the pool is still busy.
func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		release := make(chan struct{})
		submit(t, p, holding(release))
		ctx, cancel := context.WithCancel(context.Background())
		s := later(ctx, p, giving(1))
		cancel()
		gradetest.Settle()
		require.Error(t, s.MustReturn(t, "Submit whose context ended").err, "error of Submit")
		require.Equal(t, 1, gradetest.Goroutines(), "goroutines when Submit has given up: the busy worker")
		ctx, cancel = context.WithCancel(context.Background())
		end := shutting(ctx, p)
		cancel()
		gradetest.Settle()
		require.Error(t, end.MustReturn(t, "Shutdown whose context ended"), "error of Shutdown")
		require.Equal(t, 1, gradetest.Goroutines(), "goroutines when Shutdown has given up: the busy worker")
		close(release)
		shutdown(t, p)
	})
}
