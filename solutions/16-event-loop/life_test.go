package eventloop_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/16-event-loop"
)

var errWork = errors.New("the work went wrong")

func TestStopFinishesTheTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("first", j.Stop, j.Stop)
		j.soon("second", func() { j.soon("added") })
		j.later(0, "third")
		j.later(tenth, "later")
		j.run()
		j.called("in a turn whose first callback calls Stop", "first", "second", "third")
		j.later(2*tenth, "last", j.Stop)
		j.run()
		j.called("in the next run", "added", "later", "last")
	})
}

func TestStopBeforeTheRun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		start := time.Now()
		j.Stop()
		j.run()
		j.later(second, "later", j.Stop)
		j.soon("soon", func() { j.soon("added") })
		j.Stop()
		j.run()
		require.Less(t, time.Since(start), second/2, "time that two runs of one turn take, with a callback due after 1 s")
		j.called("in a run after Stop", "soon")
		j.run()
		j.called("in the next run, which nothing stops before", "added", "later")
	})
}

func TestRunUntilComplete(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		for _, want := range []error{errWork, nil} {
			start := time.Now()
			err := l.RunUntilComplete(func(done func(error)) {
				l.CallLater(tenth, func() { done(want) })
			})
			require.Equal(t, want, err, "result of RunUntilComplete, and what done was given 0.1 s later")
			require.GreaterOrEqual(t, time.Since(start), tenth, "time that RunUntilComplete takes")
		}
		require.Equal(t, errWork, l.RunUntilComplete(func(done func(error)) { done(errWork) }), "result of RunUntilComplete, and what done was given at once")
	})
}

func TestDoneFinishesTheTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("before")
		err := j.RunUntilComplete(func(done func(error)) {
			j.note("main")()
			j.soon("added")
			done(errWork)
			done(nil)
			done(errors.New("too late"))
		})
		require.Equal(t, errWork, err, "result of RunUntilComplete, with done called three times")
		j.called("in a turn in which done is called", "before", "main")
		j.turn()
		j.called("in the next run", "added")
	})
}

func TestDoneInAStoppedTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		for _, stopFirst := range []bool{true, false} {
			err := j.RunUntilComplete(func(done func(error)) {
				if stopFirst {
					j.Stop()
				}
				done(errWork)
				j.Stop()
			})
			require.Equal(t, errWork, err, "result of RunUntilComplete, with Stop and done in one turn")
		}
		j.Stop()
		require.NoError(t, j.RunUntilComplete(func(done func(error)) { done(nil) }), "RunUntilComplete after Stop, with done called in the only turn")
	})
}

func TestStoppedTooEarly(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.later(tenth, "stop", j.Stop)
		err := j.RunUntilComplete(func(done func(error)) { j.later(second, "done", func() { done(nil) }) })
		require.ErrorIs(t, err, eventloop.ErrStopped, "RunUntilComplete of a loop that is stopped before done is called")
		require.NotErrorIs(t, err, eventloop.ErrClosed, "RunUntilComplete of a loop that is stopped before done is called")
		j.Stop()
		require.ErrorIs(t, j.RunUntilComplete(func(func(error)) { j.note("main")() }), eventloop.ErrStopped, "RunUntilComplete after Stop, with done not called")
		j.called("until then", "stop", "main")
	})
}

// TestDoneTooLate calls the done of a run that is over in the next run.
func TestDoneTooLate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		var late func(error)
		j.Stop()
		require.ErrorIs(t, j.RunUntilComplete(func(done func(error)) { late = done }), eventloop.ErrStopped, "RunUntilComplete after Stop, with done not called")
		if late == nil {
			t.Fatal("RunUntilComplete after Stop did not call main")
		}
		j.soon("late", func() { late(errWork) })
		j.later(tenth, "stop", j.Stop)
		j.run()
		j.called("in a run in which the done of an earlier one is called", "late", "stop")
		err := j.RunUntilComplete(func(done func(error)) {
			late(errWork)
			j.later(tenth, "done", func() { done(nil) })
		})
		require.NoError(t, err, "RunUntilComplete, in which the done of an earlier one is called with an error, and then its own with nil")
		j.called("in that run", "done")
	})
}

func TestRunInARun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		refused := false
		j.soon("first", func() {
			assert.ErrorIs(t, j.RunForever(), eventloop.ErrRunning, "RunForever in a callback")
			assert.ErrorIs(t, j.Close(), eventloop.ErrRunning, "Close in a callback")
			err := j.RunUntilComplete(func(done func(error)) { j.note("main")(); done(nil) })
			assert.ErrorIs(t, err, eventloop.ErrRunning, "RunUntilComplete in a callback")
			assert.NotErrorIs(t, err, eventloop.ErrClosed, "RunUntilComplete in a callback")
			refused = true
		})
		j.later(tenth, "second", j.Stop)
		j.run()
		require.True(t, refused, "attempts in a callback to run or close the loop have returned")
		j.called("with attempts to run or close the loop in the first", "first", "second")
	})
}

// TestRunsMeet lets two goroutines run one loop. The other one is refused.
func TestRunsMeet(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		l := eventloop.New()
		one, two := gradetest.Go(l.RunForever), gradetest.Go(l.RunForever)
		time.Sleep(second)
		returned := 0
		for _, c := range []*gradetest.Call[error]{one, two} {
			if c.Done() {
				returned++
			}
		}
		require.Equal(t, 1, returned, "RunForevers that have returned, of two at once, with a loop that nobody has stopped")
		require.NoError(t, l.CallSoonThreadsafe(l.Stop), "CallSoonThreadsafe(Stop)")
		time.Sleep(second)
		errs := []error{one.MustReturn(t, "the first of two RunForevers, after Stop"), two.MustReturn(t, "the second of two RunForevers, after Stop")}
		require.ElementsMatch(t, []error{nil, eventloop.ErrRunning}, errs, "results of two RunForevers at once")
	})
}

func TestClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("soon")
		j.outside("outside")
		late := j.later(0, "later")
		require.NoError(t, j.Close(), "Close of a loop that does not run")
		require.NoError(t, j.Close(), "Close of a closed loop")
		late.Cancel()
		j.Stop()
		_, err := j.CallSoon(j.note("soon"))
		assert.ErrorIs(t, err, eventloop.ErrClosed, "CallSoon of a closed loop")
		_, err = j.CallLater(0, j.note("later"))
		assert.ErrorIs(t, err, eventloop.ErrClosed, "CallLater of a closed loop")
		_, err = j.CallAt(time.Now(), j.note("at"))
		assert.ErrorIs(t, err, eventloop.ErrClosed, "CallAt of a closed loop")
		assert.ErrorIs(t, j.RunForever(), eventloop.ErrClosed, "RunForever of a closed loop")
		err = j.RunUntilComplete(func(done func(error)) { j.note("main")(); done(nil) })
		assert.ErrorIs(t, err, eventloop.ErrClosed, "RunUntilComplete of a closed loop")
		assert.NotErrorIs(t, err, eventloop.ErrRunning, "RunUntilComplete of a closed loop")
		gradetest.Settle()
		require.Empty(t, j.names, "callbacks that a closed loop has called")
	})
}

func TestCloseAfterARun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		require.NoError(t, j.RunUntilComplete(func(done func(error)) { done(nil) }), "RunUntilComplete of something that is done with nil")
		j.later(tenth, "later")
		require.NoError(t, j.Close(), "Close after a run")
		require.ErrorIs(t, j.RunForever(), eventloop.ErrClosed, "RunForever of a closed loop")
		time.Sleep(second)
		require.Empty(t, j.names, "callbacks that a closed loop has called")
	})
}

// TestCloseMeetsRun begins both together. Either the loop was closed first and
// nothing runs, or the run came first and goes through.
func TestCloseMeetsRun(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		l := eventloop.New()
		var calls gradetest.InFlight
		_, err := l.CallSoon(func() { calls.Enter() })
		require.NoError(t, err, "CallSoon on an open loop")
		l.Stop()
		running := gradetest.Go(l.RunForever)
		closing := l.Close()
		switch run := running.Wait(); {
		case run == nil:
			require.Equal(t, 1, calls.Total(), "callbacks called by a RunForever that met a Close and has returned nil")
			if closing != nil {
				require.ErrorIs(t, closing, eventloop.ErrRunning, "Close that meets a RunForever")
			}
		default:
			require.ErrorIs(t, run, eventloop.ErrClosed, "RunForever that meets a Close")
			require.NoError(t, closing, "Close that comes before a RunForever")
			require.Zero(t, calls.Total(), "callbacks called by a RunForever that has returned ErrClosed")
		}
	})
}
