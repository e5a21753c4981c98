package yieldfrom_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/15-yield-from"
)

// requireNobody demands that nothing runs or waits besides the test.
func requireNobody(t *testing.T, when string) {
	t.Helper()
	gradetest.Settle()
	require.Zero(t, gradetest.Goroutines(), "goroutines left "+when)
}

func TestUnstartedLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := chain(3, doubler(&got))
		requireNobody(t, "when a chain has been made and not started")
		require.NoError(t, c.Close(), "Close before Next")
		requireNobody(t, "when a chain has been closed before Next")
		yieldfrom.Grouper()
		yieldfrom.Walk(garden())
		requireNobody(t, "when a Grouper and a Walk have been made and not started")
	})
}

// TestEveryEndLeavesNothing ends chains in every way there is.
func TestEveryEndLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		start := func(value int, err error) *coroutine {
			var log []string
			return primed(t, chain(3, cleaner(&log, "sub", value, err)), 1)
		}
		_, err := start(5, nil).Send(1)
		requireDone(t, err, 8, "the end of the innermost coroutine")
		requireNobody(t, "when the innermost coroutine has returned a value")
		_, err = start(0, errEggs).Send(1)
		require.ErrorIs(t, err, errEggs, "error of the innermost coroutine")
		requireNobody(t, "when the innermost coroutine has returned an error")
		_, err = start(0, errSpam).Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error that was thrown")
		requireNobody(t, "when an error was thrown that nobody caught")
		require.NoError(t, start(0, yieldfrom.ErrExit).Close(), "Close")
		requireNobody(t, "when a chain has been closed")
		require.NoError(t, start(5, nil).Close(), "Close")
		requireNobody(t, "when a chain has been closed and the innermost coroutine has returned a value")
		_ = start(0, errEggs).Close()
		requireNobody(t, "when a chain has been closed and the innermost coroutine has failed")
	})
}

func TestPanicLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := primed(t, chain(3, func(y yield) (int, error) {
			_, _ = y(1)
			panic("spam")
		}), 1)
		require.PanicsWithValue(t, "spam", func() { _, _ = c.Next() }, "Next upon which the innermost coroutine panics")
		requireNobody(t, "when the innermost coroutine has panicked")
	})
}

// TestRefusalLeavesNothing delegates to what cannot be resumed.
func TestRefusalLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		closed := yieldfrom.New(func(yield) (int, error) { return 7, nil })
		require.NoError(t, closed.Close(), "Close before Next")
		outer := chain(1, func(y yield) (int, error) { return yieldfrom.YieldFrom(y, closed) })
		_, _ = outer.Next()
		require.Equal(t, yieldfrom.Closed, outer.State(), "state of a coroutine whose sub-coroutine was Closed")
		requireNobody(t, "when the sub-coroutine was Closed")
	})
}

func TestEachLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		start := func() *coroutine {
			return primed(t, chain(1, func(y yield) (int, error) {
				cleaned := false
				return 0, yieldfrom.YieldEach(y, counting(&cleaned))
			}), 1)
		}
		_, err := start().Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of a Throw to a sequence")
		requireNobody(t, "when an error was thrown at a sequence")
		require.NoError(t, start().Close(), "Close")
		requireNobody(t, "when a sequence was closed")
	})
}

// TestWalkLeavesNothing breaks walks off at every node.
func TestWalkLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for steps := 1; steps <= 9; steps++ {
			for _, end := range []func(*walk) error{(*walk).Close, func(w *walk) error { _, err := w.Throw(errSpam); return err }} {
				w := yieldfrom.Walk(garden())
				for range steps {
					_, err := w.Next()
					require.NoError(t, err, "Next of a walk")
				}
				if err := end(w); err != nil {
					require.ErrorIs(t, err, errSpam, "error of a Throw to a walk")
				}
				require.Equal(t, yieldfrom.Closed, w.State(), "state of a walk that was broken off")
			}
		}
		requireNobody(t, "when walks were broken off at each of nine nodes")
		walkOn(t, yieldfrom.Walk(garden()), "bh")
		requireNobody(t, "when a walk has come to its end")
	})
}

func TestGrouperLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		two := 2.0
		start := func() *grouper {
			g := newGrouper(t)
			_, err := g.Send(&two)
			require.NoError(t, err, "Send to a Grouper")
			_, err = g.Send(nil)
			require.NoError(t, err, "Send of the sentinel to a Grouper")
			return g
		}
		_, err := start().Send(nil)
		requireDone(t, err, []yieldfrom.Average{{Count: 1, Mean: 2}}, "the end of an empty group")
		requireNobody(t, "when a Grouper has come to its end")
		require.NoError(t, start().Close(), "Close of a Grouper")
		requireNobody(t, "when a Grouper has been closed")
		_, err = start().Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of a Throw to a Grouper")
		requireNobody(t, "when an error was thrown at a Grouper")
	})
}
