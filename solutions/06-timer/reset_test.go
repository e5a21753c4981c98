package timer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

func TestResetPutsTheCallOff(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(2*time.Second, c.call)
		one.Start()
		for range 5 { // each Reset in time: the call never comes
			c.after(t, time.Second, 0, "while Reset puts the call off again and again")
			assert.True(t, one.Reset(2*time.Second), "Reset one second before the call")
		}
		c.after(t, 1500*time.Millisecond, 0, "1.5 s after the last Reset to 2 s")
		c.after(t, time.Second, 1, "2.5 s after the last Reset to 2 s")
		c.after(t, hour, 1, "in the end")
	})
}

func TestResetBringsTheCallForward(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(hour, c.call)
		one.Start()
		time.Sleep(time.Second)
		assert.True(t, one.Reset(time.Second), "Reset long before the call")
		c.after(t, half, 0, "half a second after Reset to 1 s")
		c.after(t, time.Second, 1, "1.5 s after Reset to 1 s")
		c.after(t, 2*hour, 1, "long after the time that Reset replaced")
		assert.False(t, one.Reset(0), "Reset long after the call")
		c.after(t, half, 2, "half a second after Reset to 0")
	})
}

func TestResetStartsAnew(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(hour, c.call)
		assert.False(t, one.Reset(time.Second), "Reset of a timer that was never started")
		c.after(t, 1500*time.Millisecond, 1, "1.5 s after Reset to 1 s")
		assert.False(t, one.Reset(time.Second), "Reset after the only call")
		c.after(t, 1500*time.Millisecond, 2, "1.5 s after the second Reset to 1 s")
		assert.True(t, one.Start(), "Start after the call")
		c.after(t, 1500*time.Millisecond, 3, "1.5 s after Start, with the interval set to 1 s by Reset")
		one.Start()
		assert.True(t, one.Cancel(), "Cancel before the fourth call")
		assert.False(t, one.Reset(time.Second), "Reset of a timer that was cancelled")
		c.after(t, 1500*time.Millisecond, 4, "1.5 s after Reset of a cancelled timer to 1 s")
		c.after(t, 2*hour, 4, "in the end")
	})
}

// TestCancelledTimeIsGone starts anew before the cancelled time is up: it must
// not ring in the middle of the new one.
func TestCancelledTimeIsGone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		one.Start()
		time.Sleep(half)
		require.True(t, one.Cancel(), "Cancel half a second before the call")
		require.True(t, one.Start(), "Start of a cancelled timer")
		c.after(t, 800*time.Millisecond, 0, "0.8 s after the second Start of a timer of 1 s, 1.3 s after the first")
		c.after(t, 400*time.Millisecond, 1, "1.2 s after the second Start of a timer of 1 s")
		c.after(t, hour, 1, "in the end")
	})
}

func TestResetBeginsANewGrid(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		every := timer.Every(time.Second, c.call)
		every.Start()
		c.after(t, 2500*time.Millisecond, 2, "2.5 s after Start of a timer that calls every second")
		assert.True(t, every.Reset(3*time.Second), "Reset of a periodic timer: there is always a call to come")
		c.after(t, 2500*time.Millisecond, 2, "2.5 s after Reset from 1 s to 3 s")
		c.after(t, time.Second, 3, "3.5 s after Reset from 1 s to 3 s")
		c.after(t, 3*time.Second, 4, "6.5 s after Reset from 1 s to 3 s")
		assert.True(t, every.Cancel(), "Cancel of a periodic timer")
		c.after(t, time.Minute, 4, "a minute after Cancel")
		assert.True(t, every.Start(), "Start of a cancelled timer")
		c.after(t, 3500*time.Millisecond, 5, "3.5 s after Start, with the interval set to 3 s by Reset")
		finish(every)
	})
}

// TestResetMeetsTheCall resets at the very moment when the call is due. If
// Reset says that it was in time, the old call must not come, nor take the
// place of the new one.
func TestResetMeetsTheCall(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		one.Start()
		time.Sleep(time.Second)
		before := 1
		if one.Reset(time.Second) {
			before = 0
		}
		c.after(t, half, before, "half a second after Reset, which came when the call was due (it says whether it was in time)")
		c.after(t, time.Second, before+1, "1.5 s after Reset to 1 s")
		c.after(t, hour, before+1, "in the end")
	})
}

// TestResetMeetsStart has both begin together: whichever comes first, the timer
// runs with the interval that Reset has set.
func TestResetMeetsStart(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var c counter
		one := timer.New(hour, c.call)
		starting := gradetest.Go(one.Start)
		inTime := one.Reset(time.Second)
		require.Equal(t, starting.Wait(), inTime, "whether Reset found the timer started, which is whether Start came first")
		c.after(t, half, 0, "half a second after Reset from 1 h to 1 s, which met a Start")
		c.after(t, time.Second, 1, "1.5 s after Reset from 1 h to 1 s, which met a Start")
		c.after(t, 2*hour, 1, "in the end")
	})
}
