package coroutines_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

var (
	errSpam = errors.New("spam")
	errEggs = errors.New("eggs")
)

func TestThrowArrivesAtYield(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		type seen struct {
			in  int
			err error
		}
		var got []seen
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, string]) (int, error) {
			out := "first"
			for {
				in, err := yield(out)
				got = append(got, seen{in, err})
				switch {
				case errors.Is(err, coroutines.ErrExit):
					return 0, err
				case err != nil:
					out = "caught " + err.Error()
				default:
					out = "plain"
				}
			}
		}))
		_, err := c.Send(5)
		require.NoError(t, err, "Send")
		out, err := c.Throw(errSpam)
		require.NoError(t, err, "Throw, with a body that catches the error")
		require.Equal(t, "caught spam", out, "what Throw returns when the body catches the error: the next yield")
		require.Equal(t, coroutines.Suspended, c.State(), "state when the body has caught the error")
		out, err = c.Send(6)
		require.NoError(t, err, "Send after an error that was caught")
		require.Equal(t, "plain", out, "what Send returns after an error that was caught")
		shut(t, c)
		require.Equal(t, []seen{{5, nil}, {0, errSpam}, {6, nil}, {0, coroutines.ErrExit}}, got, "what yield returned in the body")
	})
}

func TestThrowNotCaught(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := primed(t, coroutines.New(doubler(&got)))
		out, err := c.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of Throw, with a body that lets it through")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of Throw, with a body that lets it through")
		require.Zero(t, out, "value of a Throw that ended the coroutine")
		requireOver(t, c)
		require.Empty(t, got, "what the body was sent")
	})
}

// failure is an error with something in it, to see that it comes out whole.
type failure struct{ code int }

func (f *failure) Error() string { return fmt.Sprintf("failure %d", f.code) }

func TestErrorsBubble(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		want := &failure{42}
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			_, err := yield(1)
			return 7, errors.Join(err, want)
		}))
		out, err := c.Send(1)
		var got *failure
		require.ErrorAs(t, err, &got, "error of the Send in which the body returns one")
		require.Same(t, want, got, "error of the Send in which the body returns one")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of the Send in which the body returns one")
		require.Zero(t, out, "value of the Send in which the body returns an error")
		requireOver(t, c)

		first := coroutines.New(func(coroutines.Yield[int, int]) (int, error) { return 7, errEggs })
		_, err = first.Next()
		require.ErrorIs(t, err, errEggs, "error of the Next in which the body returns one")
		var done *coroutines.Done[int]
		require.False(t, errors.As(err, &done), "whether an error of the body carries a value")
		requireOver(t, first)
	})
}

// TestErrorBecomesValue: what is thrown need not be what comes back.
func TestErrorBecomesValue(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		body := func(yield coroutines.Yield[int, int]) (string, error) {
			switch _, err := yield(1); {
			case errors.Is(err, errSpam):
				return "spam for lunch", nil
			case errors.Is(err, errEggs):
				return "", fmt.Errorf("no %w", err)
			default:
				return "", err
			}
		}
		c := primed(t, coroutines.New(body))
		_, err := c.Throw(errSpam)
		var done *coroutines.Done[string]
		require.ErrorAs(t, err, &done, "error of a Throw upon which the body returns a value")
		require.Equal(t, "spam for lunch", done.Value, "the value that the body returned")
		require.NotErrorIs(t, err, errSpam, "error of a Throw upon which the body returns a value")
		requireOver(t, c)

		c = primed(t, coroutines.New(body))
		_, err = c.Throw(errEggs)
		require.EqualError(t, err, "no eggs", "error of a Throw upon which the body returns another error")
		require.ErrorIs(t, err, errEggs, "error of a Throw upon which the body wraps the error")
		requireOver(t, c)

		c = primed(t, coroutines.New(body))
		_, err = c.Throw(coroutines.ErrExit)
		require.ErrorIs(t, err, coroutines.ErrExit, "error of a Throw of ErrExit that the body lets through")
		requireOver(t, c)
	})
}

func TestThrowBeforePriming(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		started := 0
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			started++
			_, err := yield(1)
			return 0, err
		})
		out, err := c.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of Throw before Next")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of Throw before Next")
		require.Zero(t, out, "value of Throw before Next")
		requireOver(t, c)
		gradetest.Settle()
		require.Zero(t, started, "how often a body started whose coroutine was ended by Throw before Next")
	})
}

func TestThrowAfterTheEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := coroutines.New(func(coroutines.Yield[int, int]) (int, error) { return 1, nil })
		_, err := c.Next()
		require.ErrorIs(t, err, coroutines.ErrDone, "error of the Next in which the body returns")
		_, err = c.Throw(errSpam)
		require.ErrorIs(t, err, errSpam, "error of Throw after the end")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of Throw after the end")
		requireOver(t, c)
	})
}

func TestThrowNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var got []int
		c := coroutines.New(doubler(&got))
		require.Panics(t, func() { _, _ = c.Throw(nil) }, "Throw of a nil error before Next")
		require.Equal(t, coroutines.Created, c.State(), "state after Throw of a nil error before Next")
		primed(t, c)
		require.Panics(t, func() { _, _ = c.Throw(nil) }, "Throw of a nil error")
		require.Equal(t, coroutines.Suspended, c.State(), "state after Throw of a nil error")
		require.Equal(t, answer{8, nil}, send(c, 4), "answer to a Send after Throw of a nil error")
		shut(t, c)
		require.Equal(t, []int{4}, got, "what the body was sent")
	})
}

func TestPanicsBubble(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		cleaned := 0
		body := func(yield coroutines.Yield[string, int]) (int, error) {
			defer func() { cleaned++ }()
			for {
				switch in, err := yield(1); {
				case err != nil:
					panic(err)
				case in != "":
					panic(in)
				}
			}
		}
		c := primed(t, coroutines.New(body))
		require.PanicsWithValue(t, "boom", func() { _, _ = c.Send("boom") }, "Send to a body that panics upon it")
		requireOver(t, c)
		require.NoError(t, c.Close(), "Close after a panic")

		c = primed(t, coroutines.New(body))
		require.PanicsWithValue(t, errSpam, func() { _, _ = c.Throw(errSpam) }, "Throw to a body that panics upon it")
		requireOver(t, c)

		c = primed(t, coroutines.New(body))
		require.PanicsWithValue(t, coroutines.ErrExit, func() { _ = c.Close() }, "Close of a body that panics upon it")
		requireOver(t, c)
		require.Equal(t, 3, cleaned, "deferred calls of three bodies that panicked")

		c = coroutines.New(func(coroutines.Yield[string, int]) (int, error) { panic("at once") })
		require.PanicsWithValue(t, "at once", func() { _, _ = c.Next() }, "Next of a body that panics at once")
		requireOver(t, c)
	})
}

// TestStrayDone forwards the end of an inner coroutine as an error, with its
// value and without.
func TestStrayDone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		inner := coroutines.New(func(coroutines.Yield[int, int]) (int, error) { return 5, nil })
		for _, what := range []string{"a Done with its value", "ErrDone without one"} {
			outer := coroutines.New(func(coroutines.Yield[int, int]) (int, error) {
				_, err := inner.Next()
				return 0, fmt.Errorf("inner: %w", err)
			})
			_, err := outer.Next()
			require.ErrorIs(t, err, coroutines.ErrStrayDone, "error when the body returns "+what)
			require.NotErrorIs(t, err, coroutines.ErrDone, "error when the body returns "+what)
			var done *coroutines.Done[int]
			require.False(t, errors.As(err, &done), "whether the caller sees the value of another coroutine, when the body returns "+what)
			requireOver(t, outer)
		}
	})
}
