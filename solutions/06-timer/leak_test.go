package timer_test

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/06-timer"
)

func TestCancelLeavesNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one, every := timer.New(hour, c.call), timer.Every(hour, c.call)
		one.Start()
		every.Start()
		time.Sleep(half)
		require.True(t, one.Cancel(), "Cancel of a timer of one hour after half a second")
		require.True(t, every.Cancel(), "Cancel of a timer that calls every hour after half a second")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines that timers keep after Cancel")
	})
}

func TestRestNeedsNoGoroutine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c counter
		one, every := timer.New(time.Second, c.call), timer.Every(time.Second, c.call)
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines that timers keep before Start")
		one.Start()
		for range 5 {
			one.Reset(time.Second)
		}
		every.Start()
		time.Sleep(1500 * time.Millisecond)
		finish(every)
		require.Zero(t, gradetest.Goroutines(), "goroutines that timers keep when the only call is over, or after Cancel")
	})
}

// TestCancelLeavesNoMemory runs in real time. Each of many cancelled timers of
// one hour refers to a block of memory; nobody else does.
func TestCancelLeavesNoMemory(t *testing.T) {
	const timers = 400
	blocks := cancelledTimers(timers)
	kept := timers
	for end := time.Now().Add(2 * time.Second); kept > timers/2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
		runtime.GC()
		kept = 0
		for _, b := range blocks {
			if b.Value() != nil {
				kept++
			}
		}
	}
	// The runtime may take its time to sweep out timers that were stopped.
	require.LessOrEqual(t, kept, timers/2, "of %d timers that were cancelled and dropped: how many still hold on to what their function refers to", timers)
}

//go:noinline
func cancelledTimers(n int) []weak.Pointer[[64]byte] {
	var blocks []weak.Pointer[[64]byte]
	for i := range n {
		block := new([64]byte)
		blocks = append(blocks, weak.Make(block))
		touch := func() { block[0]++ }
		one := timer.New(hour, touch)
		if i%2 == 1 {
			one = timer.Every(hour, touch)
		}
		one.Start()
		one.Cancel()
	}
	return blocks
}
