package eventloop_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/16-event-loop"
)

// clock notes at what time after its start callbacks are called.
type clock struct {
	start time.Time
	times []time.Duration
}

func newClock() *clock { return &clock{start: time.Now()} }

func (c *clock) look() { c.times = append(c.times, time.Since(c.start)) }

func TestOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j, c := newJournal(t), newClock()
		j.at(c.start.Add(7*odd), "last", c.look, j.Stop)
		j.later(3*odd, "second", c.look)
		j.soon("soon", c.look)
		j.later(3*odd+1, "a nanosecond later", c.look)
		j.later(odd, "first", c.look, func() { j.later(odd, "between", c.look) })
		j.run()
		c.look()
		require.Equal(t, []time.Duration{0, odd, 2 * odd, 3 * odd, 3*odd + 1, 7 * odd, 7 * odd}, c.times,
			"times of callbacks due at once, at 1, 2 and 3 times 1.234567 ms, a nanosecond after that, at 7 times, and of the return")
	})
}

// TestEqualTimes has 60 callbacks for three times, put in all mixed up, and some
// of them cancelled.
func TestEqualTimes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		start := time.Now()
		var got, want []int
		var cancels []func()
		for i := range 60 {
			due, f := time.Duration(i*7%3+1)*odd, func() { got = append(got, i) }
			h, err := l.CallAt(start.Add(due), f)
			if i%2 == 0 {
				h.Cancel()
				h, err = l.CallLater(due, f)
			}
			require.NoError(t, err, "CallLater or CallAt on an open loop")
			cancels = append(cancels, h.Cancel)
		}
		for i := 4; i < 60; i += 5 {
			cancels[i]()
		}
		for due := range 3 {
			for i := range 60 {
				if i*7%3 == due && i%5 != 4 {
					want = append(want, i)
				}
			}
		}
		l.CallLater(3*odd, l.Stop)
		require.NoError(t, l.RunForever(), "RunForever of a loop that is stopped")
		require.Equal(t, want, got, "order of callbacks due at three times, those of one time in the order of CallAt and CallLater")
	})
}

// TestLaterCountsFromNow has a callback that takes 5 ms before it calls CallLater.
func TestLaterCountsFromNow(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j, c := newJournal(t), newClock()
		j.soon("slow", nap(5*msec), func() { j.later(10*msec, "later", c.look, j.Stop) })
		j.run()
		require.Equal(t, []time.Duration{15 * msec}, c.times, "time of a callback due 10 ms after CallLater, called 5 ms after its turn began")
	})
}

func TestWakesOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j, c := newJournal(t), newClock()
		j.later(9*odd, "stop", c.look, j.Stop)
		running := gradetest.Go(j.RunForever)
		time.Sleep(odd)
		j.outside("outside", c.look, func() { j.later(odd, "overtakes", c.look) })
		time.Sleep(2 * odd)
		j.outside("outside again", c.look)
		require.NoError(t, running.Wait(), "RunForever of a loop that is stopped")
		require.Equal(t, []time.Duration{odd, 2 * odd, 3 * odd, 9 * odd}, c.times,
			"times of callbacks, in units of 1.234567 ms: from outside at 1, due one later, from outside at 3, and due at 9 from the beginning")
	})
}

// TestLateOnesComeAtOnce has a callback that sleeps over the times of others.
func TestLateOnesComeAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		j, c := newJournal(t), newClock()
		for _, d := range []time.Duration{6, 2, 4, 15} {
			j.later(d*msec, "late", c.look)
		}
		j.later(20*msec, "stop", j.Stop)
		j.soon("slow", nap(10*msec))
		j.run()
		require.Equal(t, []time.Duration{10 * msec, 10 * msec, 10 * msec, 15 * msec}, c.times, "times of callbacks due at 2, 4, 6 and 15 ms, with another one running until 10 ms")
	})
}

// TestTurnsTakeNoTime goes through a thousand turns.
func TestTurnsTakeNoTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		took := gradetest.Took(func() {
			require.NoError(t, l.RunUntilComplete(func(done func(error)) {
				left := 1000
				var again func()
				again = func() {
					switch left--; {
					case left == 0:
						done(nil)
					case left%3 == 0:
						l.CallLater(0, again)
					case left%3 == 1:
						l.CallSoonThreadsafe(again)
					default:
						l.CallSoon(again)
					}
				}
				again()
			}), "RunUntilComplete of something that is done with nil")
		})
		require.Zero(t, took, "time that a thousand turns take")
	})
}

func TestCompleteOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := eventloop.New()
		var err error
		took := gradetest.Took(func() {
			err = l.RunUntilComplete(func(done func(error)) {
				l.CallLater(odd, func() { done(context.Canceled) })
				l.CallLater(time.Hour, func() {})
			})
		})
		require.ErrorIs(t, err, context.Canceled, "result of RunUntilComplete, and what done was given")
		require.Equal(t, odd, took, "time that RunUntilComplete takes, with done called after 1.234567 ms")
	})
}

func TestIdleIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		var loops []*eventloop.Loop
		var runs []*gradetest.Call[error]
		for i := range 3 {
			l := eventloop.New()
			switch i {
			case 1: // something is due in an hour
				l.CallLater(time.Hour, func() {})
			case 2: // what was due is cancelled, what was soon is over
				h, _ := l.CallLater(20*time.Millisecond, func() {})
				h.Cancel()
				l.CallSoonThreadsafe(func() {})
			}
			loops = append(loops, l)
			runs = append(runs, gradetest.Go(l.RunForever))
		}
		return func() {
			for i, l := range loops {
				l.CallSoonThreadsafe(l.Stop)
				runs[i].Wait()
				l.Close()
			}
		}
	})
}
