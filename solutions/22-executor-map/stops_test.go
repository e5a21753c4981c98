package executormap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestErrorWaitsItsTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(executormap.Map(t.Context(), ex, task(failingAt(1)), upTo(3), executormap.Options{Ahead: 3}))
		ex.run(t, 1)
		r.mustGet(t, "when the second call has failed, while the first has not ended")
		ex.run(t, 0)
		r.mustEnd(t, "when the first call has ended and the second has failed", errBad, 0)
	})
}

func TestErrorCancelsTheRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(executormap.Map(t.Context(), ex, task(failingAt(0)), upTo(endless), executormap.Options{Ahead: 4}))
		before := ex.count()
		ex.run(t, 0)
		r.mustEnd(t, "when the first call has failed", errBad)
		require.LessOrEqual(t, ex.count(), before+1, "calls submitted when the first one has failed (one that was under way is tolerated)")
		ex.requireCancelled(t, 1)
	})
}

// TestRunningCallsGoOn: they cannot be stopped, so nobody waits for them.
func TestRunningCallsGoOn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		f := func(_ context.Context, n int) (int, error) {
			if n == 1 {
				<-release
				return 2, nil
			}
			return 0, errBad
		}
		ex := &byHand{}
		r := read(executormap.Map(t.Context(), ex, task(f), upTo(2), executormap.Options{Ahead: 2}))
		second := ex.call(t, 1)
		running := gradetest.Go(func() bool { return start(second) })
		gradetest.Settle()
		ex.run(t, 0)
		r.mustEnd(t, "when the first call has failed while the second runs", errBad)
		close(release)
		require.True(t, running.Wait(), "the call that ran when the loop ended could be run")
	})
}

func TestBreakCancelsTheRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		loop := gradetest.Go(func() (got int) {
			for range mapping(ex, endless, executormap.Options{Ahead: 4}) {
				got++
				break
			}
			return got
		})
		gradetest.Settle()
		ex.run(t, 0)
		require.Equal(t, 1, loop.MustReturn(t, "a loop that breaks at its first result"), "results that the loop got")
		ex.requireCancelled(t, 1)
	})
}

func TestPanicCancelsTheRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		loop := gradetest.Go(func() (caught any) {
			defer func() { caught = recover() }()
			for range mapping(ex, endless, executormap.Options{Ahead: 4}) {
				panic("body")
			}
			return nil
		})
		gradetest.Settle()
		ex.run(t, 0)
		require.Equal(t, "body", loop.MustReturn(t, "a loop whose body panics at its first result"), "value of the panic that comes out of the loop")
		ex.requireCancelled(t, 1)
	})
}

// TestRefusalWaitsItsTurn: what was taken over before is not lost.
func TestRefusalWaitsItsTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{limit: 2}
		r := read(mapping(ex, endless, executormap.Options{Ahead: 4}))
		r.mustGet(t, "when the third call was refused, while the first two have not ended")
		ex.run(t, 0)
		ex.run(t, 1)
		r.mustEnd(t, "when two calls have ended and the third was refused", executormap.ErrShutdown, 0, 2)
		require.Equal(t, 1, ex.refused, "calls that were submitted in vain, when Submit returns ErrShutdown")
	})
}

func TestCancelledBySomebodyElse(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(mapping(ex, 3, executormap.Options{Ahead: 3}))
		ex.run(t, 0)
		require.True(t, ex.call(t, 1).Cancel(), "Cancel of a call that has not begun")
		gradetest.Settle()
		r.mustEnd(t, "when one call has ended and the next was cancelled, as Close of the executor does", executormap.ErrCancelled, 0)
		ex.requireCancelled(t, 2)
	})
}

func TestContextEndsTheLoop(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		ctx, cancel := context.WithCancel(t.Context())
		r := read(executormap.Map(ctx, ex, task(double), upTo(endless), executormap.Options{Ahead: 3}))
		ex.run(t, 0)
		r.mustGet(t, "when one call has ended", 0)
		before := ex.count()
		cancel()
		gradetest.Settle()
		r.mustEnd(t, "when its context was cancelled", context.Canceled)
		require.Equal(t, before, ex.count(), "calls submitted by the end of the loop: as many as when its context ended")
		ex.requireCancelled(t, 1)
	})
}

// TestEndedContext has an executor that takes everything over, whatever its context.
func TestEndedContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ex := &spawner{}
		r := read(executormap.Map(ctx, ex, task(double), upTo(endless), executormap.Options{}))
		r.mustEnd(t, "with a context that has ended before", context.Canceled)
		require.Zero(t, ex.submitted.Total(), "calls submitted with a context that has ended before")
	})
}

// TestContextEndsInTheBody: what is ready may still come, and nothing new.
func TestContextEndsInTheBody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ex := &spawner{}
		var last item
		got := 0
		for v, err := range executormap.Map(ctx, ex, task(double), upTo(endless), executormap.Options{Ahead: 3}) {
			if last = (item{v, err}); err == nil {
				got++
			}
			if got == 2 {
				cancel()
			}
		}
		requireKind(t, context.Canceled, last)
		require.GreaterOrEqual(t, got, 2, "results that the loop got")
		require.LessOrEqual(t, got, 10, "results that the loop got when its context ended at the second, with an Ahead of 3")
		require.LessOrEqual(t, ex.submitted.Total(), 10, "calls submitted when the context ended at the second result, with an Ahead of 3")
	})
}

// TestContextEndsTheWaitForRoom: the executor is full.
func TestContextEndsTheWaitForRoom(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		hold := func(context.Context, int) (int, error) { <-release; return 0, nil }
		ctx, cancel := context.WithCancel(t.Context())
		r := read(executormap.Map(ctx, newPlaces(1), task(hold), upTo(3), executormap.Options{Ahead: 3}))
		cancel()
		gradetest.Settle()
		r.mustEnd(t, "when its context was cancelled while the executor had no room", context.Canceled)
		close(release)
	})
}

// TestErrorMeetsSubmit lets the first call fail while others are submitted:
// whatever the order, all that was submitted is cancelled in the end.
func TestErrorMeetsSubmit(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		ex := &firstOnly{}
		r := read(executormap.Map(context.Background(), ex, task(failingAt(0)), upTo(4), executormap.Options{Ahead: 2}))
		r.mustEnd(t, "when the first call has failed", errBad)
		ex.rest.requireCancelled(t, 0)
	})
}

// TestBreakMeetsSubmit leaves the loop while the next call may be on its way.
func TestBreakMeetsSubmit(t *testing.T) {
	gradetest.Stress(t, 10, func(t *testing.T) {
		ex := &firstOnly{}
		got := 0
		for range mapping(ex, 6, executormap.Options{Ahead: 2}) {
			got++
			break
		}
		gradetest.Settle()
		require.Equal(t, 1, got, "results that the loop got")
		ex.rest.requireCancelled(t, 0)
	})
}
