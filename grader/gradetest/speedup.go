package gradetest

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

const (
	// MinEfficiency is the part of a known-good run's speed-up that passes.
	MinEfficiency = 0.75
	// minKnownGood is the speed-up below which this machine cannot tell.
	minKnownGood = 1.5
	minRounds    = 5
	// quietRounds is how many quiet rounds it takes to call code slow.
	quietRounds = 20
	speedBudget = 8 * time.Second
	// gatePatience is how long a task of Witness waits in real time for the
	// others to come inside. Only a wrong program makes it wait at all.
	gatePatience = 3 * time.Second
	maxWorkers   = 8
	// taskTime is how long a task of a speed-up takes, and callTime a call to
	// another process, which costs a tenth of a millisecond to make.
	taskTime = 500 * time.Microsecond
	callTime = 3 * time.Millisecond
)

// Parallel is the code under test: it runs all tasks, at most workers of them
// at a time, and returns when all are done.
type Parallel func(workers int, tasks []func())

// Speedup demands real parallelism of run. First, without any clock, it
// witnesses it: see [Witness]. Then it times the grader's own serial run, the
// grader's own parallel run, and run, in turn, at least five times each, and
// compares the best of each: run must reach 75 % of the speed-up that the
// known-good run gets on this machine at this moment. It fails only if it does
// not in twenty rounds in which the known-good run got 1.5 or more both just
// before and just after it. Where there are not that many, the test is
// unmeasurable.
//
// Under plain go test, only the part without a clock is done.
func Speedup(t *testing.T, run Parallel) {
	t.Helper()
	workers := parallelism()
	Witness(t, workers, run)
	if t.Failed() {
		return
	}
	outrun(t, workers, taskTime, func(w *workload) time.Duration { return w.time(workers, run) })
}

// Calls is code under test that cannot be handed functions, such as one that
// works in other processes. It computes [Burn] of each seed with that many
// rounds, at most workers of them at a time, and returns the results in the
// order of the seeds.
type Calls func(workers int, seeds []uint64, rounds int) []uint64

// SpeedupCalls demands real parallelism of run as [Speedup] does. It has no
// witness: that several processes work together, only the clock can tell. The
// seeds are random, so answers cannot be known before. Without a grader, and with
// one processor, only the answers are checked.
func SpeedupCalls(t *testing.T, run Calls) {
	t.Helper()
	workers := parallelism()
	outrun(t, workers, callTime, func(w *workload) time.Duration { return w.called(workers, run) })
}

// parallelism is how many workers a speed-up is measured with.
func parallelism() int { return min(max(int(EffectiveCPUs()+0.5), 2), maxWorkers) }

// outrun has mine, the code under test, compute a small workload for its
// answers, and then one whose tasks take so long against the clock.
func outrun(t *testing.T, workers int, each time.Duration, mine func(*workload) time.Duration) {
	t.Helper()
	w := newWorkload(4*workers, 1000)
	mine(w)
	if !sound(t, w, w.serial()) || !wire.Active() {
		return
	}
	if cpus := EffectiveCPUs(); cpus < minKnownGood {
		unmeasurable(t, "this machine gives %.1f processors; a speed-up needs at least two", cpus)
	}
	w = newWorkload(4*workers, roundsFor(each))
	race(t, workers, w, func() time.Duration { return mine(w) })
}

// called has run compute the workload anew and says how long it took.
func (w *workload) called(workers int, run Calls) time.Duration {
	w.reset()
	var results []uint64
	took := Took(func() { results = run(workers, slices.Clone(w.seeds), w.rounds) })
	for i := range min(len(results), len(w.results)) {
		w.results[i] = results[i]
		w.calls[i].Add(1)
	}
	return took
}

func sound(t *testing.T, w *workload, want uint64) bool {
	t.Helper()
	if msg := w.check(); msg != "" {
		t.Errorf("%s", msg)
		return false
	}
	if w.sum() != want {
		t.Errorf("the tasks gave another result than one after another")
		return false
	}
	return true
}

// sample is one round: the serial run, the known-good one before and after
// the student's, and the student's.
type sample struct{ serial, before, mine, after time.Duration }

// trial gathers rounds.
type trial struct {
	rounds int
	quiet  int // rounds in which the known-good run was fast both before and after
	serial time.Duration
	good   time.Duration
	mine   time.Duration
}

// add takes a round into the best times. A round counts as quiet when the
// machine demonstrably gave the processors just before and just after.
func (r *trial) add(s sample) {
	r.rounds++
	r.serial = min(r.serial, s.serial)
	r.good = min(r.good, s.before, s.after)
	r.mine = min(r.mine, s.mine)
	limit := float64(r.serial) / minKnownGood
	if float64(s.before) <= limit && float64(s.after) <= limit {
		r.quiet++
	}
}

func (r *trial) knownGood() float64  { return float64(r.serial) / float64(r.good) }
func (r *trial) student() float64    { return float64(r.serial) / float64(r.mine) }
func (r *trial) efficiency() float64 { return float64(r.good) / float64(r.mine) }

// verdict says what the rounds so far mean. To pass, the best of at least
// five must be good enough. To fail, it must have been too slow in many rounds
// in which the machine was quiet: a busy machine never fails anybody.
func (r *trial) verdict() string {
	switch {
	case r.rounds < minRounds:
		return ""
	case r.knownGood() >= minKnownGood && r.efficiency() >= MinEfficiency:
		return "pass"
	case r.quiet >= quietRounds:
		return "fail"
	}
	return ""
}

// hopeless reports that going on will not help: the budget is spent, or the
// machine has not been quiet for a single round in a good part of it.
func (r *trial) hopeless(spent time.Duration) bool {
	return spent > speedBudget || spent > speedBudget/4 && r.quiet == 0 && r.rounds >= minRounds
}

// race times the serial run, the known-good one and the student's, mine, in turn
// until the verdict is clear or the budget is spent.
func race(t *testing.T, workers int, w *workload, mine func() time.Duration) {
	t.Helper()
	if s, _ := current.get(); s != nil {
		s.measuring.Store(true)
	}
	want := w.serial()
	r := trial{serial: time.Hour, good: time.Hour, mine: time.Hour}
	runtime.GC()
	for start := time.Now(); r.verdict() == "" && !r.hopeless(time.Since(start)); {
		s := sample{serial: w.time(workers, oneByOne), before: w.time(workers, knownGood)}
		s.mine = mine()
		if !sound(t, w, want) {
			return
		}
		s.after = w.time(workers, knownGood)
		r.add(s)
	}
	judge(t, workers, &r)
}

// time runs the workload anew and says how long it took.
func (w *workload) time(workers int, do Parallel) time.Duration {
	tasks := w.tasks()
	return Took(func() { do(workers, tasks) })
}

func oneByOne(_ int, tasks []func()) {
	for _, f := range tasks {
		f()
	}
}

func judge(t *testing.T, workers int, r *trial) {
	t.Helper()
	measured(t, "speedup", map[string]float64{
		"workers": float64(workers), "rounds": float64(r.rounds), "quiet_rounds": float64(r.quiet), "serial_ms": ms(r.serial), "known_good_ms": ms(r.good),
		"student_ms": ms(r.mine), "known_good": r.knownGood(), "student": r.student(), "efficiency": r.efficiency(),
	})
	switch r.verdict() {
	case "pass":
	case "fail":
		noted(t, "no-speedup", "%d workers made the work %.2f times as fast; a known-good run on this machine got %.2f just now, and %.2f would pass",
			workers, r.student(), r.knownGood(), MinEfficiency*r.knownGood())
	default:
		unmeasurable(t, "a known-good parallel run was at best %.1f times as fast as a serial one just now, and not steadily; the machine is busy or gives too few processors", r.knownGood())
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// knownGood is the parallel run everybody is compared with.
func knownGood(workers int, tasks []func()) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(tasks); i = next.Add(1) - 1 {
				tasks[i]()
			}
		})
	}
	wg.Wait()
}

// EffectiveCPUs returns how many processors this process really gets, as the
// grader found out from affinity and cgroup quota, or GOMAXPROCS without a grader.
func EffectiveCPUs() float64 {
	if v, err := strconv.ParseFloat(os.Getenv(wire.EnvCPUs), 64); err == nil && v > 0 {
		return v
	}
	return float64(runtime.GOMAXPROCS(0))
}

// Witness shows, without a clock, that run has workers tasks inside at once
// and never more: a gate opens only when that many are in it together. Each
// task must be run exactly once. It fails on code that only looks parallel, on
// any machine, and passes right code on one processor too.
func Witness(t *testing.T, workers int, run Parallel) {
	t.Helper()
	g := newGate(workers)
	tasks := make([]func(), 3*workers)
	calls := make([]atomic.Int32, len(tasks))
	for i := range tasks {
		tasks[i] = func() { calls[i].Add(1); g.pass() }
	}
	run(workers, tasks)
	for i := range calls {
		if n := calls[i].Load(); n != 1 {
			t.Errorf("a task was run %d times; each must be run exactly once before the call returns", n)
			return
		}
	}
	switch top := g.inside.Max(); {
	case top > workers:
		t.Errorf("%d tasks ran at once; the limit was %d", top, workers)
	case top < workers:
		noted(t, "no-speedup", "at most %d of %d tasks were ever running together: the work is done one after another", top, workers)
	}
}

// gate holds tasks back until enough are inside, or gives up for all.
type gate struct {
	inside InFlight
	want   int
	once   sync.Once
	open   chan struct{}
}

func newGate(want int) *gate { return &gate{want: want, open: make(chan struct{})} }

func (g *gate) pass() {
	defer g.inside.Leave()
	if g.inside.Enter() >= g.want {
		g.release()
		time.Sleep(time.Millisecond) // let one too many come in, if it will
		return
	}
	patience := time.NewTimer(gatePatience)
	defer patience.Stop()
	select {
	case <-g.open:
	case <-patience.C:
		g.release()
	}
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }
