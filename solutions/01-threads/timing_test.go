package threads_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

func TestJoinWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th := made(threads.NewProcess(), func(context.Context) { time.Sleep(1234567 * time.Nanosecond) })
		start(t, th)
		plain := gradetest.Go(func() error { return th.Join(t.Context()) })
		timed := gradetest.Go(func() error { return th.JoinTimeout(time.Hour) })
		require.Equal(t, 1234567*time.Nanosecond, plain.Took(), "time that Join waits for a thread that runs for 1.234567 ms")
		require.Equal(t, 1234567*time.Nanosecond, timed.Took(), "time that JoinTimeout(1h) waits for a thread that runs for 1.234567 ms")
		require.NoError(t, plain.Wait(), "error of Join")
		require.NoError(t, timed.Wait(), "error of JoinTimeout")
	})
}

func TestTimeoutIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th := made(threads.NewProcess(), func(context.Context) { time.Sleep(time.Second) })
		start(t, th)
		var err error
		took := gradetest.Took(func() { err = th.JoinTimeout(7654321 * time.Nanosecond) })
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a JoinTimeout whose time is up")
		require.Equal(t, 7654321*time.Nanosecond, took, "time that JoinTimeout(7.654321 ms) waits")
		require.Zero(t, gradetest.Took(func() { err = th.JoinTimeout(0) }), "time that JoinTimeout(0) waits")
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of JoinTimeout(0)")
		require.NoError(t, th.Join(t.Context()), "error of Join after a time-out")
	})
}

func TestMainEndsAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		began := time.Now()
		d := made(p, func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		})
		require.NoError(t, d.SetDaemon(true), "error of SetDaemon before Start")
		start(t, d)
		took := gradetest.Took(func() {
			p.Main(func(context.Context) {
				made(p, func(context.Context) { time.Sleep(3210987 * time.Nanosecond) }).Start()
			})
		})
		require.Equal(t, 3210987*time.Nanosecond, took, "time that Main takes when its last thread runs for 3.210987 ms")
		require.NoError(t, d.Join(t.Context()), "error of Join of the daemon")
		require.Equal(t, 3210987*time.Nanosecond, time.Since(began), "time from the start to the end of a daemon that ends with its context")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		p := threads.NewProcess()
		gate := make(chan struct{})
		th := made(p, func(context.Context) { <-gate })
		th.Start()
		calls := []*gradetest.Call[error]{
			gradetest.Go(func() error { return th.Join(context.Background()) }),
			gradetest.Go(func() error { return th.JoinTimeout(time.Minute) }),
			gradetest.Go(func() error { return p.Main(nothing) }),
		}
		return func() {
			close(gate)
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}
