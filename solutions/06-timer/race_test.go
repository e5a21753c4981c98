package timer_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/06-timer"
)

// TestHammerOneShot runs in real time. The count is a plain variable: calls do
// not overlap, and Wait makes visible what they have done.
func TestHammerOneShot(t *testing.T) {
	count := 0
	one := timer.New(20*time.Microsecond, func() { count++ })
	hammer(one)
	one.Reset(0)
	one.Wait()
	require.Positive(t, count, "calls of a timer that many have started, cancelled and reset at once")
}

func TestHammerEvery(t *testing.T) {
	count := 0
	every := timer.Every(20*time.Microsecond, func() { count++ })
	hammer(every)
	every.Reset(20 * time.Microsecond)
	time.Sleep(2 * time.Millisecond)
	every.Cancel()
	every.Wait()
	n := count
	time.Sleep(2 * time.Millisecond)
	require.Equal(t, n, count, "calls 2 ms after Cancel and Wait; there were as many when Wait returned")
}

// hammer calls every method from several goroutines at once, and leaves the timer at rest.
func hammer(one *timer.Timer) {
	var all, waiter sync.WaitGroup
	stop := make(chan struct{})
	waiter.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				one.Wait()
				time.Sleep(10 * time.Microsecond)
			}
		}
	})
	for i := range 3 {
		all.Go(func() {
			for n := range 60 {
				one.Start()
				if n%3 == i {
					time.Sleep(50 * time.Microsecond)
				}
				one.Reset(time.Duration(10+n) * time.Microsecond)
				one.Cancel()
			}
		})
	}
	all.Wait()
	one.Cancel()
	close(stop)
	waiter.Wait()
}
