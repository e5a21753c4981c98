package threadpool_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/20-thread-pool"
)

func TestNoWorkerBeforeTheFirstCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(3, 3)
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines of a pool to which nothing was submitted")
		shutdown(t, p)
	})
}

// TestOneWorkerIsEnoughForOneAtATime submits a call when the one before has ended.
func TestOneWorkerIsEnoughForOneAtATime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(3, 3)
		for i := range 5 {
			finished(t, i, submit(t, p, giving(i)), "a call")
			require.LessOrEqual(t, gradetest.Goroutines(), 1, "goroutines of the pool when %d calls have run, one after another", i+1)
		}
		release := make(chan struct{})
		submit(t, p, holding(release))
		submit(t, p, giving(7))
		submit(t, p, giving(8))
		require.LessOrEqual(t, gradetest.Goroutines(), 2, "goroutines of the pool when there were never more than two calls at once")
		close(release)
		shutdown(t, p)
	})
}

func TestNeverMoreThanTheLimit(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		p := threadpool.NewPool(2, 4)
		var inside gradetest.InFlight
		for i := range 6 {
			submit(t, p, func(context.Context) (int, error) {
				inside.Enter()
				time.Sleep(time.Duration(1+i%3) * time.Second)
				inside.Leave()
				return 0, nil
			})
			require.LessOrEqual(t, gradetest.Goroutines(), 2, "goroutines of a pool of two workers")
		}
		for range 20 {
			time.Sleep(time.Second)
			require.LessOrEqual(t, gradetest.Goroutines(), 2, "goroutines of a pool of two workers")
		}
		require.Equal(t, 6, inside.Total(), "calls that were run")
		require.LessOrEqual(t, inside.Max(), 2, "calls running at once, with two workers")
		shutdown(t, p)
	})
}

// TestTwoSubmitsMeet: a pool of one worker stays one.
func TestTwoSubmitsMeet(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		p := threadpool.NewPool(1, 1)
		var inside gradetest.InFlight
		task := func(context.Context) (int, error) {
			inside.Enter()
			time.Sleep(time.Second)
			inside.Leave()
			return 0, nil
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if _, err := threadpool.Submit(context.Background(), p, threadpool.NewTask("run", run), fn(task)); err != nil {
					t.Errorf("Submit to a pool with room: got error %v, want none", err)
				}
			})
		}
		both.Wait()
		time.Sleep(5 * time.Second)
		require.Equal(t, 2, inside.Total(), "calls that were run, of two that were submitted at once")
		require.Equal(t, 1, inside.Max(), "calls running at once, with one worker")
		shutdown(t, p)
	})
}
