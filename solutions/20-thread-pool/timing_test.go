package threadpool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

// sleeping returns a function that takes d.
func sleeping(d time.Duration) fn {
	return func(context.Context) (int, error) { time.Sleep(d); return 1, nil }
}

func TestSubmitGoesOnAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const d = 1234567 * time.Nanosecond
		p := threadpool.NewPool(1, 0)
		task := threadpool.NewTask("run", run)
		took := gradetest.Took(func() { threadpool.Submit(t.Context(), p, task, sleeping(d)) })
		require.Zero(t, took, "time of a Submit to an idle pool")
		var second *future
		took = gradetest.Took(func() { second, _ = threadpool.Submit(t.Context(), p, task, sleeping(d)) })
		require.Equal(t, d, took, "time of a Submit while the only worker is busy for 1.234567 ms")
		require.NotNil(t, second, "future of a call that was taken over")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		took = gradetest.Took(func() { second.Result(ctx) })
		require.Equal(t, d, took, "time from then to the end of the second call, which takes 1.234567 ms")
		took = gradetest.Took(func() { p.Shutdown(t.Context()) })
		require.Zero(t, took, "time of the Shutdown of an idle pool")
	})
}

func TestShutdownReturnsAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const d = 1234567 * time.Nanosecond
		p := threadpool.NewPool(1, 1)
		task := threadpool.NewTask("run", run)
		for range 2 {
			threadpool.Submit(t.Context(), p, task, sleeping(d))
		}
		took := gradetest.Took(func() { p.Shutdown(t.Context()) })
		require.Equal(t, 2*d, took, "time of Shutdown, with one worker and two calls of 1.234567 ms each")

		q := threadpool.NewPool(1, 1)
		for range 2 {
			threadpool.Submit(t.Context(), q, task, sleeping(d))
		}
		synctest.Wait() // the first one has begun
		took = gradetest.Took(func() { q.Close() })
		require.Equal(t, d, took, "time of Close, with one call of 1.234567 ms running and one pending")
	})
}

func TestDeadlinesAreExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(1, 0)
		task := threadpool.NewTask("run", run)
		threadpool.Submit(t.Context(), p, task, sleeping(time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Millisecond)
		defer cancel()
		var err error
		took := gradetest.Took(func() { _, err = threadpool.Submit(ctx, p, task, sleeping(0)) })
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Submit whose time is up")
		require.Equal(t, 7*time.Millisecond, took, "time that Submit waits with a time-out of 7 ms")
		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		took = gradetest.Took(func() { err = p.Shutdown(ctx) })
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Shutdown whose time is up")
		require.Equal(t, 5*time.Millisecond, took, "time that Shutdown waits with a time-out of 5 ms")
		require.NoError(t, p.Shutdown(t.Context()), "error of Shutdown")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		p, idle := threadpool.NewPool(1, 0), threadpool.NewPool(2, 0)
		task := threadpool.NewTask("run", run)
		release := make(chan struct{})
		threadpool.Submit(context.Background(), p, task, holding(release))
		if f, err := threadpool.Submit(context.Background(), idle, task, giving(1)); err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			f.Result(ctx)
		}
		waiting := gradetest.GoDo(func() { threadpool.Submit(context.Background(), p, task, giving(1)) })
		return func() {
			close(release)
			waiting.Wait()
			p.Shutdown(context.Background())
			idle.Shutdown(context.Background())
		}
	})
}
