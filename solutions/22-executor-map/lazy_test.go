package executormap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestMapAloneDoesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex, args := &byHand{}, source{}
		seq := executormap.Map(t.Context(), ex, task(double), args.upTo(5), executormap.Options{})
		gradetest.Settle()
		require.Zero(t, args.asked.Total(), "elements that Map has taken before there is a loop")
		require.Zero(t, ex.count(), "calls that Map has submitted before there is a loop")
		read(seq)
		require.Equal(t, 5, ex.count(), "calls submitted for 5 arguments once there is a loop")
		for i := range 5 {
			ex.run(t, i)
		}
	})
}

func TestFirstResultBeforeTheRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(mapping(ex, 3, executormap.Options{Ahead: 3}))
		ex.run(t, 0)
		r.mustGet(t, "while the second and third call have not ended", 0)
		ex.run(t, 1)
		r.mustGet(t, "while the third call has not ended", 2)
		ex.run(t, 2)
		r.mustGet(t, "when all calls have ended", 4)
	})
}

func TestAheadIsReached(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex, args := &byHand{}, source{}
		r := read(executormap.Map(context.Background(), ex, task(double), args.upTo(8), executormap.Options{Ahead: 3}))
		require.Equal(t, 3, ex.count(), "calls submitted while the loop waits for its first result, with an Ahead of 3")
		for i := range 8 {
			require.LessOrEqual(t, ex.count(), i+3, "calls submitted while the loop has %d results, with an Ahead of 3", i)
			require.LessOrEqual(t, args.asked.Total(), i+3+1, "elements of args taken while the loop has %d results, with an Ahead of 3", i)
			ex.run(t, i)
		}
		r.mustGet(t, "in all", doubles(8)...)
	})
}

func TestDefaultAhead(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		ctx, cancel := context.WithCancel(t.Context())
		r := read(executormap.Map(ctx, ex, task(double), upTo(endless), executormap.Options{}))
		require.Equal(t, executormap.DefaultAhead, ex.count(), "calls submitted while the loop waits for its first result, with an Ahead of 0")
		cancel()
		gradetest.Settle()
		r.loop.MustReturn(t, "the loop, when its context has ended")
	})
}

// TestSlowLoop has a body that takes its time: what is ready must wait, and no
// more may become ready than is allowed.
func TestSlowLoop(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex, args := &spawner{}, source{}
		got := 0
		for v, err := range executormap.Map(t.Context(), ex, task(double), args.upTo(endless), executormap.Options{Ahead: 4}) {
			require.NoError(t, err, "error that the loop gets")
			require.Equal(t, 2*got, v, "result number %d (from 0)", got)
			got++
			gradetest.Settle()
			require.LessOrEqual(t, ex.submitted.Total(), got+4, "calls submitted when the loop has %d results, with an Ahead of 4 and endless input", got)
			require.LessOrEqual(t, args.asked.Total(), got+4+1, "elements taken when the loop has %d results, with an Ahead of 4 and endless input", got)
			if got == 5 {
				break
			}
		}
		require.Equal(t, 5, got, "results that the loop got before it was left")
		gradetest.Settle()
		require.LessOrEqual(t, ex.submitted.Total(), 9, "calls submitted when the loop was left at its fifth result, with an Ahead of 4")
	})
}
