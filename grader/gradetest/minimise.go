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

// minimiser looks for the fewest yields with which a schedule still fails.
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
	least := sched.Reduce(all, m.fails, m.more)
	words := make([]string, len(least))
	for i, k := range least {
		words[i] = fmt.Sprint(k)
	}
	wire.Send(wire.Message{Kind: "minimal", Test: t.Name(), Text: strings.Join(words, " "), Values: map[string]float64{"runs": float64(m.runs), "yields": float64(len(all))}})
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
