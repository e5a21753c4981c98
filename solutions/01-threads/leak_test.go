package threads_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

// TestGivingUpLeavesNothing counts the goroutines while the thread still runs:
// later, those that wait for it would be gone as well.
func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		th, open := waiting(t, threads.NewProcess())
		gradetest.Settle()
		before := gradetest.Goroutines()
		for range 3 {
			require.ErrorIs(t, th.JoinTimeout(time.Millisecond), context.DeadlineExceeded, "error of JoinTimeout of a thread that runs on")
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			require.ErrorIs(t, th.Join(ctx), context.DeadlineExceeded, "error of Join with a context that ended")
			cancel()
		}
		synctest.Wait()
		require.Equal(t, before, gradetest.Goroutines(), "goroutines after 6 Joins gave up: as many as before")
		open()
		joined(t, th, "a thread that others gave up on")
	})
}

func TestNobodyJoins(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threads.NewProcess()
		before := gradetest.Goroutines()
		start(t, made(p, func(context.Context) {}))
		start(t, made(p, func(context.Context) { panic("torn, and nobody asks") }))
		gradetest.Settle()
		require.Equal(t, before, gradetest.Goroutines(), "goroutines after two threads ended that nobody joined: as many as before")
	})
}
