// Package gradetest is what hidden tests share: bubbles of virtual time that
// tell a leak from a deadlock, calls in the background, an in-flight meter,
// workloads with checksums, speed-up against a known-good run, and the CPU
// time that waiting costs.
//
// A hidden test is an ordinary Go test, in an external package, whose TestMain
// calls [Main]. Under plain go test the helpers report through testing.T.
// Under the grader they also report over a signed channel, tell causes apart,
// and a watchdog stops a test that hangs, with the stacks of all goroutines.
//
// Most tests want [Bubble] or [Stress] first, then [Go] for calls that block.
package gradetest

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-course/weft/grader/gradetest/sched"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// Main runs the tests of a package and exits. Call it from TestMain and do
// nothing else there.
func Main(m *testing.M) {
	os.Args = wire.Args()
	if !wire.Active() {
		goleak.VerifyTestMain(m)
		return
	}
	debug.SetMaxThreads(maxThreads)
	reportRaces("") // those of package initialisation
	early = earlyGoroutines()
	honest := recordsFailures()
	go watch.loop()
	code := m.Run()
	if !honest || !recordsFailures() {
		wire.Send(wire.Message{Kind: "tampered"})
		os.Exit(1)
	}
	reportRaces("")
	wire.Send(wire.Message{Kind: "done", Status: fmt.Sprint(code)})
	os.Exit(code)
}

// maxThreads is far more than any exercise needs. Without a bound the runtime
// makes ten thousand before it gives up, and takes them from everybody else.
const maxThreads = 1000

// recordsFailures is the canary: it says whether testing.T still notes a failure.
func recordsFailures() bool {
	var t testing.T
	t.Fail()
	return t.Failed()
}

// Run runs one hidden test under the grader. The grader generates the calls;
// an author never writes one. It tells a test that returned from one that
// failed, was skipped, or whose goroutine ended on the way, and looks for
// goroutines that the test left behind.
func Run(t *testing.T, f func(*testing.T)) {
	before := goleak.IgnoreCurrent()
	state := current.begin(t.Name())
	start := time.Now()
	tellApart(t)
	wire.Send(wire.Message{Kind: "begin", Test: t.Name()})
	t.Cleanup(func() {
		if !t.Failed() && !t.Skipped() && !state.leaked {
			findLeaks(t, before)
		}
		if early != "" && !state.leaked {
			leaked(t, early)
		}
		current.end()
		reportRaces(t.Name())
		wire.Send(wire.Message{
			Kind: "end", Test: t.Name(), Status: state.status(t), Text: state.reason,
			MS: float64(time.Since(start).Microseconds()) / 1000,
		})
	})
	defer func() {
		if r := recover(); r != nil {
			state.panicked = true
			reportPanic(t, r)
		}
	}()
	if wrongSentinel != "" {
		t.Error(wrongSentinel)
		state.returned = true
		return
	}
	if e := explorationAsked(wire.EnvExplore); e != nil {
		e.explore(t, state, f)
	} else if e := explorationAsked(wire.EnvShake); e != nil {
		e.shake(t, state, f)
	} else {
		f(t)
	}
	state.returned = true
}

// reportPanic prints a panic as the runtime would, and lets later tests run.
func reportPanic(t *testing.T, r any) {
	if r == sched.Livelock {
		noted(t, "livelock", "livelock: goroutines run on and on, and none gets anywhere")
	}
	text := fmt.Sprintf("panic: %v\n\n%s", r, debug.Stack())
	if e, ok := r.(error); ok && strings.HasPrefix(fmt.Sprintf("%T", r), "runtime.") {
		text = fmt.Sprintf("panic: runtime error: %s\n\n%s", strings.TrimPrefix(e.Error(), "runtime error: "), debug.Stack())
	}
	emit(text)
	t.Fail()
}

// emit writes evidence to the output of the test; it decides nothing.
func emit(text string) { os.Stderr.WriteString("\n" + strings.TrimRight(text, "\n") + "\n") }

// testState is what helpers note about the test that runs.
type testState struct {
	name          string
	began         atomic.Pointer[time.Time] // the test, or its schedule
	returned      bool
	panicked      bool
	leaked        bool
	unmeasurable  bool
	reason        string
	schedule      *sched.Plan // to run the test's bubbles under; nil without exploration
	timersChecked bool        // that none goes on for ever
	bubbles       int         // made under the schedule
	measuring     atomic.Bool // computes on all processors on purpose, within a budget of time
}

func (s *testState) elapsed() time.Duration { return time.Since(*s.began.Load()) }

func (s *testState) status(t *testing.T) string {
	switch {
	case t.Failed():
		return "fail"
	case s.unmeasurable:
		return "unmeasurable"
	case t.Skipped():
		return "skip"
	case !s.returned:
		return "vanished"
	}
	return "pass"
}
