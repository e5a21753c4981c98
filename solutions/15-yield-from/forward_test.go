package yieldfrom_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/15-yield-from"
)

type (
	coroutine = yieldfrom.Coroutine[int, int, int]
	yield     = yieldfrom.Yield[int, int]
	body      = func(yield) (int, error)
)

var (
	errSpam  = errors.New("spam")
	errEggs  = errors.New("eggs")
	errBacon = errors.New("bacon")
)

// chain puts depth delegations around leaf. Each adds one to its value.
func chain(depth int, leaf body) *coroutine {
	if depth == 0 {
		return yieldfrom.New(leaf)
	}
	return yieldfrom.New(func(y yield) (int, error) {
		value, err := yieldfrom.YieldFrom(y, chain(depth-1, leaf))
		if err != nil {
			return 0, err
		}
		return value + 1, nil
	})
}

// doubler yields 0 and then twice what it is sent, and notes what that was. It
// returns 1000 when it is sent a negative number.
func doubler(got *[]int) body {
	return func(y yield) (int, error) {
		for out := 0; ; {
			in, err := y(out)
			if err != nil {
				return 0, err
			}
			*got = append(*got, in)
			if in < 0 {
				return 1000, nil
			}
			out = 2 * in
		}
	}
}

// primed starts c and fails the test unless it yields want.
func primed(t *testing.T, c *coroutine, want int) *coroutine {
	t.Helper()
	out, err := c.Next()
	require.NoError(t, err, "the first Next")
	require.Equal(t, want, out, "what the first Next returns")
	return c
}

// requireOut demands a value of a call, and no error.
func requireOut(t *testing.T, want int, what string) func(out int, err error) {
	return func(out int, err error) {
		t.Helper()
		require.NoError(t, err, what)
		require.Equal(t, want, out, "what comes out: "+what)
	}
}

// requireDone demands that err is the end of a coroutine, with that value.
func requireDone[Ret any](t *testing.T, err error, want Ret, what string) {
	t.Helper()
	require.ErrorIs(t, err, yieldfrom.ErrDone, "error of "+what)
	var done *yieldfrom.Done[Ret]
	require.ErrorAs(t, err, &done, "error of "+what)
	require.Equal(t, want, done.Value, "value that comes with "+what)
}

func TestValuesGoDownAndUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 2, 5} {
			var got []int
			c := primed(t, chain(depth, doubler(&got)), 0)
			for _, in := range []int{7, 0, 21} {
				requireOut(t, 2*in, "Send through delegations")(c.Send(in))
			}
			requireOut(t, 0, "Next through delegations")(c.Next())
			requireOut(t, 6, "Send after Next")(c.Send(3))
			_, err := c.Send(-1)
			requireDone(t, err, 1000+depth, "the end of the innermost coroutine, with one more for each delegation")
			require.Equal(t, []int{7, 0, 21, 0, 3, -1}, got, "what the innermost coroutine was sent, through %d delegations", depth)
			require.Equal(t, yieldfrom.Closed, c.State(), "state after the end")
		}
	})
}

// TestNothingRunsInBetween: the delegating bodies wait until their subs end.
func TestNothingRunsInBetween(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var log []string
		inner := yieldfrom.New(func(y yield) (int, error) {
			for i := range 3 {
				log = append(log, "inner runs")
				if _, err := y(i); err != nil {
					return 0, err
				}
			}
			return 0, nil
		})
		outer := yieldfrom.New(func(y yield) (int, error) {
			log = append(log, "outer delegates")
			_, err := yieldfrom.YieldFrom(y, inner)
			log = append(log, "outer goes on")
			return 0, err
		})
		gradetest.Settle()
		require.Empty(t, log, "what has run before the first Next")
		for i := range 3 {
			requireOut(t, i, "Next through a delegation")(outer.Next())
			log = append(log, "caller")
			gradetest.Settle()
			require.Equal(t, yieldfrom.Suspended, inner.State(), "state of the inner coroutine between two calls")
		}
		_, err := outer.Next()
		requireDone(t, err, 0, "the last Next")
		require.Equal(t, yieldfrom.Closed, inner.State(), "state of the inner coroutine after its end")
		require.Equal(t, []string{
			"outer delegates", "inner runs", "caller", "inner runs", "caller", "inner runs", "caller", "outer goes on",
		}, log, "what has run, in order")
	})
}

func TestEndlessSub(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		steps := 0
		c := chain(2, func(y yield) (int, error) {
			for {
				steps++
				if _, err := y(steps); err != nil {
					return 0, err
				}
			}
		})
		for i := 1; i <= 5; i++ {
			requireOut(t, i, "Next of a sub-coroutine without an end")(c.Next())
			gradetest.Settle()
			require.Equal(t, i, steps, "steps of the innermost coroutine, after %d calls of Next", i)
		}
		require.NoError(t, c.Close(), "Close")
	})
}

// TestOneAfterTheOther delegates to several subs, and yields in between.
func TestOneAfterTheOther(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		upTo := func(n int) body {
			return func(y yield) (int, error) {
				for i := range n {
					if _, err := y(i); err != nil {
						return 0, err
					}
				}
				return n, nil
			}
		}
		var values []int
		c := yieldfrom.New(func(y yield) (int, error) {
			sum := 0
			for _, n := range []int{2, 0, 3} {
				value, err := yieldfrom.YieldFrom(y, chain(1, upTo(n)))
				if err != nil {
					return 0, err
				}
				values = append(values, value)
				if _, err := y(100 + n); err != nil {
					return 0, err
				}
				sum += value
			}
			return sum, nil
		})
		for _, want := range []int{0, 1, 102, 100, 0, 1, 2, 103} {
			requireOut(t, want, "Next")(c.Next())
		}
		_, err := c.Next()
		requireDone(t, err, 8, "the end, with the sum of three values")
		require.Equal(t, []int{3, 1, 4}, values, "what three YieldFroms returned")
	})
}

// TestSubInUse delegates to a coroutine that has been primed, and sent to, before.
func TestSubInUse(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		sub := primed(t, yieldfrom.New(doubler(&got)), 0)
		requireOut(t, 10, "Send before the delegation")(sub.Send(5))
		outer := yieldfrom.New(func(y yield) (int, error) { return yieldfrom.YieldFrom(y, sub) })
		primed(t, outer, 0)
		requireOut(t, 12, "Send through the delegation")(outer.Send(6))
		_, err := outer.Send(-1)
		requireDone(t, err, 1000, "the end of a sub-coroutine that was in use before")
		require.Equal(t, []int{5, 0, 6, -1}, got, "what the sub-coroutine was sent: before, when the delegation began, and through it")
	})
}

// TestSubThatHasEnded: its value went to somebody else.
func TestSubThatHasEnded(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ended := yieldfrom.New(func(yield) (int, error) { return 7, nil })
		_, err := ended.Next()
		requireDone(t, err, 7, "the end of a coroutine without yield")
		closed := yieldfrom.New(func(yield) (int, error) { return 7, nil })
		require.NoError(t, closed.Close(), "Close before Next")
		for _, sub := range []*coroutine{ended, closed} {
			outer := yieldfrom.New(func(y yield) (int, error) {
				value, err := yieldfrom.YieldFrom(y, sub)
				assert.ErrorIs(t, err, yieldfrom.ErrDone, "error of YieldFrom a sub-coroutine that is Closed")
				assert.Zero(t, value, "value of YieldFrom a sub-coroutine that is Closed")
				_, err = y(55)
				return 9, err
			})
			requireOut(t, 55, "yield after a YieldFrom that was refused")(outer.Next())
			_, err := outer.Next()
			requireDone(t, err, 9, "the end")
		}
	})
}

// TestSubThatRuns: a coroutine cannot delegate to itself, nor to one above it.
func TestSubThatRuns(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var outer *coroutine
		var errs []error
		inner := yieldfrom.New(func(y yield) (int, error) {
			value, err := yieldfrom.YieldFrom(y, outer)
			errs = append(errs, err)
			return value + 3, nil
		})
		outer = yieldfrom.New(func(y yield) (int, error) {
			value, err := yieldfrom.YieldFrom(y, outer)
			errs = append(errs, err)
			assert.Zero(t, value, "value of a delegation to oneself")
			return yieldfrom.YieldFrom(y, inner)
		})
		_, err := outer.Next()
		requireDone(t, err, 3, "the end of a coroutine that tried to delegate to itself, and below that again")
		require.Len(t, errs, 2, "delegations that were refused")
		for _, err := range errs {
			require.ErrorIs(t, err, yieldfrom.ErrRunning, "error of YieldFrom a coroutine that is running")
			require.NotErrorIs(t, err, yieldfrom.ErrDone, "error of YieldFrom a coroutine that is running")
		}
	})
}

func TestChainsAreSeparate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var first, second []int
		a, b := primed(t, chain(2, doubler(&first)), 0), primed(t, chain(3, doubler(&second)), 0)
		for i := range 4 {
			requireOut(t, 2*i, "Send to one of two chains")(a.Send(i))
			requireOut(t, 200*i, "Send to the other chain")(b.Send(100 * i))
		}
		_, err := a.Send(-1)
		requireDone(t, err, 1002, "the end of one of two chains")
		requireOut(t, 8, "Send to one chain when another has ended")(b.Send(4))
		require.NoError(t, b.Close(), "Close")
		require.Equal(t, []int{0, 1, 2, 3, -1}, first, "what one chain was sent")
		require.Equal(t, []int{0, 100, 200, 300, 4}, second, "what the other chain was sent")
	})
}

// TestAnyGoroutineMayCall resumes one chain from a new goroutine each time.
func TestAnyGoroutineMayCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := primed(t, chain(2, doubler(&got)), 0)
		for i := range 3 {
			out := gradetest.Go(func() int {
				out, err := c.Send(i)
				if err != nil {
					return -1
				}
				return out
			}).Wait()
			require.Equal(t, 2*i, out, "answer to a Send from another goroutine")
		}
		require.NoError(t, gradetest.Go(c.Close).Wait(), "Close from another goroutine")
		require.Equal(t, []int{0, 1, 2}, got, "what the innermost coroutine was sent")
	})
}

// TestTwoSendsMeet: each has an answer of its own or is refused.
func TestTwoSendsMeet(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		var got []int
		c := primed(t, chain(2, doubler(&got)), 0)
		type answer struct {
			out int
			err error
		}
		send := func(in int) *gradetest.Call[answer] {
			return gradetest.Go(func() answer { out, err := c.Send(in); return answer{out, err} })
		}
		calls := []*gradetest.Call[answer]{send(1), send(2)}
		var accepted []int
		for i, call := range calls {
			a := call.Wait()
			if a.err != nil {
				require.ErrorIs(t, a.err, yieldfrom.ErrRunning, "error of one of two Sends that meet")
				continue
			}
			accepted = append(accepted, i+1)
			require.Equal(t, 2*(i+1), a.out, "answer to one of two Sends that meet: twice what it sent")
		}
		require.NotEmpty(t, accepted, "accepted Sends, of two that meet")
		require.NoError(t, c.Close(), "Close")
		require.ElementsMatch(t, accepted, got, "what the innermost coroutine was sent, against what was accepted")
	})
}

func TestEachYieldsASequence(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		taken := 0
		c := yieldfrom.New(func(y yield) (int, error) {
			err := yieldfrom.YieldEach(y, func(put func(int) bool) {
				for taken < 3 {
					taken++
					if !put(10 * taken) {
						return
					}
				}
			})
			return 5, err
		})
		gradetest.Settle()
		require.Zero(t, taken, "values taken from the sequence before the first Next")
		requireOut(t, 10, "the first value of a sequence")(c.Next())
		gradetest.Settle()
		require.Equal(t, 1, taken, "values taken from the sequence after one Next")
		requireOut(t, 20, "the next value, by Send")(c.Send(99))
		requireOut(t, 30, "the next value, by Next")(c.Next())
		require.Equal(t, 3, taken, "values taken from the sequence after three calls")
		_, err := c.Next()
		requireDone(t, err, 5, "the end of the sequence")
	})
}
