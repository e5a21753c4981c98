package gradetest

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/sched"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// exploration is what [wire.EnvExplore] or [wire.EnvShake] says.
type exploration struct {
	from, count uint64
	budget      time.Duration
	keep        []uint64
}

func explorationAsked(env string) *exploration {
	words := strings.Fields(os.Getenv(env))
	if len(words) < 3 {
		return nil
	}
	var n []uint64
	for _, w := range words {
		v, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return nil
		}
		n = append(n, v)
	}
	e := &exploration{from: n[0], count: n[1], budget: time.Duration(n[2]) * time.Millisecond}
	if len(n) > 3 { // a zero, which is nobody's key, makes the list one of none
		e.keep = slices.Sorted(slices.Values(n[3:]))
	}
	return e
}

// stepsEach bounds the yields of all schedules of a test together: a test of
// many steps, like one that locks 70,000 times, is explored less often. Unlike
// a bound on time, this is the same on every machine.
const stepsEach = 2000

// alike is after how many schedules in one and the same order of turns there is
// no other: the test does one thing after another, and seeds change delays only.
const alike = 10

// explore runs a test under one schedule after another, until one fails. A
// test that makes no bubble is run once, and nothing about it is explored.
func (e *exploration) explore(t *testing.T, state *testState, f func(*testing.T)) {
	if os.Getenv(wire.EnvMinimise) != "" {
		minimise(t, state, f, e.from)
		return
	}
	trace := traceFile()
	start := time.Now()
	races := sched.Races()
	ran, steps := uint64(0), uint64(0)
	orders := map[uint64]bool{}
	defer func() {
		wire.Send(wire.Message{Kind: "explored", Test: t.Name(), MS: ms(time.Since(start)), Values: map[string]float64{"schedules": float64(ran), "yields": float64(steps), "orders": float64(len(orders))}})
	}()
	for ran < e.count && (ran == 0 || steps < e.count*stepsEach && time.Since(start) < e.budget) {
		seed := e.from + ran
		wire.Send(wire.Message{Kind: "seed", Test: t.Name(), Text: strconv.FormatUint(seed, 10)})
		state.schedule = &sched.Plan{Seed: seed, Keep: e.keep}
		if trace != nil {
			state.schedule.Trace = trace
		}
		state.bubbles = 0
		current.again()
		ran++
		f(t)
		if state.bubbles == 0 {
			ran = 0
			return
		}
		n, _ := sched.Count()
		steps += n
		if orders[sched.Order()] = true; ran == alike && len(orders) == 1 {
			return
		}
		if t.Failed() || state.leaked || sched.Races() > races {
			return
		}
	}
}

// RealTime says that the test waits for what virtual time does not know: a
// socket, a file, a process. It makes no bubble, and its schedules cannot be
// explored; instead it is repeated with delays in real time, which finds less,
// and not every time.
func RealTime(t *testing.T) {
	wire.Send(wire.Message{Kind: "real", Test: t.Name()})
}

// shake repeats a test with delays in real time, until it fails.
func (e *exploration) shake(t *testing.T, state *testState, f func(*testing.T)) {
	start := time.Now()
	races := sched.Races()
	ran := uint64(0)
	defer func() {
		sched.Calm()
		wire.Send(wire.Message{Kind: "shaken", Test: t.Name(), MS: ms(time.Since(start)), Values: map[string]float64{"repeats": float64(ran)}})
	}()
	for ran < e.count && (ran == 0 || time.Since(start) < e.budget) {
		current.again()
		sched.Shake(e.from + ran)
		ran++
		f(t)
		sched.Calm()
		if t.Failed() || state.leaked || sched.Races() > races {
			return
		}
	}
}
