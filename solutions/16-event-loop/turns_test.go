package eventloop_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
)

func TestQueueKeepsItsOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		for i := range 10 {
			j.soon(strconv.Itoa(i))
		}
		j.turn()
		j.called("put in by CallSoon", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	})
}

// TestOneAtATime has callbacks of every kind that take a while each.
func TestOneAtATime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		var inside gradetest.InFlight
		slow := func() {
			inside.Enter()
			time.Sleep(tenth)
			inside.Leave()
		}
		for range 2 {
			j.soon("soon", slow)
			j.later(tenth/2, "later", slow)
			j.at(time.Now().Add(tenth/2), "at", slow)
			j.outside("outside", slow)
		}
		j.later(2*second, "stop", j.Stop)
		j.run()
		time.Sleep(second)
		require.Equal(t, 8, inside.Total(), "callbacks that were called")
		require.Equal(t, 1, inside.Max(), "callbacks that run at once")
	})
}

func TestInTheGoroutineThatRuns(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		var where []string
		here := func() { where = append(where, goroutine()) }
		j.soon("soon", here)
		j.outside("outside", here)
		j.later(tenth, "later", here)
		j.later(2*tenth, "last", here, j.Stop)
		j.run()
		me := goroutine()
		require.Equal(t, []string{me, me, me, me}, where, "numbers of the goroutines in which callbacks ran, with RunForever called in goroutine %s", me)
		where = nil
		require.NoError(t, j.RunUntilComplete(func(done func(error)) {
			here()
			done(nil)
		}), "RunUntilComplete of something that is done with nil")
		require.Equal(t, []string{me}, where, "number of the goroutine in which main ran, with RunUntilComplete called in goroutine %s", me)
	})
}

// TestAddedInATurn puts callbacks in during a turn, which is the last one of its
// run. They belong to the next turn, and so to the next run.
func TestAddedInATurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("first", j.Stop, func() { j.soon("added") })
		j.soon("second")
		j.run()
		j.called("in a turn in which CallSoon adds one", "first", "second")
		j.turn()
		j.called("in the turn after that", "added")
	})
}

func TestDueInATurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("first", j.Stop, func() {
			j.later(0, "now")
			j.later(-second, "at once")
			j.at(time.Now().Add(-2*second), "past")
		})
		j.soon("second")
		j.run()
		j.called("in a turn in which CallLater and CallAt add some that are due", "first", "second")
		j.turn()
		j.called("in the turn after that", "past", "at once", "now")
	})
}

// TestQueueThenClock has a callback that sleeps while three others fall due.
func TestQueueThenClock(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.later(6*tenth, "third")
		j.later(2*tenth, "first")
		j.at(time.Now().Add(4*tenth), "second")
		j.soon("slow", nap(second), func() { j.soon("soon") }, func() { j.outside("outside") }, j.Stop)
		j.run()
		j.called("in a turn whose only callback sleeps until others are due", "slow")
		j.turn()
		j.called("in the turn after that", "soon", "outside", "first", "second", "third")
	})
}

// TestNobodyStarves has a callback that puts itself in again and again.
func TestNobodyStarves(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		rounds := 0
		var again func()
		again = func() {
			time.Sleep(tenth)
			if rounds++; rounds < 30 {
				j.soon("again", again)
			}
		}
		j.soon("again", again)
		j.later(5*tenth, "stop", j.Stop)
		j.run()
		require.Positive(t, rounds, "rounds of a callback that puts itself in again")
		require.Less(t, rounds, 10, "rounds of 0.1 s of a callback that puts itself in again, while a callback due after 0.5 s stops the loop")
	})
}

func TestEarliestFirst(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		start := time.Now()
		j.later(6*tenth, "6", j.Stop)
		j.later(2*tenth, "2")
		j.at(start.Add(5*tenth), "5")
		j.at(start.Add(1*tenth), "1")
		j.later(4*tenth, "4")
		j.at(start.Add(3*tenth), "3")
		j.run()
		j.called("due after 0.1 to 0.6 s", "1", "2", "3", "4", "5", "6")
		require.GreaterOrEqual(t, time.Since(start), 6*tenth, "time until the last one was called")
	})
}

func TestNeverEarly(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		start := time.Now()
		var took []time.Duration
		look := func() { took = append(took, time.Since(start)) }
		j.later(3*tenth, "later", look)
		j.at(start.Add(6*tenth), "at", look, j.Stop)
		j.soon("soon")
		j.run()
		require.Len(t, took, 2, "callbacks of CallLater and CallAt that were called")
		assert.GreaterOrEqual(t, took[0], 3*tenth, "time until a callback of CallLater(0.3 s)")
		assert.GreaterOrEqual(t, took[1], 6*tenth, "time until a callback of CallAt(0.6 s from now)")
	})
}

func TestCancelled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		j.soon("soon")
		j.soon("cancelled soon").Cancel()
		gone := j.later(tenth, "cancelled later")
		j.later(2*tenth, "later", func() { gone.Cancel() })
		j.at(time.Now().Add(3*tenth), "cancelled at").Cancel()
		j.later(4*tenth, "stop", j.Stop)
		gone.Cancel()
		gone.Cancel()
		j.run()
		j.called("some of them cancelled", "soon", "later", "stop")
	})
}

// TestCancelledInItsTurn cancels what is in the turn already.
func TestCancelledInItsTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		second := j.later(0, "second")
		third := j.soon("third")
		j.soon("first", func() { second.Cancel() })
		j.soon("fourth")
		third.Cancel()
		fifth := j.later(0, "fifth")
		j.later(-10*tenth, "earlier", func() { fifth.Cancel() })
		j.soon("adds", func() { j.soon("cancelled in between").Cancel() })
		j.turn()
		j.called("with others of the same turn cancelled by them", "first", "fourth", "adds", "earlier")
		j.turn()
		require.Empty(t, j.names, "callbacks that were called in the turn after that")
	})
}

func TestCancelNextInQueue(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		var handles []func()
		j.soon("first", func() {
			for _, cancel := range handles {
				cancel()
			}
		})
		for _, name := range []string{"second", "third"} {
			handles = append(handles, j.soon(name).Cancel)
		}
		j.soon("fourth")
		j.turn()
		j.called("the first of which cancels the next two of the same turn", "first", "fourth")
	})
}

func TestCancelAfterTheCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		soon, later := j.soon("soon"), j.later(0, "later")
		j.turn()
		j.soon("second soon")
		j.later(0, "second later")
		soon.Cancel()
		later.Cancel()
		j.turn()
		j.called("with handles of calls that are over cancelled", "soon", "later", "second soon", "second later")
	})
}

// TestCancelSome cancels 40 of 60, all over the list of times.
func TestCancelSome(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		random := rand.New(rand.NewPCG(1, 2))
		cancels := make([]func(), 60)
		start := time.Now()
		for _, i := range random.Perm(60) {
			cancels[i] = j.at(start.Add(time.Minute+time.Duration(i)*second), strconv.Itoa(i)).Cancel
		}
		for _, i := range random.Perm(60) {
			if i%3 != 0 {
				cancels[i]()
			}
		}
		var want []string
		for i := 0; i < 60; i += 3 {
			want = append(want, strconv.Itoa(i))
		}
		j.soon("slow", nap(time.Hour), j.Stop)
		j.run()
		j.called("with none due", "slow")
		j.turn()
		j.called("of 60 times with 40 cancelled", want...)
	})
}

func TestRefusesNil(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j := newJournal(t)
		assert.Panics(t, func() { j.CallSoon(nil) }, "CallSoon(nil)")
		assert.Panics(t, func() { j.CallLater(second, nil) }, "CallLater(d, nil)")
		assert.Panics(t, func() { j.CallAt(time.Now(), nil) }, "CallAt(when, nil)")
		assert.Panics(t, func() { j.CallSoonThreadsafe(nil) }, "CallSoonThreadsafe(nil)")
		assert.Panics(t, func() { j.RunUntilComplete(nil) }, "RunUntilComplete(nil)")
		j.soon("soon")
		j.turn()
		j.called("after some panics because of nil", "soon")
	})
}
