package eventloop_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/16-event-loop"
)

// TestOutsideWakes calls from outside while the loop waits, without anything to
// come and then with something that is due much later.
func TestOutsideWakes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		for _, what := range []string{"with nothing else to do", "with a callback due after 2 s"} {
			running := gradetest.Go(j.RunForever)
			time.Sleep(tenth)
			running.MustWait(t, "RunForever of a loop that nobody has stopped")
			j.outside("first")
			time.Sleep(tenth)
			running.MustWait(t, "RunForever of a loop that nobody has stopped")
			j.outside("last", j.Stop)
			time.Sleep(tenth)
			require.NoError(t, running.MustReturn(t, "RunForever, 0.1 s after CallSoonThreadsafe(Stop), "+what), "RunForever of a loop that is stopped")
			j.called(what, "first", "last")
			j.later(2*second, "later")
		}
		require.NoError(t, j.Close(), "Close of a loop that does not run")
	})
}

func TestOutsideKeepsItsOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("1")
		j.outside("2")
		j.soon("3", func() {
			j.outside("5")
			j.soon("6")
			j.outside("7", j.Stop)
		})
		j.outside("4")
		j.run()
		j.called("put in by CallSoon and CallSoonThreadsafe in turn", "1", "2", "3", "4", "5", "6", "7")
	})
}

// TestOutsideBelongsToTheNextTurn calls from a callback and, during a turn, from another goroutine.
func TestOutsideBelongsToTheNextTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("first", j.Stop, func() { j.outside("from inside") }, func() {
			gradetest.GoDo(func() { j.outside("from outside") }).Wait()
		})
		j.soon("second")
		j.run()
		j.called("in a turn in which CallSoonThreadsafe adds some", "first", "second")
		j.turn()
		j.called("in the turn after that", "from inside", "from outside")
	})
}

// TestOutsideNeverWaits calls two thousand times while nobody runs the loop, and
// as often from a callback. If a call waits, it waits for ever.
func TestOutsideNeverWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		const many = 2000
		calls := 0
		put := func() {
			for range many {
				assert.NoError(t, l.CallSoonThreadsafe(func() { calls++ }), "CallSoonThreadsafe on an open loop")
			}
		}
		put()
		l.Stop()
		require.NoError(t, l.RunForever(), "RunForever of a loop that is stopped")
		require.Equal(t, many, calls, "callbacks that were called in one turn, of those that were put in before")
		require.NoError(t, l.CallSoonThreadsafe(put), "CallSoonThreadsafe on an open loop")
		l.Stop()
		require.NoError(t, l.RunForever(), "RunForever of a loop that is stopped")
		l.Stop()
		require.NoError(t, l.RunForever(), "RunForever of a loop that is stopped")
		require.Equal(t, 2*many, calls, "callbacks that were called, with as many put in by a callback")
	})
}

// TestOutsideMeetsWaiting calls just when the loop begins to wait: at the
// beginning, and again and again when it has nothing more to do.
func TestOutsideMeetsWaiting(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l := eventloop.New()
		running := gradetest.Go(l.RunForever)
		for range 8 {
			called := make(chan struct{}, 1)
			require.NoError(t, l.CallSoonThreadsafe(func() { called <- struct{}{} }), "CallSoonThreadsafe on an open loop")
			select {
			case <-called:
			case <-time.After(second):
				t.Fatal("a callback that was put in from outside, about when the loop began to wait, was not called within 1 s")
			}
		}
		require.NoError(t, l.CallSoonThreadsafe(l.Stop), "CallSoonThreadsafe(Stop)")
		time.Sleep(second)
		require.NoError(t, running.MustReturn(t, "RunForever, 1 s after CallSoonThreadsafe(Stop)"), "RunForever of a loop that is stopped")
	})
}

// TestTwoFromOutsideMeetWaiting calls from two goroutines just then.
func TestTwoFromOutsideMeetWaiting(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l := eventloop.New()
		var calls gradetest.InFlight
		running := gradetest.Go(l.RunForever)
		call := func() error {
			return l.CallSoonThreadsafe(func() {
				if calls.Enter() == 2 {
					l.Stop()
				}
			})
		}
		calling := gradetest.Go(call)
		require.NoError(t, call(), "CallSoonThreadsafe on an open loop")
		time.Sleep(second)
		require.NoError(t, calling.MustReturn(t, "CallSoonThreadsafe"), "CallSoonThreadsafe on an open loop")
		require.Equal(t, 2, calls.Total(), "callbacks that were called, with two put in from outside about when the loop began to wait")
		require.NoError(t, running.MustReturn(t, "RunForever, after Stop"), "RunForever of a loop that is stopped")
	})
}

// TestOutsideMeetsStop calls at the moment when the loop stops: what is put in
// runs in this run or in the next.
func TestOutsideMeetsStop(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l := eventloop.New()
		var calls gradetest.InFlight
		running := gradetest.Go(func() error {
			return l.RunUntilComplete(func(done func(error)) { done(nil) })
		})
		require.NoError(t, l.CallSoonThreadsafe(func() { calls.Enter() }), "CallSoonThreadsafe on an open loop")
		require.NoError(t, running.Wait(), "RunUntilComplete of something that is done with nil")
		l.Stop()
		require.NoError(t, l.RunForever(), "RunForever of a loop that is stopped")
		require.Equal(t, 1, calls.Total(), "calls of a callback that was put in from outside while the loop stopped, in that run and the next")
	})
}

func TestOutsideAfterClose(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		require.NoError(t, l.RunUntilComplete(func(done func(error)) { done(nil) }), "RunUntilComplete of something that is done with nil")
		require.NoError(t, l.Close(), "Close of a loop that does not run")
		for i := range 3 {
			calling := gradetest.Go(func() error {
				return l.CallSoonThreadsafe(func() { t.Error("a closed loop has called a callback") })
			})
			gradetest.Settle()
			err := calling.MustReturn(t, "CallSoonThreadsafe no. "+strconv.Itoa(i+1)+" of a closed loop")
			require.ErrorIs(t, err, eventloop.ErrClosed, "CallSoonThreadsafe of a closed loop")
			require.NotErrorIs(t, err, eventloop.ErrRunning, "CallSoonThreadsafe of a closed loop")
		}
	})
}

// TestOutsideMeetsClose calls while another goroutine closes the loop.
func TestOutsideMeetsClose(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l := eventloop.New()
		calling := gradetest.Go(func() error {
			return l.CallSoonThreadsafe(func() { t.Error("a closed loop has called a callback") })
		})
		require.NoError(t, l.Close(), "Close of a loop that does not run")
		time.Sleep(second)
		if err := calling.MustReturn(t, "CallSoonThreadsafe that meets a Close"); err != nil {
			require.ErrorIs(t, err, eventloop.ErrClosed, "CallSoonThreadsafe that meets a Close")
		}
		require.ErrorIs(t, l.CallSoonThreadsafe(func() {}), eventloop.ErrClosed, "CallSoonThreadsafe of a closed loop")
	})
}
