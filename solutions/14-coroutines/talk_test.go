package coroutines_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

// doubler yields 0 and then twice what it is sent, and notes what that was. It
// returns when an error is thrown, with that error.
func doubler(got *[]int) func(coroutines.Yield[int, int]) (string, error) {
	return func(yield coroutines.Yield[int, int]) (string, error) {
		out := 0
		for {
			in, err := yield(out)
			if err != nil {
				return "", err
			}
			*got = append(*got, in)
			out = 2 * in
		}
	}
}

// primed starts c and fails the test if it does not reach a yield.
func primed[In, Out, Ret any](t *testing.T, c *coroutines.Coroutine[In, Out, Ret]) *coroutines.Coroutine[In, Out, Ret] {
	t.Helper()
	_, err := c.Next()
	require.NoError(t, err, "Next of a coroutine that was not started")
	require.Equal(t, coroutines.Suspended, c.State(), "state when the body has reached its first yield")
	return c
}

// shut ends c. It is for the end of a test, when nothing else runs.
func shut[In, Out, Ret any](t *testing.T, c *coroutines.Coroutine[In, Out, Ret]) {
	t.Helper()
	require.NoError(t, c.Close(), "Close of a coroutine whose body returns what yield returns")
	require.Equal(t, coroutines.Closed, c.State(), "state after Close")
}

// requireOver demands that there is nothing more to get from c, and that it
// says so without a value.
func requireOver[In, Out, Ret any](t *testing.T, c *coroutines.Coroutine[In, Out, Ret]) {
	t.Helper()
	var zero In
	for range 2 {
		require.Equal(t, coroutines.Closed, c.State(), "state after the end")
		_, err := c.Next()
		require.ErrorIs(t, err, coroutines.ErrDone, "error of Next after the end")
		var done *coroutines.Done[Ret]
		require.False(t, errors.As(err, &done), "whether Next after the end carries a value again")
		_, err = c.Send(zero)
		require.ErrorIs(t, err, coroutines.ErrDone, "error of Send after the end")
		require.False(t, errors.As(err, &done), "whether Send after the end carries a value again")
	}
}

func TestNothingBeforePriming(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		started := 0
		c := coroutines.New(func(yield coroutines.Yield[int, string]) (int, error) {
			started++
			_, err := yield("ready")
			return 0, err
		})
		gradetest.Settle()
		require.Equal(t, coroutines.Created, c.State(), "state of a new coroutine")
		for range 2 {
			out, err := c.Send(7)
			require.ErrorIs(t, err, coroutines.ErrNotPrimed, "error of Send before Next")
			require.NotErrorIs(t, err, coroutines.ErrDone, "error of Send before Next")
			require.Empty(t, out, "value of a refused Send")
			gradetest.Settle()
			require.Equal(t, coroutines.Created, c.State(), "state after a refused Send")
			require.Zero(t, started, "how often the body started before Next")
		}
		out, err := c.Next()
		require.NoError(t, err, "the first Next")
		require.Equal(t, "ready", out, "what the first Next returns: the first yield")
		require.Equal(t, 1, started, "how often the body started")
		shut(t, c)
	})
}

func TestValuesGoBothWays(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := primed(t, coroutines.New(doubler(&got)))
		for _, in := range []int{3, 0, -5, 21} {
			out, err := c.Send(in)
			require.NoError(t, err, "Send to a suspended coroutine")
			require.Equal(t, 2*in, out, "what Send returns: the next yield, twice what was sent")
			gradetest.Settle()
		}
		out, err := c.Next()
		require.NoError(t, err, "Next of a suspended coroutine")
		require.Zero(t, out, "what Next returns: the next yield, twice the zero value")
		require.Equal(t, []int{3, 0, -5, 21, 0}, got, "what yield returned in the body")
		shut(t, c)
	})
}

func TestStates(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c *coroutines.Coroutine[int, int, int]
		var inside []coroutines.State
		c = coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			defer func() { inside = append(inside, c.State()) }()
			for i := range 3 {
				inside = append(inside, c.State())
				if _, err := yield(i); err != nil {
					return 0, err
				}
			}
			return 0, nil
		})
		require.Equal(t, coroutines.Created, c.State(), "state before the first Next")
		for range 3 {
			_, err := c.Next()
			require.NoError(t, err, "Next of a body with three yields")
			require.Equal(t, coroutines.Suspended, c.State(), "state while the body waits at a yield")
		}
		_, err := c.Next()
		require.ErrorIs(t, err, coroutines.ErrDone, "error of the fourth Next, with three yields")
		require.Equal(t, coroutines.Closed, c.State(), "state after the end")
		require.Equal(t, slices.Repeat([]string{"Running"}, 4), names(inside), "states that the body saw")
	})
}

// names are for messages that a person reads; String is the submission's own.
func names(states []coroutines.State) (list []string) {
	for _, s := range states {
		name, known := map[coroutines.State]string{
			coroutines.Created: "Created", coroutines.Running: "Running", coroutines.Suspended: "Suspended", coroutines.Closed: "Closed",
		}[s]
		if !known {
			name = fmt.Sprintf("State(%d)", int(s))
		}
		list = append(list, name)
	}
	return list
}

func TestStatesHaveNames(t *testing.T) {
	for state, name := range map[coroutines.State]string{
		coroutines.Created: "CREATED", coroutines.Running: "RUNNING", coroutines.Suspended: "SUSPENDED", coroutines.Closed: "CLOSED",
	} {
		assert.Equal(t, name, state.String(), "name of a state")
	}
	var zero coroutines.State
	assert.Equal(t, coroutines.Created, zero, "the zero State")
}

func TestCoroutinesAreSeparate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var first, second []int
		a, b := primed(t, coroutines.New(doubler(&first))), primed(t, coroutines.New(doubler(&second)))
		for i := range 4 {
			out, err := a.Send(i)
			require.NoError(t, err, "Send to one of two coroutines")
			require.Equal(t, 2*i, out, "answer of one of two coroutines")
			out, err = b.Send(100 * i)
			require.NoError(t, err, "Send to the other coroutine")
			require.Equal(t, 200*i, out, "answer of the other coroutine")
		}
		shut(t, a)
		require.Equal(t, coroutines.Suspended, b.State(), "state of one coroutine when another one has ended")
		shut(t, b)
		require.Equal(t, []int{0, 1, 2, 3}, first, "what one coroutine was sent")
		require.Equal(t, []int{0, 100, 200, 300}, second, "what the other coroutine was sent")
	})
}

// TestInside runs a coroutine in the body of another one: both are Running
// while the inner body runs.
func TestInside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var outer, inner *coroutines.Coroutine[int, int, int]
		var states []coroutines.State
		inner = coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			in, err := 0, error(nil)
			for err == nil {
				states = append(states, outer.State(), inner.State())
				in, err = yield(10 * in)
			}
			return 0, err
		})
		outer = coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			defer inner.Close()
			out, err := inner.Next()
			for err == nil {
				states = append(states, outer.State(), inner.State())
				in, thrown := yield(out + 1)
				if thrown != nil {
					return 0, thrown
				}
				out, err = inner.Send(in)
			}
			return 0, err
		})
		primed(t, outer)
		require.Equal(t, coroutines.Suspended, inner.State(), "state of the inner coroutine when the outer one waits")
		out, err := outer.Send(4)
		require.NoError(t, err, "Send through two coroutines")
		require.Equal(t, 41, out, "what comes back through two coroutines")
		shut(t, outer)
		require.Equal(t, coroutines.Closed, inner.State(), "state of the inner coroutine when the clean-up of the outer one has closed it")
		run, wait := "Running", "Suspended"
		require.Equal(t, []string{run, run, run, wait, run, run, run, wait}, names(states), "states of outer and inner, seen by the inner body, then by the outer one")
	})
}

// TestAnyGoroutineMayCall resumes one coroutine from a new goroutine each time.
func TestAnyGoroutineMayCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := coroutines.New(doubler(&got))
		_, err := c.Next()
		require.NoError(t, err, "the first Next")
		for i := range 3 {
			sent := gradetest.Go(func() answer { return send(c, i) }).Wait()
			require.Equal(t, answer{2 * i, nil}, sent, "answer to a Send from another goroutine")
		}
		require.NoError(t, gradetest.Go(c.Close).Wait(), "Close from another goroutine")
		require.Equal(t, []int{0, 1, 2}, got, "what the body was sent")
	})
}

// answer is what a call returned.
type answer struct {
	out int
	err error
}

func send(c *coroutines.Coroutine[int, int, string], in int) answer {
	out, err := c.Send(in)
	return answer{out, err}
}

// TestTwoSendsMeet: a Send either has a turn of its own or is refused.
func TestTwoSendsMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var got []int
		c := primed(t, coroutines.New(doubler(&got)))
		calls := []*gradetest.Call[answer]{
			gradetest.Go(func() answer { return send(c, 1) }),
			gradetest.Go(func() answer { return send(c, 2) }),
		}
		var accepted []int
		for i, call := range calls {
			switch a := call.Wait(); a.err {
			case nil:
				accepted = append(accepted, i+1)
				require.Equal(t, 2*(i+1), a.out, "answer to one of two Sends that meet: twice what it sent")
			default:
				require.ErrorIs(t, a.err, coroutines.ErrRunning, "error of one of two Sends that meet")
				require.Zero(t, a.out, "value of a refused Send")
			}
		}
		require.NotEmpty(t, accepted, "accepted Sends, of two that meet")
		require.Equal(t, coroutines.Suspended, c.State(), "state after two Sends that met")
		shut(t, c)
		require.ElementsMatch(t, accepted, got, "what the body was sent, against what was accepted")
	})
}

// TestTwoNextsMeet: the body starts once.
func TestTwoNextsMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var started gradetest.InFlight
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			started.Enter()
			for i := 1; ; i++ {
				if _, err := yield(i); err != nil {
					return 0, err
				}
			}
		})
		next := func() answer { out, err := c.Next(); return answer{out, err} }
		first, second := gradetest.Go(next), gradetest.Go(next)
		var got []int
		for _, a := range []answer{first.Wait(), second.Wait()} {
			if a.err == nil {
				got = append(got, a.out)
				continue
			}
			require.ErrorIs(t, a.err, coroutines.ErrRunning, "error of one of two Nexts that meet")
		}
		slices.Sort(got)
		require.Equal(t, 1, started.Total(), "how often the body started, with two Nexts that meet")
		require.Contains(t, [][]int{{1}, {1, 2}}, got, "what two Nexts that meet return")
		require.Equal(t, coroutines.Suspended, c.State(), "state after two Nexts that met")
		shut(t, c)
	})
}
