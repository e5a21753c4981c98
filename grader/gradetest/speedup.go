package gradetest

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

// EnvCPUs names the variable that holds how many processors the machine
// really gives: a decimal number, from affinity and cgroup quota.
const EnvCPUs = "WEFT_CPUS"

const (
	// MinEfficiency is the part of a known-good run's speed-up that passes.
	MinEfficiency = 0.75
	// minKnownGood is the speed-up below which this machine cannot tell.
	minKnownGood = 1.5
	minRounds    = 5
	speedBudget  = 3 * time.Second
	// gatePatience is how long a task of Witness waits in real time for the
	// others to come inside. Only a wrong program makes it wait at all.
	gatePatience = 3 * time.Second
	maxWorkers   = 8
)

// Parallel is the code under test: it runs all tasks, at most workers of them
// at a time, and returns when all are done.
type Parallel func(workers int, tasks []func())

// Speedup demands real parallelism of run. First, without any clock, it
// witnesses it: see [Witness]. Then it times the grader's own serial run, the
// grader's own parallel run, and run, in turn, at least five times each, and
// compares the best of each: run must reach 75 % of the speed-up that the
// known-good run gets on this machine at this moment. Where that one stays
// below 1.5, the test is unmeasurable.
//
// Under plain go test, only the part without a clock is done.
func Speedup(t *testing.T, run Parallel) {
	t.Helper()
	cpus := EffectiveCPUs()
	workers := min(max(int(cpus+0.5), 2), maxWorkers)
	Witness(t, workers, run)
	if t.Failed() {
		return
	}
	w := newWorkload(4*workers, 1000)
	run(workers, w.tasks())
	if !sound(t, w, w.serial()) || !wire.Active() {
		return
	}
	if cpus < minKnownGood {
		unmeasurable(t, "this machine gives %.1f processors; a speed-up needs at least two", cpus)
	}
	race(t, workers, run)
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

// race times serial, known-good and run in turn until the estimates settle.
func race(t *testing.T, workers int, run Parallel) {
	t.Helper()
	w := newWorkload(4*workers, roundsFor(500*time.Microsecond))
	want := w.serial()
	best := [3]time.Duration{time.Hour, time.Hour, time.Hour}
	runtime.GC()
	settled := 0
	start := time.Now()
	k := 0
	for ; time.Since(start) < speedBudget && (k < minRounds || settled < 3); k++ {
		took := w.timeAll(workers, run)
		if !sound(t, w, want) {
			return
		}
		settled++
		for i, d := range took {
			if float64(d) < 0.98*float64(best[i]) {
				settled = 0
			}
			best[i] = min(best[i], d)
		}
		if k+1 >= minRounds && verdict(best) == "pass" {
			break
		}
	}
	judge(t, workers, k, best)
}

// timeAll takes one time each of the serial run, the known-good one, and run,
// which comes last so that the workload holds its results.
func (w *workload) timeAll(workers int, run Parallel) (took [3]time.Duration) {
	for i, do := range []Parallel{oneByOne, knownGood, run} {
		tasks := w.tasks()
		took[i] = Took(func() { do(workers, tasks) })
	}
	return took
}

func oneByOne(_ int, tasks []func()) {
	for _, f := range tasks {
		f()
	}
}

// verdict says what the best times so far mean: pass, fail or unmeasurable.
func verdict(best [3]time.Duration) string {
	good := float64(best[0]) / float64(best[1])
	switch {
	case good < minKnownGood:
		return "unmeasurable"
	case float64(best[1])/float64(best[2]) >= MinEfficiency:
		return "pass"
	}
	return "fail"
}

func judge(t *testing.T, workers, rounds int, best [3]time.Duration) {
	t.Helper()
	good := float64(best[0]) / float64(best[1])
	mine := float64(best[0]) / float64(best[2])
	measured(t, "speedup", map[string]float64{
		"workers": float64(workers), "rounds": float64(rounds), "serial_ms": ms(best[0]), "known_good_ms": ms(best[1]),
		"student_ms": ms(best[2]), "known_good": good, "student": mine, "efficiency": mine / good,
	})
	switch verdict(best) {
	case "unmeasurable":
		unmeasurable(t, "a known-good parallel run was only %.1f times as fast as a serial one just now; the machine is busy or gives too few processors", good)
	case "fail":
		noted(t, "no-speedup", "%d workers made the work %.2f times as fast; a known-good run on this machine got %.2f just now, and %.2f would pass",
			workers, mine, good, MinEfficiency*good)
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
	if v, err := strconv.ParseFloat(os.Getenv(EnvCPUs), 64); err == nil && v > 0 {
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
