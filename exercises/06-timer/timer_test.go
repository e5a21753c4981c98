package timer_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-course/weft/exercises/06-timer"
)

// The first tests run in a bubble of virtual time: a second in it takes no time at all.

func TestOneShot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		one := timer.New(time.Second, func() { calls.Add(1) })
		if !one.Start() {
			t.Error("Start of a timer that was not started: got false, want true")
		}
		time.Sleep(900 * time.Millisecond)
		if got := calls.Load(); got != 0 {
			t.Errorf("calls 0.9 s after Start of a timer of 1 s: got %d, want 0", got)
		}
		time.Sleep(time.Minute)
		if got := calls.Load(); got != 1 {
			t.Errorf("calls a minute after Start of a timer of 1 s: got %d, want 1", got)
		}
	})
}

func TestPeriodic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		every := timer.Every(time.Second, func() { calls.Add(1) })
		every.Start()
		time.Sleep(3500 * time.Millisecond)
		if got := calls.Load(); got != 3 {
			t.Errorf("calls 3.5 s after Start of a timer that calls every second: got %d, want 3", got)
		}
		every.Cancel()
		time.Sleep(time.Minute)
		if got := calls.Load(); got != 3 {
			t.Errorf("calls a minute after Cancel, with 3 before: got %d, want 3", got)
		}
	})
}

func TestCancelInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		one := timer.New(time.Second, func() { calls.Add(1) })
		one.Start()
		time.Sleep(500 * time.Millisecond)
		if !one.Cancel() {
			t.Error("Cancel half a second before the call: got false, want true")
		}
		time.Sleep(time.Minute)
		if got := calls.Load(); got != 0 {
			t.Errorf("calls of a timer that was cancelled in time: got %d, want 0", got)
		}
		if one.Cancel() {
			t.Error("Cancel of a timer that is cancelled already: got true, want false")
		}
	})
}

// TestWaitForTheCall runs in real time: done is a plain variable, and Wait must
// make what the call did to it visible.
func TestWaitForTheCall(t *testing.T) {
	done := false
	one := timer.New(time.Millisecond, func() {
		time.Sleep(20 * time.Millisecond)
		done = true
	})
	one.Start()
	one.Wait()
	if !done {
		t.Error("Wait returned before the call was over")
	}
}
