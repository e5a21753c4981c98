package gradetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

// running is the test that runs now; tests of one process run one at a time.
type running struct {
	mu   sync.Mutex
	test *testState
	n    int // tests begun
}

var current = &running{}

func (r *running) begin(name string) *testState {
	now := time.Now()
	s := &testState{name: name}
	s.began.Store(&now)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.test = s
	r.n++
	return s
}

// again starts the clock of the running test anew, for its next schedule.
func (r *running) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := time.Now()
	r.test.began.Store(&again)
	r.n++
}

func (r *running) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.test = nil
}

// get returns the running test and its number, or nil outside of tests and
// under plain go test.
func (r *running) get() (*testState, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.test, r.n
}

// unmeasurable ends the test: this machine cannot tell. It costs the student nothing.
func unmeasurable(t *testing.T, format string, args ...any) {
	t.Helper()
	reason := fmt.Sprintf(format, args...)
	if s, _ := current.get(); s != nil {
		s.unmeasurable, s.reason = true, reason
	}
	t.Skip("unmeasurable here: " + reason)
}

// measured sends numbers to the report.
func measured(t *testing.T, name string, values map[string]float64) {
	wire.Send(wire.Message{Kind: "measure", Test: t.Name(), Text: name, Values: values})
}

// leaked notes goroutines that outlive the test. Under the grader that is a
// check of its own; under plain go test it fails the test.
func leaked(t *testing.T, evidence string) {
	t.Helper()
	s, _ := current.get()
	if s == nil {
		t.Errorf("goroutine leak:\n%s", evidence)
		return
	}
	s.leaked = true
	emit(evidence)
	wire.Send(wire.Message{Kind: "leak", Test: s.name})
}

// noted fails the test with a cause of its own on the channel, so that the
// grader need not guess from words.
func noted(t *testing.T, cause, format string, args ...any) {
	t.Helper()
	wire.Send(wire.Message{Kind: "cause", Test: t.Name(), Status: cause, Text: fmt.Sprintf(format, args...)})
	t.Errorf(format, args...)
}
