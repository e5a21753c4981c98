package threads_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

func TestManyJoiners(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th, open := waiting(t, threads.NewProcess())
		var calls []*gradetest.Call[error]
		for range 3 {
			calls = append(calls, join(t.Context(), th))
		}
		for _, c := range calls {
			c.MustWait(t, "Join of a thread that runs")
		}
		open()
		for _, c := range calls {
			require.NoError(t, c.MustReturn(t, "one of 3 Joins, after the end of the thread"), "error of one of 3 Joins")
		}
		for range 2 {
			joined(t, th, "a thread that ended long ago")
		}
	})
}

func TestJoinNeedsStart(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th := made(threads.NewProcess(), func(context.Context) {})
		call := join(t.Context(), th)
		err := call.MustReturn(t, "Join of a thread that was never started")
		require.ErrorIs(t, err, threads.ErrNotStarted, "error of Join before Start")
		require.NotErrorIs(t, err, threads.ErrStarted, "error of Join before Start")
		err = th.JoinTimeout(time.Hour)
		require.ErrorIs(t, err, threads.ErrNotStarted, "error of JoinTimeout before Start")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "error of JoinTimeout before Start")
		start(t, th)
		joined(t, th, "a thread that was joined too early and started then")
	})
}

func TestJoinOneself(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var self, derived error
		var th *threads.Thread
		th = made(threads.NewProcess(), func(ctx context.Context) {
			self = th.Join(ctx)
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			derived = th.Join(ctx)
		})
		start(t, th)
		joined(t, th, "a thread that joins itself")
		require.ErrorIs(t, self, threads.ErrSelfJoin, "error of Join of the thread itself")
		require.ErrorIs(t, derived, threads.ErrSelfJoin, "error of Join of the thread itself, with a context derived from its own")
	})
}

func TestJoinAnotherThread(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		first, open := waiting(t, p)
		var err error
		second := made(p, func(ctx context.Context) { err = first.Join(ctx) })
		start(t, second)
		call := join(t.Context(), second)
		call.MustWait(t, "Join of a thread that joins another one")
		open()
		require.NoError(t, call.MustReturn(t, "Join of a thread that joined another one, now ended"))
		require.NoError(t, err, "error of Join of another thread, with the thread's own context")
	})
}

func TestJoinTimeout(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th, open := waiting(t, threads.NewProcess())
		patient := join(t.Context(), th)
		for _, d := range []time.Duration{time.Second, 0, -time.Second} {
			call := gradetest.Go(func() error { return th.JoinTimeout(d) })
			time.Sleep(2*time.Second + time.Millisecond)
			err := call.MustReturn(t, "JoinTimeout("+d.String()+") of a thread that runs on")
			require.ErrorIs(t, err, context.DeadlineExceeded, "error of JoinTimeout(%v) of a thread that runs on", d)
			require.NotErrorIs(t, err, context.Canceled, "error of JoinTimeout(%v) of a thread that runs on", d)
		}
		require.True(t, th.Alive(), "Alive after a Join ran out of time")
		patient.MustWait(t, "another goroutine's Join, with no time limit")
		long := gradetest.Go(func() error { return th.JoinTimeout(time.Hour) })
		gradetest.Settle()
		long.MustWait(t, "JoinTimeout of one hour, after 20 ms")
		open()
		require.NoError(t, long.MustReturn(t, "JoinTimeout of one hour, after the end of the thread"))
		require.NoError(t, patient.MustReturn(t, "Join without a time limit, after the end of the thread"))
	})
}

func TestJoinCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th, open := waiting(t, threads.NewProcess())
		ctx, cancel := context.WithCancel(t.Context())
		hasty, patient := join(ctx, th), join(t.Context(), th)
		cancel()
		gradetest.Settle()
		err := hasty.MustReturn(t, "Join with a context that was cancelled")
		require.ErrorIs(t, err, context.Canceled, "error of Join with a cancelled context")
		require.NotErrorIs(t, err, context.DeadlineExceeded, "error of Join with a cancelled context")
		patient.MustWait(t, "another goroutine's Join, with a context of its own")
		require.True(t, th.Alive(), "Alive after a Join was cancelled")
		open()
		require.NoError(t, patient.MustReturn(t, "Join, after the end of the thread"))
	})
}

// TestTheEndCountsMore asks often enough for a select that has two ways to go
// to take the wrong one.
func TestTheEndCountsMore(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th, open := waiting(t, threads.NewProcess())
		open()
		joined(t, th, "a thread that has ended")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 60 {
			require.NoError(t, th.Join(ctx), "error of Join of an ended thread, with a context that has ended as well")
			require.NoError(t, th.JoinTimeout(0), "error of JoinTimeout(0) of an ended thread")
		}
	})
}

func TestPanicIsReported(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		other, open := waiting(t, p)
		gate := make(chan struct{})
		bad := made(p, func(context.Context) { <-gate; panic("torn") })
		start(t, bad)
		early := join(t.Context(), bad)
		early.MustWait(t, "Join of a thread that will panic")
		close(gate)
		gradetest.Settle()
		for _, c := range []*gradetest.Call[error]{early, join(t.Context(), bad), join(t.Context(), bad)} {
			err := c.MustReturn(t, "Join of a thread that panicked")
			var failure *threads.PanicError
			require.True(t, errors.As(err, &failure), "Join of a thread that panicked gives a *PanicError")
			require.Equal(t, any("torn"), failure.Value, "Value of the PanicError")
			require.Contains(t, failure.Error(), "torn", "text of the PanicError")
			require.NoError(t, failure.Unwrap(), "Unwrap, with a Value that is no error")
		}
		require.True(t, other.Alive(), "Alive of a thread beside the one that panicked")
		open()
		joined(t, other, "a thread beside one that panicked")
	})
}

func TestPanicWithAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		cause := errors.New("out of thread")
		bad := made(threads.NewProcess(), func(context.Context) { panic(cause) })
		start(t, bad)
		err := join(t.Context(), bad).MustReturn(t, "Join of a thread that panicked with an error")
		require.ErrorIs(t, err, cause, "error of Join of a thread that panicked with that error")
		require.NotErrorIs(t, err, context.Canceled, "error of Join of a thread that panicked with another error")
		require.Contains(t, err.Error(), "out of thread", "text of the error")
	})
}

func TestGoexitFreesJoiners(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var runs gradetest.InFlight
		th := made(threads.NewProcess(), func(context.Context) { runs.Enter(); runtime.Goexit() })
		start(t, th)
		joined(t, th, "a thread that called runtime.Goexit")
		require.Equal(t, 1, runs.Total(), "runs of the Runner that called runtime.Goexit")
	})
}

// TestEveryEndIsAnEnd also lets a Runner end its goroutine, as t.FailNow does.
func TestEveryEndIsAnEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		var runs gradetest.InFlight
		bad := made(p, func(context.Context) { runs.Enter(); panic("torn") })
		gone := made(p, func(context.Context) { runs.Enter(); runtime.Goexit() })
		start(t, bad)
		start(t, gone)
		gradetest.Settle()
		require.Equal(t, 2, runs.Total(), "runs of two Runners, one that panics and one that calls runtime.Goexit")
		require.False(t, bad.Alive(), "Alive of a thread that panicked")
		require.False(t, gone.Alive(), "Alive of a thread that called runtime.Goexit")
		require.Zero(t, p.ActiveCount(), "ActiveCount when every thread has ended")
	})
}

// TestJoinMeetsTheEnd has a thread end while others begin to join it.
func TestJoinMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(context.Context) { <-gate })
		start(t, th)
		a := gradetest.Go(func() error { return th.Join(context.Background()) })
		b := gradetest.Go(func() error { return th.JoinTimeout(time.Hour) })
		close(gate)
		gradetest.Settle()
		require.NoError(t, a.MustReturn(t, "a Join that began when the thread ended"), "error of Join")
		require.NoError(t, b.MustReturn(t, "a JoinTimeout that began when the thread ended"), "error of JoinTimeout")
	})
}
