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

type (
	future = threadpool.Future[int]
	fn     = func(ctx context.Context) (int, error)
)

// run is the task that calls its argument.
func run(ctx context.Context, f fn) (int, error) { return f(ctx) }

// submit submits a call of f, and fails the test if it is not taken over at once.
func submit(t *testing.T, p threadpool.Executor, f fn) *future {
	t.Helper()
	s := later(context.Background(), p, f)
	got := s.MustReturn(t, "Submit to a pool with room")
	require.NoError(t, got.err, "error of Submit to a pool with room")
	return got.future
}

// submitted is what Submit returned.
type submitted struct {
	future *future
	err    error
}

// later calls Submit in the background and lets it get as far as it can.
func later(ctx context.Context, p threadpool.Executor, f fn) *gradetest.Call[submitted] {
	c := gradetest.Go(func() submitted {
		future, err := threadpool.Submit(ctx, p, threadpool.NewTask("run", run), f)
		return submitted{future, err}
	})
	gradetest.Settle()
	return c
}

// holding returns a function that returns 1 once release is closed.
func holding(release chan struct{}) fn {
	return func(context.Context) (int, error) { <-release; return 1, nil }
}

// giving returns a function that returns v at once.
func giving(v int) fn {
	return func(context.Context) (int, error) { return v, nil }
}

// shutdown shuts the pool down and fails the test if that does not end.
func shutdown(t *testing.T, p threadpool.Executor) {
	t.Helper()
	c := gradetest.Go(func() error { return p.Shutdown(context.Background()) })
	gradetest.Settle()
	require.NoError(t, c.MustReturn(t, "Shutdown of a pool whose calls end"), "error of Shutdown")
}

// finished checks that a call has ended with v.
func finished(t *testing.T, v int, f *future, what string) {
	t.Helper()
	require.Equal(t, threadpool.Finished.String(), f.State().String(), "state of %s", what)
	got, err := f.Result(context.Background())
	require.NoError(t, err, "error of %s", what)
	require.Equal(t, v, got, "result of %s", what)
}

func TestArgumentsAndResults(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 3)
		length := threadpool.NewTask("length", func(_ context.Context, s string) (int, error) { return len(s), nil })
		half := threadpool.NewTask("half", func(_ context.Context, n int) (float64, error) { return float64(n) / 2, nil })
		fails := threadpool.NewTask("fails", func(context.Context, int) (string, error) { return "x", io.ErrUnexpectedEOF })
		l, err := threadpool.Submit(t.Context(), p, length, "warp")
		require.NoError(t, err, "error of Submit to a pool with room")
		h, err := threadpool.Submit(t.Context(), p, half, 5)
		require.NoError(t, err, "error of Submit to a pool with room")
		f, err := threadpool.Submit(t.Context(), p, fails, 0)
		require.NoError(t, err, "error of Submit to a pool with room")
		shutdown(t, p)
		for _, state := range []threadpool.State{l.State(), h.State(), f.State()} {
			require.Equal(t, threadpool.Finished.String(), state.String(), "state of a call, after Shutdown")
		}
		n, err := l.Result(t.Context())
		require.NoError(t, err, "error of a call that gives a result")
		require.Equal(t, 4, n, "result of a call")
		x, err := h.Result(t.Context())
		require.NoError(t, err, "error of a call that gives a result")
		require.Equal(t, 2.5, x, "result of a call of another type")
		_, err = f.Result(t.Context())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "error of a call that returns an error")
	})
}

func TestCallsBeginInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 3)
		release := make(chan struct{})
		first := submit(t, p, holding(release))
		var order []int
		for i := range 3 {
			submit(t, p, func(context.Context) (int, error) { order = append(order, i); return 0, nil })
		}
		waiting := later(t.Context(), p, func(context.Context) (int, error) { order = append(order, 3); return 0, nil })
		require.Equal(t, threadpool.Running.String(), first.State().String(), "state of the first call")
		require.Empty(t, order, "calls that began while the only worker was busy")
		close(release)
		gradetest.Settle()
		require.NoError(t, waiting.MustReturn(t, "Submit that waited for room").err, "error of Submit")
		shutdown(t, p)
		require.Equal(t, []int{0, 1, 2, 3}, order, "order in which calls began")
	})
}

// TestQueueIsFilledAndNoMore: one call runs, two wait, the next Submits wait.
func TestQueueIsFilledAndNoMore(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 2)
		end := make(chan struct{})
		one := func(context.Context) (int, error) { <-end; return 1, nil }
		for range 3 {
			submit(t, p, one)
		}
		fourth := later(t.Context(), p, one)
		fifth := later(t.Context(), p, one)
		fourth.MustWait(t, "Submit with one call running and two in a queue of two")
		end <- struct{}{}
		gradetest.Settle()
		require.NoError(t, fourth.MustReturn(t, "the Submit that waited first, after a call has ended").err, "error of Submit")
		fifth.MustWait(t, "the Submit that waited second, after one call has ended")
		close(end)
		gradetest.Settle()
		require.NoError(t, fifth.MustReturn(t, "the Submit that waited second, after all calls have ended").err, "error of Submit")
		shutdown(t, p)
		finished(t, 1, fifth.Wait().future, "the last call")
	})
}

func TestWithoutAQueue(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		release := make(chan struct{})
		first := submit(t, p, holding(release))
		second := later(t.Context(), p, giving(2))
		second.MustWait(t, "Submit without a queue, while the only worker is busy")
		close(release)
		gradetest.Settle()
		got := second.MustReturn(t, "Submit without a queue, when the worker is free")
		require.NoError(t, got.err, "error of Submit")
		finished(t, 1, first, "the first call")
		finished(t, 2, got.future, "the second call")
		finished(t, 3, submit(t, p, giving(3)), "a third call")
		shutdown(t, p)
	})
}

func TestSubmitGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		release := make(chan struct{})
		submit(t, p, holding(release))
		ctx, cancel := context.WithCancel(t.Context())
		ran := false
		gone := later(ctx, p, func(context.Context) (int, error) { ran = true; return 0, nil })
		behind := later(t.Context(), p, giving(5))
		cancel()
		gradetest.Settle()
		err := gone.MustReturn(t, "Submit whose context ended while it waited for room").err
		require.ErrorIs(t, err, context.Canceled, "error of a Submit whose context ended")
		require.NotErrorIs(t, err, threadpool.ErrShutdown, "error of a Submit whose context ended")
		behind.MustWait(t, "the Submit behind it, while the worker is busy")
		close(release)
		gradetest.Settle()
		finished(t, 5, behind.MustReturn(t, "the Submit behind it, when the worker is free").future, "its call")
		shutdown(t, p)
		require.False(t, ran, "was a call run although its Submit had given up?")
	})
}

func TestEndedContextSubmitsNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		got := later(ctx, p, func(context.Context) (int, error) { ran = true; return 0, nil }).MustReturn(t, "Submit with a context that has ended")
		require.ErrorIs(t, got.err, context.Canceled, "error of Submit with a context that has ended")
		shutdown(t, p)
		require.False(t, ran, "was a call run although its context had ended before Submit?")
	})
}

// TestContextIsAboutTheWait: once the call is taken over, the context of Submit
// has nothing to do with it.
func TestContextIsAboutTheWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		release := make(chan struct{})
		see := func(ctx context.Context) (int, error) { <-release; return 1, ctx.Err() }
		ctx, cancel := context.WithCancel(t.Context())
		running, pending := later(ctx, p, see), later(ctx, p, see)
		cancel()
		gradetest.Settle()
		close(release)
		shutdown(t, p)
		finished(t, 1, running.MustReturn(t, "Submit to a pool with room").future, "a call that ran while the context of its Submit ended")
		finished(t, 1, pending.MustReturn(t, "Submit to a pool with room").future, "a call that waited while the context of its Submit ended")
	})
}

func TestCancelledCallIsNotRun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 2)
		release := make(chan struct{})
		running := submit(t, p, holding(release))
		ran := false
		cancelled := submit(t, p, func(context.Context) (int, error) { ran = true; return 0, nil })
		after := submit(t, p, giving(3))
		require.True(t, cancelled.Cancel(), "Cancel of a call that has not begun")
		require.False(t, running.Cancel(), "Cancel of a call that runs")
		close(release)
		shutdown(t, p)
		require.False(t, ran, "was a cancelled call run?")
		require.Equal(t, threadpool.Cancelled.String(), cancelled.State().String(), "state of a cancelled call")
		finished(t, 1, running, "the call that ran")
		finished(t, 3, after, "the call after the cancelled one")
	})
}

// TestTasksAndCallbacksMaySubmit uses the pool from inside.
func TestTasksAndCallbacksMaySubmit(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 2)
		var inner, last submitted
		outer := submit(t, p, func(ctx context.Context) (int, error) {
			f, err := threadpool.Submit(ctx, p, threadpool.NewTask("run", run), giving(2))
			inner = submitted{f, err}
			f.OnDone(func(*future) {
				f, err := threadpool.Submit(ctx, p, threadpool.NewTask("run", run), giving(3))
				last = submitted{f, err}
			})
			return 1, nil
		})
		gradetest.Settle()
		finished(t, 1, outer, "a call that submits another one")
		require.NoError(t, inner.err, "error of Submit in a task")
		finished(t, 2, inner.future, "the call that it submitted")
		require.NoError(t, last.err, "error of Submit in a callback")
		finished(t, 3, last.future, "the call that a callback submitted")
		shutdown(t, p)
	})
}

func TestPoolRefusesNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		assert.Panics(t, func() { threadpool.NewPool(0, 1) }, "NewPool(0, 1)")
		assert.Panics(t, func() { threadpool.NewPool(-1, 1) }, "NewPool(-1, 1)")
		assert.Panics(t, func() { threadpool.NewPool(1, -1) }, "NewPool(1, -1)")
		assert.NotPanics(t, func() { threadpool.NewPool(1, 0) }, "NewPool(1, 0)")
	})
}
