package semaphore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

func TestWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(1)
		require.NoError(t, s.Acquire(t.Context()))
		waiting := gradetest.Go(func() error { return s.Acquire(t.Context()) })
		time.Sleep(1234567 * time.Nanosecond)
		require.NoError(t, s.Release())
		require.Equal(t, 1234567*time.Nanosecond, waiting.Took(), "time from Acquire to its return, with the permit released after 1.234567 ms")
	})
}

func TestResizeWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(0)
		first := gradetest.Go(func() error { return s.Acquire(t.Context()) })
		second := gradetest.Go(func() error { return s.Acquire(t.Context()) })
		time.Sleep(1234567 * time.Nanosecond)
		s.Resize(2)
		require.Equal(t, 1234567*time.Nanosecond, first.Took(), "time from Acquire to its return, with room made for two by Resize after 1.234567 ms")
		require.Equal(t, 1234567*time.Nanosecond, second.Took(), "time from the other Acquire to its return")
	})
}

func TestDeadlineIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := semaphore.New(0)
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Millisecond)
		defer cancel()
		var err error
		took := gradetest.Took(func() { err = s.Acquire(ctx) })
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of an Acquire whose time is up")
		require.NotErrorIs(t, err, context.Canceled, "error of an Acquire whose time is up")
		require.Equal(t, 7*time.Millisecond, took, "time that Acquire waited with a time-out of 7 ms")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		s := semaphore.New(0)
		ctx, cancel := context.WithCancel(t.Context())
		var calls []*gradetest.Call[error]
		for range 3 {
			calls = append(calls, gradetest.Go(func() error { return s.Acquire(ctx) }))
		}
		return func() {
			cancel()
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}
