package timer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

// slow is a function that takes a while, and knows how often it was called,
// how often it came to its end, and how many calls ever overlapped.
type slow struct {
	counter
	takes time.Duration
	over  gradetest.InFlight
}

func (s *slow) run() {
	s.calls.Enter()
	time.Sleep(s.takes)
	s.over.Enter()
	s.calls.Leave()
}

// wait starts Wait in the background and lets it get as far as it can.
func wait(one *timer.Timer) *gradetest.Call[struct{}] {
	c := gradetest.GoDo(one.Wait)
	gradetest.Settle()
	return c
}

func TestWaitOutlastsTheCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: 10 * time.Second}
		one := timer.New(time.Second, s.run)
		one.Start()
		early := wait(one)
		time.Sleep(5 * time.Second)
		late := wait(one)
		early.MustWait(t, "Wait, called before the call began, while it runs")
		late.MustWait(t, "Wait, called while the call runs")
		time.Sleep(7 * time.Second)
		require.Equal(t, 1, s.over.Total(), "calls over, 12 s after Start of a timer of 1 s whose call takes 10 s")
		early.MustReturn(t, "Wait, called before the call began, after its end")
		late.MustReturn(t, "Wait, called while the call ran, after its end")
	})
}

func TestWaitAtRest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		wait(one).MustReturn(t, "Wait on a timer that was never started")
		one.Start()
		time.Sleep(2 * time.Second)
		wait(one).MustReturn(t, "Wait on a timer whose only call is over")
		one.Start()
		one.Cancel()
		wait(one).MustReturn(t, "Wait on a timer that was cancelled")
		one.Start()
		wait(one).MustWait(t, "Wait on a timer whose call is to come")
		finish(one)
	})
}

func TestCancelEndsEveryWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		every := timer.Every(time.Second, c.call)
		every.Start()
		waits := []*gradetest.Call[struct{}]{wait(every), wait(every), wait(every)}
		time.Sleep(3500 * time.Millisecond)
		for _, w := range waits {
			w.MustWait(t, "Wait on a periodic timer that nobody has cancelled")
		}
		every.Cancel()
		gradetest.Settle()
		for i, w := range waits {
			w.MustReturn(t, "Wait number "+string(rune('1'+i))+" of 3, after Cancel")
		}
	})
}

// TestCancelDoesNotWait calls every method but Wait while a call runs.
func TestCancelDoesNotWait(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: 10 * time.Second}
		one := timer.New(time.Second, s.run)
		one.Start()
		time.Sleep(2 * time.Second)
		var late, started, reset, inTime bool
		took := gradetest.Took(func() {
			late = one.Cancel()
			started = one.Start()
			reset = one.Reset(time.Minute)
			inTime = one.Cancel()
		})
		require.Less(t, took, time.Second, "time that Cancel, Start, Reset and Cancel take while a call runs")
		require.False(t, late, "Cancel while the only call runs")
		require.True(t, started, "Start while the only call runs")
		require.True(t, reset, "Reset after Start, while the only call runs")
		require.True(t, inTime, "Cancel after Reset, while an earlier call runs")
		require.Zero(t, s.over.Total(), "calls over a second after the call of 10 s began")
		one.Wait()
		require.Equal(t, 1, s.over.Total(), "calls over when Wait has returned: Cancel does not stop a call that runs")
		s.after(t, hour, 1, "of a timer that was started anew and cancelled while its call ran")
	})
}

// TestCancelsItself stops a periodic timer from within its third call.
func TestCancelsItself(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		var inTime bool
		var every *timer.Timer
		every = timer.Every(time.Second, func() {
			c.call()
			if c.calls.Total() == 3 {
				inTime = every.Cancel()
			}
		})
		every.Start()
		every.Wait()
		require.True(t, inTime, "Cancel of a periodic timer from within its third call")
		c.after(t, time.Minute, 3, "of a periodic timer that cancelled itself in its third call")
	})
}

// TestStartsItself makes a periodic timer out of a one-shot one.
func TestStartsItself(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		var started, late bool
		var one *timer.Timer
		one = timer.New(time.Second, func() {
			c.call()
			switch c.calls.Total() {
			case 1:
				started = one.Start()
			case 2:
				late = one.Reset(5 * time.Second)
			}
		})
		one.Start()
		waiting := wait(one)
		c.after(t, 2500*time.Millisecond, 2, "2.5 s after Start of a timer of 1 s that starts itself anew in its first call")
		waiting.MustWait(t, "Wait on a timer that was reset from within its call")
		c.after(t, 4*time.Second, 2, "4.5 s after the timer was reset to 5 s from within its call")
		c.after(t, time.Second, 3, "5.5 s after the timer was reset to 5 s from within its call")
		waiting.MustReturn(t, "Wait on a timer whose last call is over")
		require.True(t, started, "Start from within the only call")
		require.False(t, late, "Reset from within the only call")
	})
}

func TestCallsNeverOverlap(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: 2500 * time.Millisecond}
		every := timer.Every(time.Second, s.run)
		every.Start()
		time.Sleep(20 * time.Second)
		every.Cancel()
		every.Wait()
		require.Equal(t, 1, s.calls.Max(), "calls of one periodic timer at once, each longer than the period")
		require.Greater(t, s.over.Total(), 4, "calls over of a timer that calls every second, 2.5 s each, in 20 s")
	})
}

// TestCallAfterCall starts a timer anew while its call runs. The next call is
// due before that one is over, so it has to wait, but must not be lost.
func TestCallAfterCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: 5 * time.Second}
		one := timer.New(time.Second, s.run)
		one.Start()
		time.Sleep(2 * time.Second)
		require.True(t, one.Start(), "Start while the only call runs")
		one.Wait()
		require.Equal(t, 2, s.over.Total(), "calls over when Wait returns, of a timer that was started anew while its call ran")
		require.Equal(t, 1, s.calls.Max(), "calls of one timer at once, started anew while its call ran")
		s.after(t, hour, 2, "of a timer that was started twice")
	})
}

// TestResetDropsTheMissedCall resets a periodic timer while a call runs and
// another one is due: that one is cancelled with all that was still to come.
func TestResetDropsTheMissedCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: 2500 * time.Millisecond}
		every := timer.Every(time.Second, s.run)
		every.Start()
		time.Sleep(3 * time.Second) // one call runs, from 1 to 3.5 s
		require.True(t, every.Reset(10*time.Second), "Reset of a periodic timer while a call runs")
		s.after(t, 9*time.Second, 1, "9 s after Reset to 10 s; the one that had come due before was still to come, so Reset cancels it")
		s.after(t, 1500*time.Millisecond, 2, "10.5 s after Reset to 10 s")
		every.Cancel()
		every.Wait()
	})
}

func TestSlowCallHoldsUpNobody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := slow{takes: time.Minute}
		var c counter
		sluggish, every := timer.New(time.Second, s.run), timer.Every(time.Second, c.call)
		sluggish.Start()
		every.Start()
		time.Sleep(10500 * time.Millisecond)
		assert.Equal(t, 10, c.calls.Total(), "calls of a timer that calls every second, while a call of another timer takes a minute")
		assert.True(t, every.Cancel(), "Cancel of a periodic timer")
		assert.True(t, wait(every).Done(), "Wait has returned on a cancelled timer, while a call of another timer runs")
		sluggish.Wait()
		gradetest.Settle()
	})
}

// TestWaitSeesTheNarrowlyLate cancels at the very moment when the call is due.
// If that is too late, Wait must wait, even if the call has only just begun.
func TestWaitSeesTheNarrowlyLate(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		s := slow{takes: half}
		one := timer.New(time.Second, s.run)
		one.Start()
		time.Sleep(time.Second)
		one.Cancel()
		one.Wait()
		n := s.over.Total()
		s.after(t, hour, n, "an hour after a Cancel when the call was due; that many were over when Wait had returned")
	})
}

// TestWaitSeesTheLastOfMany does the same with a periodic timer.
func TestWaitSeesTheLastOfMany(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		s := slow{takes: half}
		every := timer.Every(time.Second, s.run)
		every.Start()
		time.Sleep(2 * time.Second)
		every.Cancel()
		every.Wait()
		n := s.over.Total()
		s.after(t, hour, n, "an hour after a Cancel when the second call was due; that many were over when Wait had returned")
	})
}
