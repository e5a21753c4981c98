package eventloop_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/16-event-loop"
)

// TestHammerOutside runs in real time. Four goroutines call from outside while
// the loop runs; what they have written, the callback reads, and the count is a
// plain variable.
func TestHammerOutside(t *testing.T) {
	const goroutines, calls = 4, 100
	l := eventloop.New()
	count, sum := 0, 0
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for i := range calls {
				number := new(int)
				*number = i
				l.CallSoonThreadsafe(func() {
					sum += *number
					if count++; count == goroutines*calls {
						l.Stop()
					}
				})
			}
		})
	}
	l.CallLater(300*time.Millisecond, l.Stop) // if the machine is slow, or a wake-up gets lost
	l.RunForever()
	all.Wait()
	l.Stop()
	l.RunForever()
	require.Equal(t, goroutines*calls, count, "callbacks that were called, put in by four goroutines at once")
	require.Equal(t, goroutines*calls*(calls-1)/2, sum, "sum of the numbers that they were given")
}

// TestHammerQuiet does the same with nobody running the loop.
func TestHammerQuiet(t *testing.T) {
	l := eventloop.New()
	count := 0
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				l.CallSoonThreadsafe(func() { count++ })
			}
		})
	}
	all.Wait()
	l.Stop()
	l.RunForever()
	require.Equal(t, 200, count, "callbacks that were called, put in by four goroutines at once")
}

// TestHammerClose closes the loop, while nothing orders that with a call from outside.
func TestHammerClose(t *testing.T) {
	l := eventloop.New()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			time.Sleep(5 * time.Millisecond)
			l.CallSoonThreadsafe(func() {})
		})
	}
	l.Close()
	all.Wait()
	require.ErrorIs(t, l.CallSoonThreadsafe(func() {}), eventloop.ErrClosed, "CallSoonThreadsafe of a closed loop")
}

// TestHammerRun runs a loop from several goroutines; all but one are refused.
func TestHammerRun(t *testing.T) {
	l := eventloop.New()
	count := 0
	var all sync.WaitGroup
	l.CallSoon(func() { time.Sleep(20 * time.Millisecond) })
	for range 3 {
		all.Go(func() {
			l.RunUntilComplete(func(done func(error)) {
				count++
				done(nil)
			})
		})
	}
	all.Wait()
	require.Positive(t, count, "calls of main, with three goroutines in RunUntilComplete at once")
}
