package timer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

// counter counts calls. It orders nothing, so it hides no race.
type counter struct{ calls gradetest.InFlight }

func (c *counter) call() {
	c.calls.Enter()
	c.calls.Leave()
}

// after lets d of virtual time pass and demands that there were want calls by then.
func (c *counter) after(t *testing.T, d time.Duration, want int, what string) {
	t.Helper()
	time.Sleep(d)
	require.Equal(t, want, c.calls.Total(), "calls %s", what)
}

// finish stops a timer at the end of a test, and lets its goroutines end.
func finish(one *timer.Timer) {
	one.Cancel()
	gradetest.Settle()
}

const (
	half = time.Second / 2
	hour = time.Hour
)

func TestCallsOnceWhenTimeIsUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		require.True(t, one.Start(), "Start of a timer that was not started")
		c.after(t, half, 0, "half a second after Start of a timer of 1 s")
		c.after(t, time.Second, 1, "1.5 s after Start of a timer of 1 s")
		c.after(t, hour, 1, "an hour after Start of a timer of 1 s")
	})
}

func TestNothingBeforeStart(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one, every := timer.New(time.Second, c.call), timer.Every(time.Second, c.call)
		c.after(t, 10*time.Second, 0, "of timers that were never started")
		require.False(t, one.Cancel(), "Cancel of a one-shot timer that was never started")
		require.False(t, every.Cancel(), "Cancel of a periodic timer that was never started")
		require.True(t, one.Start(), "first Start, after 10 s")
		c.after(t, half, 0, "half a second after Start of a timer of 1 s")
		c.after(t, time.Second, 1, "1.5 s after Start of a timer of 1 s")
	})
}

func TestSecondStartChangesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		assert.True(t, one.Start(), "first Start")
		c.after(t, 600*time.Millisecond, 0, "0.6 s after Start of a timer of 1 s")
		assert.False(t, one.Start(), "Start of a timer that is started already")
		c.after(t, 700*time.Millisecond, 1, "1.3 s after the first Start of a timer of 1 s, started again at 0.6 s")
		c.after(t, hour, 1, "an hour after Start of a timer of 1 s, started again at 0.6 s")
	})
}

func TestStartsAnewAfterTheCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		for i := range 3 {
			require.True(t, one.Start(), "Start number %d, each after the call before", i+1)
			c.after(t, half, i, "half a second after Start of a timer of 1 s")
			c.after(t, time.Second, i+1, "1.5 s after Start of a timer of 1 s")
		}
		c.after(t, hour, 3, "of a timer of 1 s that was started three times")
	})
}

// TestStartNeverWaits has the function wait for Start to return.
func TestStartNeverWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, d := range []time.Duration{0, -time.Second} {
			var c counter
			started := make(chan struct{})
			one := timer.New(d, func() { <-started; c.call() })
			require.True(t, one.Start(), "Start of a timer of %v", d)
			close(started)
			c.after(t, half, 1, "half a second after Start of a timer that is due at once")
			c.after(t, hour, 1, "an hour after Start of a timer that is due at once")
		}
	})
}

func TestCallsAgainAndAgain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		every := timer.Every(time.Second, c.call)
		require.True(t, every.Start(), "Start of a timer that was not started")
		c.after(t, half, 0, "half a second after Start of a timer that calls every second")
		c.after(t, time.Second, 1, "1.5 s after Start of a timer that calls every second")
		require.False(t, every.Start(), "Start of a periodic timer that is started already")
		for i := 2; i <= 10; i++ {
			c.after(t, time.Second, i, "one second later, every second one more")
		}
		finish(every)
	})
}

func TestTwoTimersAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var a, b counter
		one, every := timer.New(2*time.Second, a.call), timer.Every(3*time.Second, b.call)
		one.Start()
		every.Start()
		time.Sleep(10 * time.Second)
		require.Equal(t, 1, a.calls.Total(), "calls of a timer of 2 s, after 10 s")
		require.Equal(t, 3, b.calls.Total(), "calls of a timer that calls every 3 s, after 10 s")
		require.False(t, one.Cancel(), "Cancel of the timer that has made its call")
		require.True(t, every.Cancel(), "Cancel of the other timer")
		gradetest.Settle()
	})
}

func TestRefusesNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := func() {}
		assert.Panics(t, func() { timer.New(time.Second, nil) }, "New with a nil function")
		assert.Panics(t, func() { timer.Every(time.Second, nil) }, "Every with a nil function")
		assert.Panics(t, func() { timer.Every(0, f) }, "Every with a period of 0")
		assert.Panics(t, func() { timer.Every(-time.Second, f) }, "Every with a negative period")
		assert.NotPanics(t, func() { timer.New(-time.Second, f) }, "New with a negative time")
		assert.NotPanics(t, func() { timer.New(time.Second, f).Cancel() }, "Cancel of a fresh timer")

		gate := make(chan struct{}) // keeps a timer that was reset to 0 from calling for ever
		every := timer.Every(time.Second, func() { <-gate })
		assert.Panics(t, func() { every.Reset(0) }, "Reset of a periodic timer to 0")
		assert.False(t, every.Cancel(), "Cancel after a Reset that was refused")
		close(gate)
		gradetest.Settle()
	})
}

// TestOneStartCounts has two start the timer together.
func TestOneStartCounts(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var c counter
		one := timer.New(time.Second, c.call)
		other := gradetest.Go(one.Start)
		first := one.Start()
		require.NotEqual(t, first, other.Wait(), "results of two Starts at once; one of them starts the timer")
		c.after(t, hour, 1, "of a timer that was started by two at once")
	})
}
