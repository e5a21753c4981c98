package executormap_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestMapOverlapsWaiting(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		took := gradetest.Took(func() {
			got, err := collect(executormap.Map(t.Context(), newPlaces(3), task(sleeping(time.Second)), upTo(6), executormap.Options{Ahead: 6}))
			require.NoError(t, err, "error that the loop gets")
			require.Equal(t, doubles(6), got, "results that the loop gets")
		})
		require.Less(t, took, 2500*time.Millisecond, "time for 6 calls of a second each, on an executor with 3 places")
	})
}

// TestMapKeepsTheExecutorBusy looks after each result whether the next call comes.
func TestMapKeepsTheExecutorBusy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const all = 9
		ex := &byHand{}
		r := read(mapping(ex, all, executormap.Options{Ahead: 3}))
		for i := range all {
			require.GreaterOrEqual(t, ex.count(), min(i+3, all), "calls submitted while the loop waits with %d results, with an Ahead of 3 and 9 arguments", i)
			ex.run(t, i)
		}
		r.mustGet(t, "in all", doubles(all)...)
	})
}

// TestChunksSaveCalls counts what costs something for each call: the calls.
func TestChunksSaveCalls(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, c := range []struct{ args, chunk, calls int }{{10, 0, 10}, {10, 1, 10}, {10, 4, 3}, {8, 4, 2}, {3, 4, 1}, {400, 100, 4}} {
			ex := &spawner{}
			got, err := collect(mapping(ex, c.args, executormap.Options{Chunk: c.chunk}))
			require.NoError(t, err, "error that the loop gets")
			require.Equal(t, doubles(c.args), got, "results that the loop gets")
			require.Equal(t, c.calls, ex.submitted.Total(), "calls submitted for %d arguments with a Chunk of %d", c.args, c.chunk)
		}
	})
}

func TestMapSpeedUp(t *testing.T) {
	run := executormap.NewTask("run", func(_ context.Context, f func()) (struct{}, error) { f(); return struct{}{}, nil })
	gradetest.Speedup(t, func(workers int, tasks []func()) {
		for range executormap.Map(context.Background(), newPlaces(workers), run, slices.Values(tasks), executormap.Options{Ahead: 2 * workers}) {
		}
	})
}
