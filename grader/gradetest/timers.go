package gradetest

import (
	"runtime/metrics"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

// created is the runtime's count of goroutines ever started, since Go 1.26.
const created = "/sched/goroutines-created:goroutines"

// timersGoOn reports whether timers that outlive the test fire again and again.
// Between two callbacks of a chain of time.AfterFunc no goroutine is there for a
// leak detector to find, but each callback is one: while nothing else runs in the
// bubble, goroutines must not be started. A timer that fires once more is no
// chain, so one must be started in each of several stretches of the same length.
func timersGoOn() bool {
	const stretches = 4
	for _, length := range []time.Duration{10 * time.Millisecond, time.Second, 100 * time.Second} {
		n := 0
		for range stretches {
			before := goroutinesCreated()
			time.Sleep(length)
			if goroutinesCreated() == before {
				break
			}
			n++
		}
		if n == stretches {
			return true
		}
	}
	return false
}

// goroutinesCreated is always 0 where the runtime does not count.
func goroutinesCreated() uint64 {
	s := []metrics.Sample{{Name: created}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s[0].Value.Uint64()
}

// checkTimers looks once in a test, in the bubble, when its function is over.
func checkTimers(t *testing.T) {
	t.Helper()
	s, _ := current.get()
	if s == nil || s.timersChecked || s.schedule != nil || t.Failed() {
		return
	}
	s.timersChecked = true
	if timersGoOn() {
		wire.Send(wire.Message{Kind: "cause", Test: s.name, Status: "leak", Text: "timers that your code has set still fire, again and again, when the test is over"})
		leaked(t, "")
	}
}
