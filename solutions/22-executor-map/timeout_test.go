package executormap_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

// TestTimeoutCountsFromTheCall lets time pass between Map and the loop.
func TestTimeoutCountsFromTheCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		seq := executormap.Map(t.Context(), &spawner{}, task(sleeping(7*time.Second)), upTo(1), executormap.Options{Timeout: 10 * time.Second})
		time.Sleep(5 * time.Second)
		r := read(seq)
		time.Sleep(4 * time.Second)
		r.mustGet(t, "9 s after Map, with a time-out of 10 s")
		time.Sleep(2 * time.Second)
		r.mustEnd(t, "11 s after Map and 6 s after the beginning of the loop, with a time-out of 10 s", context.DeadlineExceeded)
		time.Sleep(2 * time.Second) // the function ends
	})
}

// TestTimeoutIsForAll has results every 4 s.
func TestTimeoutIsForAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		r := read(executormap.Map(t.Context(), newPlaces(1), task(sleeping(4*time.Second)), upTo(5), executormap.Options{Timeout: 10 * time.Second, Ahead: 1}))
		time.Sleep(9 * time.Second)
		r.mustGet(t, "9 s after Map, one result every 4 s", 0, 2)
		time.Sleep(2 * time.Second)
		r.mustEnd(t, "11 s after Map, with a time-out of 10 s for everything", context.DeadlineExceeded)
		time.Sleep(2 * time.Second)
	})
}

func TestTimeoutCancelsTheRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(executormap.Map(t.Context(), ex, task(double), upTo(endless), executormap.Options{Timeout: 10 * time.Second, Ahead: 3}))
		ex.run(t, 0)
		time.Sleep(11 * time.Second)
		r.mustEnd(t, "when one call has ended and the time is up", context.DeadlineExceeded, 0)
		ex.requireCancelled(t, 1)
	})
}

func TestTimeoutEndsTheWaitForRoom(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		r := read(executormap.Map(t.Context(), newPlaces(1), task(sleeping(time.Hour)), upTo(3), executormap.Options{Timeout: 10 * time.Second, Ahead: 3}))
		time.Sleep(11 * time.Second)
		r.mustEnd(t, "when the time is up while the executor has no room", context.DeadlineExceeded)
		time.Sleep(time.Hour)
	})
}

// TestTimeoutInTheBody: input without an end and a loop that does not stop.
func TestTimeoutInTheBody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var last item
		got := 0
		for v, err := range executormap.Map(t.Context(), &spawner{}, task(double), upTo(endless), executormap.Options{Timeout: 10 * time.Second, Ahead: 3}) {
			if last = (item{v, err}); err == nil {
				got++
				time.Sleep(4 * time.Second)
			}
		}
		requireKind(t, context.DeadlineExceeded, last)
		require.GreaterOrEqual(t, got, 3, "results that a loop of 4 s a turn gets, with a time-out of 10 s")
		require.LessOrEqual(t, got, 10, "results that a loop of 4 s a turn gets, with a time-out of 10 s and an Ahead of 3")
	})
}

func TestNoTimeout(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		got, err := collect(executormap.Map(t.Context(), &spawner{}, task(sleeping(30*time.Second)), upTo(2), executormap.Options{}))
		require.NoError(t, err, "error without a time-out, for calls of 30 s")
		require.Equal(t, doubles(2), got, "results of calls of 30 s, without a time-out")
	})
}

// TestEarlierDeadlineCounts: that of the context is the earlier one.
func TestEarlierDeadlineCounts(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := read(executormap.Map(ctx, &byHand{}, task(double), upTo(2), executormap.Options{Timeout: time.Hour}))
		time.Sleep(2 * time.Second)
		r.mustEnd(t, "2 s after Map, with a context of 1 s and a time-out of an hour", context.DeadlineExceeded)
	})
}
