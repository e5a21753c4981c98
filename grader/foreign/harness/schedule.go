package harness

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-course/weft/grader/foreign/protocol"
	"github.com/weft-course/weft/grader/gradetest/sched"
)

// schedule is one run of a test. Seed 0 is the calm one: in a bubble, without yields.
type schedule struct {
	s       *session
	seed    uint64
	races   int
	ended   bool // returned, neither Goexit nor panic
	told    bool
	failed  bool // the bubble's own T
	virtual time.Duration
	plan    sched.Plan
}

// explore runs a test under one schedule after another, until one fails.
func (s *session) explore(t *testing.T, f func(*testing.T)) {
	start := time.Now()
	if s.job.Minimise {
		s.minimise(t, f)
		return
	}
	if s.job.Calm {
		runtime.GC() // whose workers are goroutines, too
		before := started()
		if !s.once(t, sched.Plan{}, f) {
			return
		}
		if n := started() - before; before > 0 && n <= bubbleStarts && !s.job.Own {
			s.send(protocol.Event{Kind: protocol.KindDone, Test: t.Name(), Schedules: 1, Single: true})
			return
		}
	}
	var trace io.Writer
	if file, err := os.Create(s.job.Trace); err == nil {
		trace = file
	}
	ran := uint64(0)
	budget := time.Duration(s.job.Budget) * time.Millisecond
	for ran < s.job.Count && (ran == 0 || budget == 0 || time.Since(start) < budget) {
		if !s.once(t, sched.Plan{Seed: s.job.From + ran, Keep: s.job.Keep, Trace: trace}, f) {
			return
		}
		ran++
	}
	s.send(protocol.Event{Kind: protocol.KindDone, Test: t.Name(), Schedules: ran})
}

// How long to look for the shortest story.
const (
	minimiseRuns   = 400
	minimiseBudget = 3 * time.Second
)

// minimise looks for the fewest yields with which a schedule still fails. A
// schedule that ends the process ends the search.
func (s *session) minimise(t *testing.T, f func(*testing.T)) {
	start, runs, log := time.Now(), 0, make([]uint64, 1<<14)
	fails := func(keep []uint64) bool {
		runs++
		went, keep := false, slices.Clone(keep)
		slices.Sort(keep)
		t.Run("again", func(t *testing.T) {
			went = s.once(t, sched.Plan{Seed: s.job.From, Keep: keep, Log: log}, f)
		})
		return !went
	}
	if !fails(nil) {
		return
	}
	least := sched.Reduce(slices.Clone(log[:sched.Logged()]), fails, func() bool {
		return runs < minimiseRuns && time.Since(start) < minimiseBudget
	})
	s.send(protocol.Event{Kind: protocol.KindLeast, Test: t.Name(), Seed: s.job.From, Keep: least})
}

// bubbleStarts is how many goroutines synctest itself starts for a bubble.
const bubbleStarts = 2

// started is how many goroutines the process has ever started, 0 before Go 1.26.
func started() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// once runs the test under one schedule and reports whether it went well.
// Where the test ends its goroutine, so does once, after it has told how.
func (s *session) once(t *testing.T, plan sched.Plan, f func(*testing.T)) bool {
	s.send(protocol.Event{Kind: protocol.KindSeed, Test: t.Name(), Seed: plan.Seed})
	fmt.Fprintf(os.Stderr, "%s%d\n", protocol.Marker, plan.Seed)
	x := &schedule{s: s, seed: plan.Seed, plan: plan, races: sched.Races()}
	s.now = x
	sched.NewBubble()
	defer x.conclude(t)
	if s.job.Own {
		f(t)
	} else {
		x.bubble(t, f)
	}
	x.ended = true
	return !x.told && !t.Failed() && sched.Races() == x.races
}

// conclude tells of a failure that has not been told yet.
func (x *schedule) conclude(t *testing.T) {
	x.s.now = nil
	if r := recover(); r != nil {
		x.panicked(t, r)
	}
	switch {
	case x.told:
	case sched.Races() > x.races:
		x.tell(protocol.StatusRace, "")
	case t.Failed():
		x.tell(protocol.StatusTest, "")
	case !x.ended && !t.Skipped():
		x.tell(protocol.StatusTest, "the test's goroutine ended without returning")
	}
}

func (x *schedule) tell(status, text string) {
	if x.told {
		return
	}
	x.told = true
	x.s.send(protocol.Event{Kind: protocol.KindFailed, Test: x.s.job.Leaf, Seed: x.seed, Status: status, Text: text, Virtual: int64(x.virtual)})
}

// bubble runs f in a bubble under the schedule and tells apart how it ends.
func (x *schedule) bubble(t *testing.T, f func(*testing.T)) {
	defer func() {
		if r := recover(); r != nil {
			x.burst(t, r)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		t.Cleanup(func() { // the first to be registered is the last to run
			x.virtual = time.Since(start)
			x.failed = x.failed || t.Failed()
			sched.End()
		})
		defer func() {
			if r := recover(); r != nil {
				x.panicked(t, r)
			}
		}()
		if x.seed > 0 {
			sched.Begin(x.plan)
		}
		f(t)
	})
}

// burst judges what synctest said when the bubble could not end.
func (x *schedule) burst(t *testing.T, r any) {
	text := fmt.Sprint(r)
	switch {
	case strings.Contains(text, "main bubble goroutine has exited"):
		if x.s.job.Spared {
			return
		}
		if !x.failed { // a failed test leaves its own calls behind
			emit("weft: leak\n" + stacks() + "\nweft: end of stacks")
			x.tell(protocol.StatusLeak, "")
		}
	case strings.Contains(text, "all goroutines in bubble are blocked"):
		emit("weft: deadlock\n" + stacks() + "\nweft: end of stacks")
		x.tell(protocol.StatusDeadlock, "")
	default:
		x.panicked(t, r)
	}
	t.Fail()
}

// panicked prints a panic as the runtime would.
func (x *schedule) panicked(t *testing.T, r any) {
	t.Fail()
	x.failed = true
	text := fmt.Sprint(r)
	switch {
	case r == sched.Livelock:
		x.tell(protocol.StatusLivelock, "")
	case strings.Contains(text, "synctest"):
		x.tell(protocol.StatusOutside, text)
	default:
		x.tell(protocol.StatusPanic, text)
	}
	if e, ok := r.(error); ok && strings.HasPrefix(fmt.Sprintf("%T", r), "runtime.") {
		text = "runtime error: " + strings.TrimPrefix(e.Error(), "runtime error: ")
	}
	emit("panic: " + text + "\n\n" + string(debug.Stack()))
}

// emit writes evidence to the output of the test; it decides nothing.
func emit(text string) { os.Stderr.WriteString("\n" + strings.TrimRight(text, "\n") + "\n") }

// stacks returns the stacks of all goroutines, the caller's first, at most 4 MiB.
func stacks() string {
	for size := 1 << 16; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= 4<<20 {
			return string(buf[:n])
		}
	}
}
