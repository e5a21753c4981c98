package harness

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Without a job the harness changes nothing.
func TestWithoutJob(t *testing.T) {
	ran := 0
	Run(t, func(t *testing.T) {
		Sub(t, "sub", func(*testing.T) { ran++ })
		Bubble(t, func(*testing.T) { ran++; synctest.Wait() })
	})
	Sub(t, "parallel", func(t *testing.T) { Parallel(t) })
	if ran != 2 {
		t.Errorf("%d of 2 functions ran", ran)
	}
	if n := Unless(func() int { return 3 })(); n != 3 {
		t.Errorf("got %d from a function that should be itself", n)
	}
}

func TestStartedCounts(t *testing.T) {
	before := started()
	if before == 0 {
		t.Skip("this Go does not count goroutines")
	}
	var n atomic.Int32
	synctest.Test(t, func(*testing.T) { n.Add(1) })
	if got := started() - before; got != bubbleStarts {
		t.Errorf("a bubble starts %d goroutines, not %d", got, bubbleStarts)
	}
}
