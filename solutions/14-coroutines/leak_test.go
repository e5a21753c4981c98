package coroutines_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

// requireNobody demands that nothing runs or waits besides the test.
func requireNobody(t *testing.T, when string) {
	t.Helper()
	gradetest.Settle()
	require.Zero(t, gradetest.Goroutines(), "goroutines left "+when)
}

// TestForgottenBeforePriming makes coroutines that nobody ever starts.
func TestForgottenBeforePriming(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		coroutines.New(doubler(&got))
		requireNobody(t, "when a coroutine has been made and not started")

		closed := coroutines.New(doubler(&got))
		require.NoError(t, closed.Close(), "Close before Next")
		requireNobody(t, "when a coroutine has been closed and not started")

		thrown := coroutines.New(doubler(&got))
		_, err := thrown.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of Throw before Next")
		requireNobody(t, "when a coroutine was ended by Throw and not started")
	})
}

func TestSuspendedHoldsLittle(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := primed(t, coroutines.New(doubler(&got)))
		for n := range 20 {
			require.Equal(t, answer{2 * n, nil}, send(c, n), "answer to a Send")
		}
		gradetest.Settle()
		require.LessOrEqual(t, gradetest.Goroutines(), 1, "goroutines held by one suspended coroutine, after 20 Sends")
		shut(t, c)
		requireNobody(t, "when a coroutine has been closed")
	})
}

// TestEveryEndLeavesNothing lets a body end in every way there is.
func TestEveryEndLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		start := func() *coroutines.Coroutine[string, int, int] {
			return primed(t, coroutines.New(func(yield coroutines.Yield[string, int]) (int, error) {
				switch in, err := yield(1); {
				case err != nil:
					return 0, err
				case in == "panic":
					panic(in)
				case in == "fail":
					return 0, errEggs
				}
				return 5, nil
			}))
		}
		_, err := start().Send("return")
		require.ErrorIs(t, err, coroutines.ErrDone, "error of the Send in which the body returns")
		requireNobody(t, "when the body has returned a value")
		_, err = start().Send("fail")
		require.ErrorIs(t, err, errEggs, "error of the Send in which the body returns one")
		requireNobody(t, "when the body has returned an error")
		_, err = start().Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of a Throw that the body lets through")
		requireNobody(t, "when an error was thrown that the body let through")
		require.Panics(t, func() { _, _ = start().Send("panic") }, "Send to a body that panics upon it")
		requireNobody(t, "when the body has panicked")
		require.NoError(t, start().Close(), "Close")
		requireNobody(t, "when a coroutine has been closed")
	})
}
