package yieldfrom_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/15-yield-from"
)

const (
	shallow = 20
	deep    = 500
)

// delegation is a way to delegate: yieldfrom.YieldFrom, or what it is measured against.
type delegation = func(yield, *coroutine) (int, error)

// tower is a chain whose levels delegate with via, through a yield of their own.
func tower(depth int, via delegation, wrap func(yield) yield, leaf body) *coroutine {
	if depth == 0 {
		return yieldfrom.New(leaf)
	}
	sub := tower(depth-1, via, wrap, leaf)
	return yieldfrom.New(func(y yield) (int, error) { return via(wrap(y), sub) })
}

func plain(y yield) yield { return y }

// relay is what it is measured against: it hands on, and does nothing else.
func relay(y yield, sub *coroutine) (int, error) {
	out, err := sub.Next()
	for err == nil {
		in, thrown := y(out)
		switch {
		case errors.Is(thrown, yieldfrom.ErrExit):
			return 0, errors.Join(sub.Close(), thrown)
		case thrown != nil:
			out, err = sub.Throw(thrown)
		default:
			out, err = sub.Send(in)
		}
	}
	return 0, err
}

// echo yields what it is sent, and -1 upon errSpam.
func echo(y yield) (int, error) {
	out := 0
	for {
		in, err := y(out)
		switch {
		case errors.Is(err, errSpam):
			out = -1
		case err != nil:
			return 0, err
		default:
			out = in
		}
	}
}

// TestEveryLevelIsPassedOnce counts the steps at each level.
func TestEveryLevelIsPassedOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 50} {
			yields := 0
			count := func(y yield) yield {
				return func(out int) (int, error) {
					yields++
					return y(out)
				}
			}
			c := primed(t, tower(depth, yieldfrom.YieldFrom[int, int, int], count, echo), 0)
			for i := range 10 {
				requireOut(t, i, "Send")(c.Send(i))
				requireOut(t, -1, "Throw of an error that is caught")(c.Throw(errSpam))
			}
			require.Equal(t, 21*depth, yields, "how often %d levels together have yielded, for 21 values of the innermost coroutine", depth)
			require.NoError(t, c.Close(), "Close")
			require.Equal(t, 21*depth, yields, "the same after Close")
		}
	})
}

// TestErrorsStayAsTheyAre: what grew by a little at each level would cost the
// square of the depth.
func TestErrorsStayAsTheyAre(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, depth := range []int{1, 50} {
			var below error
			c := primed(t, tower(depth, yieldfrom.YieldFrom[int, int, int], plain, func(y yield) (int, error) {
				_, below = y(0)
				return 0, errEggs
			}), 0)
			_, err := c.Throw(errSpam)
			require.True(t, below == errSpam, "the error that arrives through %d levels is the one that was thrown, as it is: %q", depth, fmt.Sprint(below))
			require.True(t, err == errEggs, "the error that comes up through %d levels is the one that the innermost coroutine returned, as it is: %q", depth, fmt.Sprint(err))
		}
	})
}

// TestPassesAtOnce: a value takes as long as the innermost body works for it.
func TestPassesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const step = 1234567 * time.Nanosecond
		c := chain(10, func(y yield) (int, error) {
			for {
				time.Sleep(step)
				if _, err := y(0); err != nil {
					time.Sleep(step)
					return 0, err
				}
			}
		})
		var err error
		for i, call := range []func(){func() { _, err = c.Next() }, func() { _, err = c.Send(1) }, func() { err = c.Close() }} {
			time.Sleep(time.Second)
			require.Equal(t, step, gradetest.Took(call), "time of call %d of Next, Send, Close through 10 levels, with an innermost body that works for 1.234567 ms", i+1)
			require.NoError(t, err, "call through 10 levels")
		}
	})
}

func TestSendGrowsWithTheDepth(t *testing.T) {
	requireLinear(t, "Send", func(c *coroutine) error {
		_, err := c.Send(1)
		return err
	})
}

func TestThrowGrowsWithTheDepth(t *testing.T) {
	requireLinear(t, "Throw", func(c *coroutine) error {
		_, err := c.Throw(errSpam)
		return err
	})
}

// requireLinear compares how the cost of a call grows from a shallow tower to a
// deep one with how it grows for a plain relay. The cost is processor time, the
// best of many tries: a busy machine makes a try dearer, and never cheaper.
func requireLinear(t *testing.T, what string, call func(*coroutine) error) {
	t.Helper()
	ways := []delegation{relay, yieldfrom.YieldFrom[int, int, int]}
	var cost [2][2]time.Duration // of as many passages through a level in each tower
	begin := cpu()
	growth := 0.0
	for round := range 16 {
		for w, via := range ways {
			for d, depth := range []int{shallow, deep} {
				took := costOf(t, tower(depth, via, plain, echo), 4*deep/depth, call)
				if round == 0 || took < cost[w][d] {
					cost[w][d] = took
				}
			}
		}
		growth = ratio(cost[1]) / ratio(cost[0])
		if round >= 4 && (growth < 4 || cpu()-begin > 600*time.Millisecond) {
			break
		}
	}
	require.Less(t, growth, 4.0, "growth of the cost that a %s has per level, from %d levels to %d, as a multiple of a plain relay's", what, shallow, deep)
}

// costOf uses a tower of its own each time: what a level costs may depend on all
// the delegations there are, and then there must be no others.
func costOf(t *testing.T, c *coroutine, calls int, call func(*coroutine) error) time.Duration {
	t.Helper()
	err := call(primed(t, c, 0))
	before := cpu()
	for range calls {
		err = errors.Join(err, call(c))
	}
	took := cpu() - before
	require.NoError(t, err, "call through a tower of delegations")
	require.NoError(t, c.Close(), "Close of a tower of delegations")
	return max(took, time.Microsecond)
}

func ratio(cost [2]time.Duration) float64 { return float64(cost[1]) / float64(cost[0]) }

// cpu is the processor time of this process, where its clock is fine enough.
func cpu() time.Duration {
	if runtime.GOOS == "windows" {
		return time.Duration(time.Now().UnixNano())
	}
	return gradetest.CPUTime()
}
