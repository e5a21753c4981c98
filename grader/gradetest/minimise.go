package gradetest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-course/weft/grader/gradetest/sched"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

const (
	minimiseRuns   = 400
	minimiseBudget = 3 * time.Second
)

// minimiser looks for the fewest yields with which a schedule still fails, by
// delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", IEEE TSE 28, 2002).
type minimiser struct {
	t     *testing.T
	state *testState
	f     func(*testing.T)
	seed  uint64
	log   []uint64
	runs  int
	start time.Time
}

// minimise finds the yields of the schedule that matter and tells the grader.
func minimise(t *testing.T, state *testState, f func(*testing.T), seed uint64) {
	m := &minimiser{t: t, state: state, f: f, seed: seed, log: make([]uint64, 1<<14), start: time.Now()}
	if !m.fails(nil) {
		return
	}
	all := slices.Clone(m.log[:sched.Logged()])
	least := m.reduce(all)
	words := make([]string, len(least))
	for i, k := range least {
		words[i] = fmt.Sprint(k)
	}
	wire.Send(wire.Message{Kind: "minimal", Test: t.Name(), Text: strings.Join(words, " "), Values: map[string]float64{"runs": float64(m.runs), "yields": float64(len(all))}})
}

// reduce leaves out as many of the yields as it can.
func (m *minimiser) reduce(keep []uint64) []uint64 {
	if m.fails([]uint64{}) {
		return nil
	}
	for parts := 2; len(keep) > 1 && parts <= len(keep) && m.more(); {
		smaller, ok := m.without(keep, parts)
		switch {
		case ok:
			keep, parts = smaller, max(parts-1, 2)
		case parts == len(keep):
			return keep
		default:
			parts = min(2*parts, len(keep))
		}
	}
	return keep
}

// without tries to leave out one of so many parts.
func (m *minimiser) without(keep []uint64, parts int) ([]uint64, bool) {
	for i := range parts {
		from, to := i*len(keep)/parts, (i+1)*len(keep)/parts
		rest := slices.Concat(keep[:from], keep[to:])
		if m.more() && m.fails(rest) {
			return rest, true
		}
	}
	return nil, false
}

func (m *minimiser) more() bool {
	return m.runs < minimiseRuns && time.Since(m.start) < minimiseBudget
}

// fails runs the schedule with these yields only, all of them for nil.
func (m *minimiser) fails(keep []uint64) bool {
	m.runs++
	races := sched.Races()
	sorted := slices.Clone(keep)
	slices.Sort(sorted)
	m.state.schedule = &sched.Plan{Seed: m.seed, Keep: sorted, Log: m.log}
	m.state.leaked = false
	current.again()
	passed := m.t.Run("again", m.f)
	return !passed || m.state.leaked || sched.Races() > races
}

// traceFile opens the file that EnvTrace names, or gives nil.
func traceFile() *os.File {
	name := os.Getenv(wire.EnvTrace)
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil
	}
	return f
}
