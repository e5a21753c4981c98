package yieldfrom_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/15-yield-from"
)

// catcher yields 0, 1, 2 and so on, and catches what is thrown: upon errSpam it
// goes on with -1, upon errEggs it returns 1000, anything else ends it.
func catcher(caught *[]error) body {
	return func(y yield) (int, error) {
		_, err := y(0)
		for i := 1; ; i++ {
			if err != nil {
				*caught = append(*caught, err)
			}
			switch {
			case errors.Is(err, errSpam):
				_, err = y(-1)
			case errors.Is(err, errEggs):
				return 1000, nil
			case err != nil:
				return 0, err
			default:
				_, err = y(i)
			}
		}
	}
}

func TestThrowReachesTheInnermost(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 2, 4} {
			var caught []error
			c := primed(t, chain(depth, catcher(&caught)), 0)
			for i := range 2 {
				requireOut(t, 2*i+1, "Next")(c.Next())
				requireOut(t, -1, "Throw of an error that the innermost coroutine catches")(c.Throw(errSpam))
			}
			require.Len(t, caught, 2, "errors that the innermost coroutine has caught, through %d delegations", depth)
			_, err := c.Throw(errEggs)
			requireDone(t, err, 1000+depth, "a Throw upon which the innermost coroutine returns a value")
			require.Len(t, caught, 3, "errors that the innermost coroutine has caught, through %d delegations", depth)
			require.ErrorIs(t, caught[1], errSpam, "error that the innermost coroutine has caught")
			require.ErrorIs(t, caught[2], errEggs, "error that the innermost coroutine has caught")
		}
	})
}

// TestErrorsComeUp lets the middle one of three coroutines catch what the
// innermost one lets through.
func TestErrorsComeUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var caught, inMiddle []error
		middle := func(y yield) (int, error) {
			value, err := yieldfrom.YieldFrom(y, yieldfrom.New(catcher(&caught)))
			inMiddle = append(inMiddle, err)
			if value != 0 {
				return value, errors.New("a value beside an error")
			}
			if !errors.Is(err, errBacon) {
				return 0, err
			}
			if _, err = y(77); err != nil {
				return 0, err
			}
			return 5, nil
		}
		c := primed(t, chain(1, middle), 0)
		requireOut(t, 77, "Throw of an error that the innermost coroutine lets through and the middle one catches")(c.Throw(errBacon))
		_, err := c.Next()
		requireDone(t, err, 6, "the end, after an error that was caught on its way up")
		require.Len(t, caught, 1, "errors that the innermost coroutine has seen")
		require.Len(t, inMiddle, 1, "results of YieldFrom in the middle")
		require.ErrorIs(t, inMiddle[0], errBacon, "error of YieldFrom in the middle")

		c = primed(t, chain(3, catcher(&caught)), 0)
		_, err = c.Throw(errBacon)
		require.ErrorIs(t, err, errBacon, "error of a Throw that nobody catches")
		require.NotErrorIs(t, err, yieldfrom.ErrDone, "error of a Throw that nobody catches")
		require.Equal(t, yieldfrom.Closed, c.State(), "state after an error that nobody has caught")
	})
}

// TestSubFails: the error is the sub's own; nobody has thrown it.
func TestSubFails(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 3} {
			c := chain(depth, func(y yield) (int, error) {
				_, _ = y(1)
				return 7, errEggs
			})
			primed(t, c, 1)
			out, err := c.Send(1)
			require.ErrorIs(t, err, errEggs, "error of the Send upon which the innermost coroutine fails")
			require.NotErrorIs(t, err, yieldfrom.ErrDone, "error of the Send upon which the innermost coroutine fails")
			require.Zero(t, out, "value beside an error")
			require.Equal(t, yieldfrom.Closed, c.State(), "state after an error")
			_, err = chain(depth, func(yield) (int, error) { return 7, errEggs }).Next()
			require.ErrorIs(t, err, errEggs, "error of the Next upon which the innermost coroutine fails")
		}
	})
}

// cleaner yields once, and upon its end notes its name and returns what it is told.
func cleaner(log *[]string, name string, value int, err error) body {
	return func(y yield) (int, error) {
		defer func() { *log = append(*log, name) }()
		_, _ = y(1)
		return value, err
	}
}

func TestCloseUnwindsFromInside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var log []string
		inner := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "inner") }()
			_, err := y(1)
			assert.ErrorIs(t, err, yieldfrom.ErrExit, "error at the innermost yield, upon Close of the outermost coroutine")
			return 0, err
		})
		middle := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "middle") }()
			return yieldfrom.YieldFrom(y, inner)
		})
		outer := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "outer") }()
			value, err := yieldfrom.YieldFrom(y, middle)
			assert.ErrorIs(t, err, yieldfrom.ErrExit, "error of YieldFrom upon Close")
			assert.Zero(t, value, "value of YieldFrom upon Close")
			return value, err
		})
		primed(t, outer, 1)
		require.NoError(t, outer.Close(), "Close of the outermost coroutine")
		require.Equal(t, []string{"inner", "middle", "outer"}, log, "who has cleaned up, in order")
		for _, c := range []*coroutine{outer, middle, inner} {
			require.Equal(t, yieldfrom.Closed, c.State(), "state of each coroutine after Close of the outermost")
		}
		require.NoError(t, outer.Close(), "a second Close")
		require.Len(t, log, 3, "clean-ups after a second Close")
	})
}

// TestValueUponClose: Close asked for an end, not for a value.
func TestValueUponClose(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var log []string
		wentOn := false
		c := yieldfrom.New(func(y yield) (int, error) {
			value, err := yieldfrom.YieldFrom(y, yieldfrom.New(cleaner(&log, "sub", 7, nil)))
			wentOn = err == nil
			assert.ErrorIs(t, err, yieldfrom.ErrExit, "error of YieldFrom upon Close, with a sub-coroutine that returns a value")
			assert.Zero(t, value, "value of YieldFrom upon Close, with a sub-coroutine that returns one")
			return 0, err
		})
		primed(t, c, 1)
		require.NoError(t, c.Close(), "Close")
		require.False(t, wentOn, "whether the delegating body goes on after Close, because the sub-coroutine returned a value")
		require.Equal(t, []string{"sub"}, log, "who has cleaned up")
	})
}

func TestCloseFails(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 3} {
			var log []string
			c := primed(t, chain(depth, cleaner(&log, "sub", 0, errEggs)), 1)
			err := c.Close()
			require.ErrorIs(t, err, errEggs, "error of Close, with an innermost coroutine that cannot clean up")
			require.NotErrorIs(t, err, yieldfrom.ErrIgnoredExit, "error of Close, with an innermost coroutine that cannot clean up")
			require.Equal(t, yieldfrom.Closed, c.State(), "state after a Close that failed")
			require.Equal(t, []string{"sub"}, log, "who has cleaned up")
		}
	})
}

// TestCloseIgnored: the sub stays, those who delegate to it end.
func TestCloseIgnored(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		stubborn := yieldfrom.New(func(y yield) (int, error) {
			_, _ = y(1)
			_, err := y(2)
			return 0, err
		})
		outer := yieldfrom.New(func(y yield) (int, error) {
			value, err := yieldfrom.YieldFrom(y, stubborn)
			assert.ErrorIs(t, err, yieldfrom.ErrIgnoredExit, "error of YieldFrom upon Close, with a sub-coroutine that yields")
			assert.Zero(t, value, "value of YieldFrom upon Close, with a sub-coroutine that yields")
			return value, err
		})
		primed(t, outer, 1)
		require.ErrorIs(t, outer.Close(), yieldfrom.ErrIgnoredExit, "error of Close, with a sub-coroutine that yields")
		require.Equal(t, yieldfrom.Closed, outer.State(), "state of the outer coroutine, whose body has returned")
		require.Equal(t, yieldfrom.Suspended, stubborn.State(), "state of the sub-coroutine, which has yielded upon Close")
		require.NoError(t, stubborn.Close(), "Close of the sub-coroutine itself")
	})
}

// TestThrowOfExitCloses: the body cannot see who has said it.
func TestThrowOfExitCloses(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, exit := range []error{yieldfrom.ErrExit, fmt.Errorf("time is up: %w", yieldfrom.ErrExit)} {
			var log []string
			c := primed(t, chain(2, cleaner(&log, "sub", 7, nil)), 1)
			_, err := c.Throw(exit)
			require.ErrorIs(t, err, yieldfrom.ErrExit, "error of a Throw of ErrExit, with an innermost coroutine that returns a value")
			require.NotErrorIs(t, err, yieldfrom.ErrDone, "error of a Throw of ErrExit, with an innermost coroutine that returns a value")
			require.Equal(t, []string{"sub"}, log, "who has cleaned up")
			require.Equal(t, yieldfrom.Closed, c.State(), "state after a Throw of ErrExit")
		}
	})
}

func TestPanicsComeUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var log []string
		inner := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "inner") }()
			_, _ = y(1)
			panic("spam")
		})
		middle := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "middle") }()
			return yieldfrom.YieldFrom(y, inner)
		})
		outer := yieldfrom.New(func(y yield) (int, error) {
			defer func() { log = append(log, "outer") }()
			return yieldfrom.YieldFrom(y, middle)
		})
		primed(t, outer, 1)
		require.PanicsWithValue(t, "spam", func() { _, _ = outer.Send(1) }, "Send upon which the innermost coroutine panics")
		require.Equal(t, []string{"inner", "middle", "outer"}, log, "who has cleaned up, in order")
		for _, c := range []*coroutine{outer, middle, inner} {
			require.Equal(t, yieldfrom.Closed, c.State(), "state of each coroutine after a panic")
		}
	})
}

// counting is a sequence without an end that notes when it has cleaned up.
func counting(cleaned *bool) func(func(int) bool) {
	return func(put func(int) bool) {
		defer func() { *cleaned = true }()
		for i := 1; put(i); i++ {
		}
	}
}

// TestEachEndsUponAnError: a sequence has nothing that could catch it.
func TestEachEndsUponAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		cleaned := false
		c := chain(1, func(y yield) (int, error) {
			err := yieldfrom.YieldEach(y, counting(&cleaned))
			assert.ErrorIs(t, err, errSpam, "error of YieldEach upon a Throw")
			assert.True(t, cleaned, "whether the sequence has cleaned up when YieldEach returns")
			_, err = y(50)
			return 5, err
		})
		primed(t, c, 1)
		requireOut(t, 2, "Next")(c.Next())
		requireOut(t, 50, "Throw that ends a sequence, with a body that goes on")(c.Throw(errSpam))
		_, err := c.Next()
		requireDone(t, err, 6, "the end of a body that has caught an error")
	})
}

func TestEachIsClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		cleaned := false
		c := chain(1, func(y yield) (int, error) {
			err := yieldfrom.YieldEach(y, counting(&cleaned))
			assert.ErrorIs(t, err, yieldfrom.ErrExit, "error of YieldEach upon Close")
			return 0, err
		})
		primed(t, c, 1)
		require.NoError(t, c.Close(), "Close")
		require.True(t, cleaned, "whether the sequence has cleaned up when Close returns")
	})
}

func TestEachPanics(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := chain(1, func(y yield) (int, error) {
			return 0, yieldfrom.YieldEach(y, func(put func(int) bool) {
				put(1)
				panic("spam")
			})
		})
		primed(t, c, 1)
		require.PanicsWithValue(t, "spam", func() { _, _ = c.Next() }, "Next upon which the sequence panics")
		require.Equal(t, yieldfrom.Closed, c.State(), "state after a panic")
	})
}

// TestCloseMeetsSend: each does all of its work, down to the innermost
// coroutine, or is refused.
func TestCloseMeetsSend(t *testing.T) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		var got []int
		var log []string
		c := primed(t, chain(2, func(y yield) (int, error) {
			defer func() { log = append(log, "sub") }()
			return doubler(&got)(y)
		}), 0)
		closing := gradetest.Go(c.Close)
		sending := gradetest.Go(func() error { _, err := c.Send(4); return err })
		closed, sent := closing.Wait(), sending.Wait()
		require.True(t, closed == nil || errors.Is(closed, yieldfrom.ErrRunning), "Close that meets a Send returns nil or ErrRunning")
		switch {
		case sent == nil:
			require.Equal(t, []int{4}, got, "what the innermost coroutine was sent, by a Send that was accepted")
		default:
			require.True(t, errors.Is(sent, yieldfrom.ErrRunning) || errors.Is(sent, yieldfrom.ErrDone), "a Send that meets Close is refused with ErrRunning or ErrDone")
			require.Empty(t, got, "what the innermost coroutine was sent, by a Send that was refused")
		}
		if closed != nil {
			require.Empty(t, log, "who has cleaned up, when Close was refused")
			require.NoError(t, c.Close(), "Close")
		}
		require.Equal(t, []string{"sub"}, log, "who has cleaned up")
		require.Equal(t, yieldfrom.Closed, c.State(), "state after Close")
	})
}
