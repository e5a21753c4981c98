package threadpool_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

// closing calls Close in the background and lets it get as far as it can.
func closing(p threadpool.Executor) *gradetest.Call[error] {
	c := gradetest.Go(p.Close)
	gradetest.Settle()
	return c
}

// shutting does the same with Shutdown.
func shutting(ctx context.Context, p threadpool.Executor) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return p.Shutdown(ctx) })
	gradetest.Settle()
	return c
}

func TestShutdownRunsWhatWasTakenOver(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 3)
		release := make(chan struct{})
		fs := []*future{submit(t, p, holding(release)), submit(t, p, giving(1)), submit(t, p, giving(1)), submit(t, p, giving(1))}
		s := shutting(t.Context(), p)
		s.MustWait(t, "Shutdown, with calls that have not ended")
		close(release)
		gradetest.Settle()
		require.NoError(t, s.MustReturn(t, "Shutdown, with all calls ended"), "error of Shutdown")
		for _, f := range fs {
			finished(t, 1, f, "a call that was taken over before Shutdown")
		}
	})
}

func TestNobodyGetsInAfterwards(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i := range 2 {
			p := threadpool.NewPool(1, 1)
			release := make(chan struct{})
			submit(t, p, holding(release))
			var end *gradetest.Call[error]
			if i == 0 {
				end = shutting(t.Context(), p)
			} else {
				end = closing(p)
			}
			during := later(t.Context(), p, giving(1)).MustReturn(t, "Submit while the pool shuts down, with room")
			require.ErrorIs(t, during.err, threadpool.ErrShutdown, "error of Submit while the pool shuts down")
			require.NotErrorIs(t, during.err, context.Canceled, "error of Submit while the pool shuts down")
			close(release)
			gradetest.Settle()
			require.NoError(t, end.MustReturn(t, "Shutdown or Close, with all calls ended"), "error of Shutdown or Close")
			after := later(t.Context(), p, giving(1)).MustReturn(t, "Submit after the pool was shut down")
			require.ErrorIs(t, after.err, threadpool.ErrShutdown, "error of Submit after the pool was shut down")
		}
	})
}

func TestWaitingSubmitsAreRefused(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i := range 2 {
			p := threadpool.NewPool(1, 0)
			release := make(chan struct{})
			submit(t, p, holding(release))
			ran := false
			first := later(t.Context(), p, func(context.Context) (int, error) { ran = true; return 0, nil })
			second := later(t.Context(), p, giving(1))
			first.MustWait(t, "Submit to a full pool")
			var end *gradetest.Call[error]
			if i == 0 {
				end = shutting(t.Context(), p)
			} else {
				end = closing(p)
			}
			require.ErrorIs(t, first.MustReturn(t, "Submit that waits for room, when the pool shuts down").err, threadpool.ErrShutdown, "error of that Submit")
			require.ErrorIs(t, second.MustReturn(t, "another Submit that waits for room").err, threadpool.ErrShutdown, "error of that Submit")
			close(release)
			gradetest.Settle()
			require.NoError(t, end.MustReturn(t, "Shutdown or Close, with all calls ended"), "error of Shutdown or Close")
			require.False(t, ran, "was a call run although its Submit was refused?")
		}
	})
}

func TestShutdownGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		running, pending := submit(t, p, holding(release)), submit(t, p, giving(2))
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := shutting(ctx, p), shutting(t.Context(), p)
		impatient.MustWait(t, "Shutdown, with calls that have not ended")
		cancel()
		gradetest.Settle()
		require.ErrorIs(t, impatient.MustReturn(t, "Shutdown whose context ended"), context.Canceled, "error of a Shutdown whose context ended")
		require.ErrorIs(t, shutting(ctx, p).MustReturn(t, "Shutdown with a context that has ended"), context.Canceled, "error of Shutdown with a context that has ended, while a call runs")
		require.Equal(t, threadpool.Running.String(), running.State().String(), "state of a call that runs, after Shutdown gave up")
		require.Equal(t, threadpool.Pending.String(), pending.State().String(), "state of a call that waits, after Shutdown gave up")
		patient.MustWait(t, "another Shutdown, with calls that have not ended")
		close(release)
		gradetest.Settle()
		require.NoError(t, patient.MustReturn(t, "another Shutdown, with all calls ended"), "error of Shutdown")
		finished(t, 2, pending, "a call that waited when Shutdown gave up")
		shutdown(t, p)
	})
}

func TestEveryoneMayShutDown(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		submit(t, p, holding(release))
		ends := []*gradetest.Call[error]{shutting(t.Context(), p), shutting(t.Context(), p), closing(p), closing(p), shutting(t.Context(), p)}
		for _, c := range ends {
			c.MustWait(t, "Shutdown or Close, while a call runs")
		}
		close(release)
		gradetest.Settle()
		for _, c := range append(ends, closing(p), shutting(t.Context(), p)) {
			require.NoError(t, c.MustReturn(t, "Shutdown or Close, with all calls ended"), "error of Shutdown or Close")
		}
	})
}

func TestCloseCancelsWhatHasNotBegun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 2)
		release := make(chan struct{})
		running := submit(t, p, holding(release))
		ran := false
		task := func(context.Context) (int, error) { ran = true; return 0, nil }
		pending := []*future{submit(t, p, task), submit(t, p, task)}
		c := closing(p)
		for _, f := range pending {
			require.Equal(t, threadpool.Cancelled.String(), f.State().String(), "state of a call that had not begun, after Close was called")
			_, err := f.Result(t.Context())
			require.ErrorIs(t, err, threadpool.ErrCancelled, "error of a call that had not begun, after Close was called")
		}
		require.Equal(t, threadpool.Running.String(), running.State().String(), "state of a call that runs, after Close was called")
		c.MustWait(t, "Close, while a call runs")
		close(release)
		gradetest.Settle()
		require.NoError(t, c.MustReturn(t, "Close, when no call runs"), "error of Close")
		finished(t, 1, running, "the call that ran during Close")
		require.False(t, ran, "was a call run that Close cancelled?")
	})
}

// TestCloseEndsTheContext: functions that look at their context can end early.
func TestCloseEndsTheContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		f := submit(t, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, io.EOF })
		s := shutting(t.Context(), p)
		require.Equal(t, threadpool.Running.String(), f.State().String(), "state of a function that waits for its context, during Shutdown")
		c := closing(p)
		require.NoError(t, c.MustReturn(t, "Close, with a function that ends with its context"), "error of Close")
		require.NoError(t, s.MustReturn(t, "Shutdown, after Close"), "error of Shutdown")
		_, err := f.Result(t.Context())
		require.ErrorIs(t, err, io.EOF, "error of a function that waited for its context")
	})
}

// TestCallbacksRunUnlocked: Close cancels futures, and these call callbacks.
func TestCallbacksRunUnlocked(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		submit(t, p, holding(release))
		pending := submit(t, p, giving(1))
		calls := 0
		pending.OnDone(func(f *future) {
			calls++
			_, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), giving(1))
			assert.ErrorIs(t, err, threadpool.ErrShutdown, "error of Submit in a callback of a call that Close cancels")
		})
		c := closing(p)
		require.Equal(t, 1, calls, "calls of the callback of a call that Close cancels")
		close(release)
		gradetest.Settle()
		require.NoError(t, c.MustReturn(t, "Close, when no call runs"), "error of Close")
	})
}
