package timer_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

func TestCancelTooLate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		one.Start()
		c.after(t, 1500*time.Millisecond, 1, "1.5 s after Start of a timer of 1 s")
		require.False(t, one.Cancel(), "Cancel half a second after the only call")
		c.after(t, hour, 1, "in the end")
	})
}

func TestCancelTwice(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		one.Start()
		time.Sleep(half)
		assert.True(t, one.Cancel(), "Cancel half a second before the call")
		assert.False(t, one.Cancel(), "Cancel of a timer that is cancelled already")
		c.after(t, hour, 0, "of a timer that was cancelled in time")
		assert.False(t, one.Cancel(), "Cancel long after the first Cancel")
	})
}

func TestCancelEndsEvery(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		every := timer.Every(time.Second, c.call)
		every.Start()
		c.after(t, 2500*time.Millisecond, 2, "2.5 s after Start of a timer that calls every second")
		assert.True(t, every.Cancel(), "Cancel of a periodic timer: there is always a call to come")
		assert.False(t, every.Cancel(), "Cancel of a periodic timer that is cancelled already")
		c.after(t, hour, 2, "an hour after Cancel, with 2 before")
	})
}

// TestCancelMeetsTheCall cancels at the very moment when the call is due. Who
// comes first is left to chance; but what Cancel says must be true.
func TestCancelMeetsTheCall(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		one.Start()
		time.Sleep(time.Second)
		inTime := one.Cancel()
		time.Sleep(hour)
		if inTime {
			require.Zero(t, c.calls.Total(), "calls after Cancel has said that it was in time")
		} else {
			require.Equal(t, 1, c.calls.Total(), "calls after Cancel has said that it was too late")
		}
	})
}

// TestOneCancelCounts has two cancel at the very moment when the call is due:
// either one of them was in time, or the call is made.
func TestOneCancelCounts(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		var c counter
		var inTime gradetest.InFlight
		var all sync.WaitGroup
		one := timer.New(time.Second, c.call)
		one.Start()
		for range 2 {
			all.Go(func() {
				time.Sleep(time.Second)
				if one.Cancel() {
					inTime.Enter()
				}
			})
		}
		all.Wait()
		time.Sleep(hour)
		require.Equal(t, 1, c.calls.Total()+inTime.Total(), "calls and Cancels in time together, of two Cancels when the call is due")
	})
}

// TestCancelEveryMeetsTheCall cancels a periodic timer when its second call is
// due. That one may or may not be made; none may come after it.
func TestCancelEveryMeetsTheCall(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		var c counter
		every := timer.Every(time.Second, c.call)
		every.Start()
		time.Sleep(2 * time.Second)
		require.True(t, every.Cancel(), "Cancel of a periodic timer: there is always a call to come")
		time.Sleep(half)
		n := c.calls.Total()
		require.Contains(t, []int{1, 2}, n, "calls of a timer that was cancelled when its second call was due")
		c.after(t, hour, n, "an hour after Cancel; there were as many half a second after it")
	})
}

// TestCancelMeetsStart has both begin together. If Cancel says that it was in
// time, it came after Start, and there is no call; otherwise it came before.
func TestCancelMeetsStart(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		starting := gradetest.Go(one.Start)
		inTime := one.Cancel()
		require.True(t, starting.Wait(), "Start that meets a Cancel")
		want := 1
		if inTime {
			want = 0
		}
		c.after(t, hour, want, "after a Start that met a Cancel (none if Cancel says that it was in time)")
	})
}

// TestCancelMeetsTheEnd cancels a periodic timer about when a call ends.
func TestCancelMeetsTheEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var c counter
		goOn := make(chan struct{})
		every := timer.Every(time.Second, func() { c.call(); <-goOn })
		every.Start()
		time.Sleep(time.Second + half)
		require.Equal(t, 1, c.calls.Total(), "calls begun 1.5 s after Start of a timer that calls every second")
		cancelling := gradetest.Go(every.Cancel)
		close(goOn)
		require.True(t, cancelling.Wait(), "Cancel of a periodic timer as a call ends: there is always a call to come")
		c.after(t, 10*time.Second, 1, "after Cancel as the first call of a periodic timer ended")
		finish(every)
	})
}
