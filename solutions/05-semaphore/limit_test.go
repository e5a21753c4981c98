package semaphore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/05-semaphore"
)

func TestLimitOverlapsWaiting(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		tasks := make([]func(), 6)
		for i := range tasks {
			tasks[i] = func() { time.Sleep(10 * time.Millisecond) }
		}
		took := gradetest.Took(func() { semaphore.Limit(3, tasks...) })
		require.Equal(t, 20*time.Millisecond, took, "time for 6 tasks of 10 ms each, 3 at a time")
	})
}

// TestLimitKeepsAllPlacesBusy has one long task: the others must not wait for it.
func TestLimitKeepsAllPlacesBusy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		nap := func(d time.Duration) func() { return func() { time.Sleep(d * time.Millisecond) } }
		took := gradetest.Took(func() { semaphore.Limit(2, nap(30), nap(10), nap(10), nap(10)) })
		require.Equal(t, 30*time.Millisecond, took, "time for tasks of 30, 10, 10 and 10 ms, 2 at a time")
	})
}

func TestLimitSpeedUp(t *testing.T) {
	gradetest.Speedup(t, func(workers int, tasks []func()) { semaphore.Limit(workers, tasks...) })
}
