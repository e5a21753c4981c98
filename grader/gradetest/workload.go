package gradetest

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Burn computes for a number of rounds and returns a checksum. It touches no
// memory, so that many of them run in parallel without getting in each other's way.
func Burn(seed uint64, rounds int) uint64 {
	x := seed | 1
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// roundsFor returns how many rounds of Burn take about d on this machine now.
func roundsFor(d time.Duration) int {
	const probe = 20_000
	best := time.Hour
	for i := range 5 {
		start := time.Now()
		sink.Store(Burn(uint64(i), probe))
		best = min(best, time.Since(start))
	}
	return max(1000, int(probe*float64(d)/float64(max(best, time.Microsecond))))
}

var sink atomic.Uint64 // keeps the compiler from dropping the probe

// workload is a set of tasks on random data with the checksum that they must give.
type workload struct {
	seeds   []uint64
	rounds  int
	results []uint64
	calls   []atomic.Int32
}

func newWorkload(tasks, rounds int) *workload {
	w := &workload{rounds: rounds, seeds: make([]uint64, tasks)}
	for i := range w.seeds {
		w.seeds[i] = rand.Uint64()
	}
	return w
}

// tasks forgets earlier runs and returns the functions to run.
func (w *workload) tasks() []func() {
	w.reset()
	fs := make([]func(), len(w.seeds))
	for i := range fs {
		fs[i] = func() {
			v := Burn(w.seeds[i], w.rounds)
			if w.calls[i].Add(1) == 1 {
				w.results[i] = v
			}
		}
	}
	return fs
}

func (w *workload) reset() {
	w.results = make([]uint64, len(w.seeds))
	w.calls = make([]atomic.Int32, len(w.seeds))
}

// check says what is wrong with the last run: a task not run, or run twice.
func (w *workload) check() string {
	for i := range w.calls {
		switch n := w.calls[i].Load(); {
		case n == 0:
			return "a task was not run, or not yet when the call returned"
		case n > 1:
			return "a task was run more than once"
		}
	}
	return ""
}

// serial runs everything in this goroutine and returns the checksum.
func (w *workload) serial() (sum uint64) {
	for _, s := range w.seeds {
		sum += Burn(s, w.rounds)
	}
	return sum
}

func (w *workload) sum() (sum uint64) {
	for _, r := range w.results {
		sum += r
	}
	return sum
}
