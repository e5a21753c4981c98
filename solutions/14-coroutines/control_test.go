package coroutines_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

const step = 1234567 * time.Nanosecond

// TestControlPassesAtOnce: a call takes exactly as long as the body works.
func TestControlPassesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var resumed []time.Duration
		start := time.Now()
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			for i := range 3 {
				resumed = append(resumed, time.Since(start))
				time.Sleep(step)
				_, _ = yield(i)
			}
			resumed = append(resumed, time.Since(start))
			time.Sleep(step)
			return 0, nil
		})
		var err error
		calls := []func(){
			func() { _, err = c.Next() }, func() { _, err = c.Send(1) }, func() { _, err = c.Throw(errSpam) }, func() { _, err = c.Next() },
		}
		var want []time.Duration
		for i, call := range calls {
			time.Sleep(time.Second)
			want = append(want, time.Since(start))
			require.Equal(t, step, gradetest.Took(call), "time of call %d of Next, Send, Throw, Next, with a body that works for 1.234567 ms", i+1)
		}
		require.ErrorIs(t, err, coroutines.ErrDone, "error of the call in which the body returns")
		require.Equal(t, want, resumed, "when the body went on, against when it was resumed")
	})
}

// TestNothingRunsWhileSuspended gives the body an hour to run ahead.
func TestNothingRunsWhileSuspended(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		steps := 0
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			for {
				steps++
				if _, err := yield(steps); err != nil {
					steps++
					return 0, err
				}
			}
		})
		for want := range 4 {
			time.Sleep(time.Hour)
			synctest.Wait()
			require.Equal(t, want, steps, "steps of the body, an hour after call %d of Next", want)
			if want < 3 {
				out, err := c.Next()
				require.NoError(t, err, "Next")
				require.Equal(t, want+1, out, "what Next returns")
			}
		}
		require.NoError(t, c.Close(), "Close")
		require.Equal(t, 4, steps, "steps of the body, after Close")
	})
}

func TestCloseWaitsForTheCleanUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		cleaned := false
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			defer func() {
				time.Sleep(step)
				cleaned = true
			}()
			_, err := yield(1)
			return 0, err
		})
		_, err := c.Next()
		require.NoError(t, err, "Next")
		require.Equal(t, step, gradetest.Took(func() { err = c.Close() }), "time of Close, with a clean-up that takes 1.234567 ms")
		require.NoError(t, err, "Close")
		require.True(t, cleaned, "whether the clean-up is over when Close returns")
		require.Zero(t, gradetest.Took(func() { err = c.Close() }), "time of the second Close")
	})
}

// refusals calls everything there is on a coroutine that runs.
func refusals(c *coroutines.Coroutine[int, int, string]) []error {
	_, next := c.Next()
	_, send := c.Send(1)
	_, throw := c.Throw(errSpam)
	return []error{next, send, throw, c.Close()}
}

func requireRefused(t *testing.T, errs []error, who string) {
	t.Helper()
	require.Len(t, errs, 4, "refused calls")
	for i, name := range []string{"Next", "Send", "Throw", "Close"} {
		require.ErrorIs(t, errs[i], coroutines.ErrRunning, "error of "+name+who)
		require.NotErrorIs(t, errs[i], coroutines.ErrDone, "error of "+name+who)
		require.NotErrorIs(t, errs[i], errSpam, "error of "+name+who)
	}
}

// TestNoWayInFromInside: a body that calls its own coroutine would wait for
// itself.
func TestNoWayInFromInside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c *coroutines.Coroutine[int, int, string]
		var atFirst, later, atTheEnd []error
		c = coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
			defer func() { atTheEnd = refusals(c) }()
			atFirst = refusals(c)
			in, err := yield(1)
			later = refusals(c)
			if err == nil {
				_, err = yield(10 * in)
			}
			return "", err
		})
		_, err := c.Next()
		require.NoError(t, err, "Next of a body that has tried to enter itself")
		requireRefused(t, atFirst, " from inside the body")
		require.Equal(t, answer{70, nil}, send(c, 7), "answer to a Send upon which the body tries to enter itself")
		requireRefused(t, later, " from inside the body, after a yield")
		require.Equal(t, coroutines.Suspended, c.State(), "state when the body has tried to enter itself")
		require.NoError(t, c.Close(), "Close")
		requireRefused(t, atTheEnd, " from inside the clean-up")
		require.Equal(t, coroutines.Closed, c.State(), "state after Close")
		synctest.Wait()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when the coroutine has been closed, by calls that were refused")
	})
}

// TestNoWayInFromOutside: somebody else's call does not wait for the body to
// finish either.
func TestNoWayInFromOutside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
			for {
				time.Sleep(step)
				if _, err := yield(1); err != nil {
					time.Sleep(step)
					return "", err
				}
			}
		})
		during := func(what string, call func() error) {
			running := gradetest.Go(call)
			synctest.Wait()
			var errs []error
			require.Zero(t, gradetest.Took(func() { errs = refusals(c) }), "time of four refused calls during "+what)
			requireRefused(t, errs, " from another goroutine, during "+what)
			require.Equal(t, coroutines.Running, c.State(), "state during "+what)
			require.NoError(t, running.Wait(), what)
			require.Equal(t, step, running.Took(), "time of "+what+", with a body that works for 1.234567 ms")
		}
		during("Next", func() error { _, err := c.Next(); return err })
		during("Send", func() error { _, err := c.Send(1); return err })
		during("Close", c.Close)
		require.Equal(t, coroutines.Closed, c.State(), "state after Close")
	})
}

// TestNoWayInFromBelow: a coroutine that runs another one is running itself.
func TestNoWayInFromBelow(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var outer *coroutines.Coroutine[int, int, string]
		var errs []error
		inner := coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
			errs = refusals(outer)
			return "inner", nil
		})
		outer = coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
			_, err := inner.Next()
			if !errors.Is(err, coroutines.ErrDone) {
				return "", err
			}
			return "outer", nil
		})
		_, err := outer.Next()
		requireRefused(t, errs, " of the outer coroutine from inside the inner one")
		var done *coroutines.Done[string]
		require.ErrorAs(t, err, &done, "error of the Next in which the outer body returns")
		require.Equal(t, "outer", done.Value, "the value that the outer body returned")
	})
}

// TestWaitingIsFree has coroutines that wait to be resumed, and callers that
// wait for a body.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		gate := make(chan struct{})
		var all []*coroutines.Coroutine[int, int, int]
		var calls []*gradetest.Call[error]
		for range 2 {
			c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
				if _, err := yield(1); err != nil {
					return 0, err
				}
				<-gate
				_, err := yield(2)
				return 0, err
			})
			_, err := c.Next()
			require.NoError(t, err, "Next")
			all = append(all, c)
		}
		calls = append(calls, gradetest.Go(func() error { _, err := all[0].Next(); return err }))
		return func() {
			close(gate)
			for _, c := range calls {
				require.NoError(t, c.Wait(), "Next that had to wait for the body")
			}
			for _, c := range all {
				require.NoError(t, c.Close(), "Close")
			}
		}
	})
}
