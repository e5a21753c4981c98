package timer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

// log notes when calls begin. The n-th call takes takes[n], none beyond the list.
// A timer's calls do not overlap, so it needs no lock.
type log struct {
	start  time.Time
	begins []time.Duration
	takes  []time.Duration
}

func newLog(takes ...time.Duration) *log { return &log{start: time.Now(), takes: takes} }

func (l *log) call() {
	l.begins = append(l.begins, time.Since(l.start))
	if n := len(l.begins); n <= len(l.takes) {
		time.Sleep(l.takes[n-1])
	}
}

const (
	msec = time.Millisecond
	odd  = 1234567 * time.Nanosecond
)

func TestCallsOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := newLog()
		one := timer.New(odd, l.call)
		one.Start()
		one.Wait()
		one.Start()
		time.Sleep(odd / 2)
		one.Reset(2 * odd)
		one.Wait()
		require.Equal(t, []time.Duration{odd, odd + odd/2 + 2*odd}, l.begins,
			"times of the calls of a timer of 1.234567 ms: after Start, and after a Reset to 2.469134 ms half way to the second call")
	})
}

func TestAtOnceIsAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := newLog()
		one := timer.New(0, l.call)
		took := gradetest.Took(func() {
			one.Start()
			one.Wait()
			one.Reset(-time.Second)
			one.Wait()
		})
		require.Len(t, l.begins, 2, "calls of a timer that is due at once")
		require.Zero(t, took, "time that two calls take that are due at once")
	})
}

// TestNoDrift has calls that take most of the period, each a different time.
func TestNoDrift(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const period = 7*msec + 1
		var takes, want []time.Duration
		for i := range 100 {
			takes = append(takes, time.Duration(i%7)*msec)
			want = append(want, time.Duration(i+1)*period)
		}
		l := newLog(takes...)
		every := timer.Every(period, l.call)
		every.Start()
		time.Sleep(100*period + period/2)
		every.Cancel()
		every.Wait()
		require.Equal(t, want, l.begins, "times of 100 calls of a timer with a period of 7.000001 ms, whose calls take 0 to 6 ms")
	})
}

func TestLateCallsKeepTheGrid(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := newLog(25*msec, 8*msec, 0, 12*msec)
		every := timer.Every(10*msec, l.call)
		every.Start()
		time.Sleep(85 * msec)
		every.Cancel()
		every.Wait()
		require.Equal(t, []time.Duration{10 * msec, 35 * msec, 43 * msec, 50 * msec, 62 * msec, 70 * msec, 80 * msec}, l.begins,
			"times of the calls of a timer with a period of 10 ms, whose first calls take 25, 8, 0 and 12 ms")
	})
}

func TestResetCountsFromNow(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := newLog(0, 6*msec)
		every := timer.Every(10*msec, l.call)
		every.Start()
		time.Sleep(23 * msec) // the second call runs, from 20 to 26 ms
		every.Reset(7 * msec)
		time.Sleep(20 * msec)
		every.Cancel()
		every.Wait()
		require.Equal(t, []time.Duration{10 * msec, 20 * msec, 30 * msec, 37 * msec}, l.begins,
			"times of the calls of a timer with a period of 10 ms that was reset to 7 ms at 23 ms, while a call ran")
	})
}

func TestWaitReturnsOnTheDot(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := newLog(odd)
		one := timer.New(odd, l.call)
		one.Start()
		require.Equal(t, 2*odd, gradetest.Took(one.Wait), "time that Wait takes after Start of a timer of 1.234567 ms whose call takes as long")
		one.Start()
		waiting := gradetest.GoDo(one.Wait)
		time.Sleep(odd / 2)
		one.Cancel()
		require.Equal(t, odd/2, waiting.Took(), "time that Wait takes until Cancel, half way to the call")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		release := make(chan struct{})
		running := timer.New(time.Microsecond, func() { <-release })
		timers := []*timer.Timer{running, timer.New(half, func() {}), timer.Every(half, func() {})}
		var waits []*gradetest.Call[struct{}]
		for _, one := range timers {
			one.Start()
			waits = append(waits, gradetest.GoDo(one.Wait))
		}
		return func() {
			close(release)
			for i, one := range timers {
				one.Cancel()
				waits[i].Wait()
			}
		}
	})
}
