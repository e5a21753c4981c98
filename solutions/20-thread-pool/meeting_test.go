package threadpool_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

// TestSubmitMeetsTheEndOfACall: the worker is about to find nothing to do.
func TestSubmitMeetsTheEndOfACall(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		submit(t, p, holding(release))
		second := gradetest.Go(func() submitted {
			f, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), giving(2))
			return submitted{f, err}
		})
		close(release)
		gradetest.Settle()
		got := second.MustReturn(t, "Submit that meets the end of a call")
		require.NoError(t, got.err, "error of Submit")
		finished(t, 2, got.future, "a call that was submitted while the one before it ended")
		shutdown(t, p)
	})
}

// TestGivingUpMeetsRoom: the answer of Submit must be true, whichever it is.
func TestGivingUpMeetsRoom(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		release := make(chan struct{})
		submit(t, p, holding(release))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var runs atomic.Int32
		waiting := later(ctx, p, func(context.Context) (int, error) { runs.Add(1); return 7, nil })
		gradetest.GoDo(cancel)
		close(release)
		gradetest.Settle()
		got := waiting.MustReturn(t, "Submit, with room and the end of its context at once")
		if got.err == nil {
			finished(t, 7, got.future, "a call whose Submit returned nil")
		} else {
			require.Zero(t, runs.Load(), "runs of a call whose Submit returned an error")
		}
		finished(t, 8, submit(t, p, giving(8)), "the next call")
		shutdown(t, p)
	})
}

// TestSubmitMeetsShutdown: what was taken over is run, what was not is not.
func TestSubmitMeetsShutdown(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		var runs atomic.Int32
		submitting := gradetest.Go(func() submitted {
			f, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), func(context.Context) (int, error) { runs.Add(1); return 4, nil })
			return submitted{f, err}
		})
		s := gradetest.Go(func() error { return p.Shutdown(context.Background()) })
		gradetest.Settle()
		require.NoError(t, s.MustReturn(t, "Shutdown that meets Submit"), "error of Shutdown")
		got := submitting.MustReturn(t, "Submit that meets Shutdown")
		if got.err == nil {
			finished(t, 4, got.future, "a call whose Submit returned nil")
		} else {
			require.ErrorIs(t, got.err, threadpool.ErrShutdown, "error of a Submit that meets Shutdown")
			require.Zero(t, runs.Load(), "runs of a call whose Submit returned an error")
		}
	})
}

// TestWaitingMeetsShutdown has a Submit wait, and room and Shutdown come at once.
func TestWaitingMeetsShutdown(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		release := make(chan struct{})
		submit(t, p, holding(release))
		var runs atomic.Int32
		waiting := later(context.Background(), p, func(context.Context) (int, error) { runs.Add(1); return 4, nil })
		s := gradetest.Go(func() error { return p.Shutdown(context.Background()) })
		close(release)
		gradetest.Settle()
		require.NoError(t, s.MustReturn(t, "Shutdown that meets the end of a call"), "error of Shutdown")
		got := waiting.MustReturn(t, "Submit that waits while room and Shutdown come at once")
		if got.err == nil {
			finished(t, 4, got.future, "a call whose Submit returned nil")
		} else {
			require.Zero(t, runs.Load(), "runs of a call whose Submit returned an error")
		}
	})
}

// TestSubmitMeetsClose: no future is forgotten.
func TestSubmitMeetsClose(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		submit(t, p, holding(release))
		submitting := gradetest.Go(func() submitted {
			f, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), giving(4))
			return submitted{f, err}
		})
		c := gradetest.Go(p.Close)
		close(release)
		gradetest.Settle()
		require.NoError(t, c.MustReturn(t, "Close that meets Submit"), "error of Close")
		got := submitting.MustReturn(t, "Submit that meets Close")
		if got.err == nil {
			require.Greater(t, got.future.State(), threadpool.Running, "state (2 is cancelled, 3 is finished) of a call whose Submit returned nil, after Close")
		}
	})
}
