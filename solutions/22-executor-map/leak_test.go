package executormap_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestUnusedSequencesLeaveNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		args := source{}
		executormap.Zip(args.upTo(3), args.upTo(3))
		executormap.Map(t.Context(), &byHand{}, task(double), args.upTo(3), executormap.Options{Timeout: time.Hour})
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left by sequences that nobody used")
		require.Zero(t, args.open.Now(), "inputs in use, by sequences that nobody used")
	})
}

// TestEndLeavesNothing has loops that end in three ways, on an executor that
// has no goroutine of its own.
func TestEndLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, chunk := range []int{1, 2} {
			ex, args := &byHand{}, source{}
			ctx, cancel := context.WithCancel(t.Context())
			r := read(executormap.Map(ctx, ex, task(failingAt(1)), args.upTo(endless), executormap.Options{Ahead: 3, Chunk: chunk}))
			for i := range 2 {
				if !r.loop.Done() {
					ex.run(t, i)
				}
			}
			r.loop.MustReturn(t, "the loop, when the second function has failed")
			require.Zero(t, gradetest.Goroutines(), "goroutines left when a call has failed and the loop has ended")

			r = read(executormap.Map(ctx, &byHand{}, task(double), args.upTo(endless), executormap.Options{Ahead: 3, Chunk: chunk, Timeout: time.Hour}))
			cancel()
			gradetest.Settle()
			r.loop.MustReturn(t, "the loop, when its context has ended")
			require.Zero(t, gradetest.Goroutines(), "goroutines left when the context has ended the loop, though its time is not up")
			require.Equal(t, 2, args.open.Total(), "inputs taken into use by two loops")
			require.Zero(t, args.open.Now(), "inputs that have not come to their end with their loop")
		}
	})
}

func TestBreakLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		args := source{}
		for range executormap.Map(t.Context(), &firstOnly{}, task(double), args.upTo(endless), executormap.Options{Ahead: 3}) {
			break
		}
		require.Zero(t, args.open.Now(), "inputs that have not come to their end with a loop that was left")
		for range executormap.Zip(args.upTo(endless), args.upTo(endless)) {
			break
		}
		require.Zero(t, args.open.Now(), "inputs of Zip that have not come to their end with a loop that was left")
		for range executormap.Zip(args.upTo(1), args.upTo(endless)) {
		}
		require.Zero(t, args.open.Now(), "inputs of Zip that have not come to their end, when one of them is shorter")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left by loops that were left")
	})
}

// TestGivingUpLeavesNothing looks while the executor is still busy.
func TestGivingUpLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		hold := func(context.Context, int) (int, error) { <-release; return 0, nil }
		ctx, cancel := context.WithCancel(t.Context())
		r := read(executormap.Map(ctx, newPlaces(1), task(hold), upTo(endless), executormap.Options{Ahead: 3}))
		cancel()
		gradetest.Settle()
		r.loop.MustReturn(t, "the loop, when its context has ended while the executor has no room")
		require.Equal(t, 1, gradetest.Goroutines(), "goroutines when the loop has ended: that of the running call")
		close(release)
	})
}
