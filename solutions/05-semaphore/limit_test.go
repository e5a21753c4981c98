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

// TestLimitKeepsAllPlacesBusy lets tasks end one at a time, and looks each time
// whether the next one begins.
func TestLimitKeepsAllPlacesBusy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const n, all = 3, 8
		var inside gradetest.InFlight
		end := make(chan struct{}) // each value lets one of the tasks end, whichever it is
		tasks := make([]func(), all)
		for i := range tasks {
			tasks[i] = func() {
				inside.Enter()
				<-end
				inside.Leave()
			}
		}
		limit := gradetest.GoDo(func() { semaphore.Limit(n, tasks...) })
		for ended := range all {
			gradetest.Settle()
			limit.MustWait(t, "Limit with a task that has not ended")
			require.Equal(t, min(n, all-ended), inside.Now(), "tasks running after %d of 8 have ended, 3 at a time", ended)
			select {
			case end <- struct{}{}:
			case <-time.After(time.Second):
				t.Fatal("no task runs that could end")
			}
		}
		gradetest.Settle()
		limit.MustReturn(t, "Limit after the end of all tasks")
	})
}

func TestLimitSpeedUp(t *testing.T) {
	gradetest.Speedup(t, func(workers int, tasks []func()) { semaphore.Limit(workers, tasks...) })
}
