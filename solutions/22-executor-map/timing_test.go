package executormap_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

// TestResultsAtOnce: each when it is there and its turn has come.
func TestResultsAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := sleeping(3*time.Second+1, time.Second, 5*time.Second+7)
		start := time.Now()
		var at []time.Duration
		for _, err := range executormap.Map(t.Context(), &spawner{}, task(f), upTo(3), executormap.Options{}) {
			require.NoError(t, err, "error that the loop gets")
			at = append(at, time.Since(start))
		}
		require.Equal(t, []time.Duration{3*time.Second + 1, 3*time.Second + 1, 5*time.Second + 7}, at, "when the loop gets the results of calls that end after 3.000000001 s, 1 s and 5.000000007 s")
	})
}

// TestNextCallAtOnce: with one call at a time, one begins when the other ends.
func TestNextCallAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		took := gradetest.Took(func() {
			got, err := collect(executormap.Map(t.Context(), newPlaces(1), task(sleeping(1234567)), upTo(5), executormap.Options{Ahead: 1}))
			require.NoError(t, err, "error that the loop gets")
			require.Len(t, got, 5, "results that the loop gets")
		})
		require.Equal(t, 5*1234567*time.Nanosecond, took, "time for five calls of 1.234567 ms, one after another")
	})
}

func TestTimeoutIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var err error
		took := gradetest.Took(func() {
			_, err = collect(executormap.Map(t.Context(), &byHand{}, task(double), upTo(3), executormap.Options{Timeout: 7654321}))
		})
		require.ErrorIs(t, err, context.DeadlineExceeded, "error when the time is up")
		require.NotErrorIs(t, err, context.Canceled, "error when the time is up")
		require.Equal(t, 7654321*time.Nanosecond, took, "time from Map to the end of the loop, with a time-out of 7.654321 ms")
	})
}

func TestCancelIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		loop := gradetest.Go(func() error {
			_, err := collect(executormap.Map(ctx, &byHand{}, task(double), upTo(3), executormap.Options{}))
			return err
		})
		time.Sleep(1234567)
		cancel()
		synctest.Wait()
		require.ErrorIs(t, loop.MustReturn(t, "the loop, at the instant at which its context ends"), context.Canceled, "error that the loop gets")
		require.Equal(t, 1234567*time.Nanosecond, loop.Took(), "time that the loop takes when its context ends after 1.234567 ms")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		ctx, cancel := context.WithCancel(t.Context())
		var loops []*gradetest.Call[struct{}]
		for range 2 {
			loops = append(loops, gradetest.GoDo(func() {
				collect(executormap.Map(ctx, &byHand{}, task(double), upTo(3), executormap.Options{Timeout: time.Hour}))
			}))
		}
		return func() {
			cancel()
			for _, l := range loops {
				l.Wait()
			}
		}
	})
}
