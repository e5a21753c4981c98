package sched

import (
	"runtime"
	"time"
)

// Step is one yield of a recorded schedule.
type Step struct {
	Key       uint64        // names the yield in Plan.Keep; 0 for one that cannot be left out
	Goroutine uint32        // from 1, in order of appearance
	Parent    uint32        // of the goroutine, 0 if the code under test did not start it
	Kind      byte          // 'v' before a statement, 's' before a synchronisation, 'p' after one, 'g' begin of a goroutine
	At        time.Duration // virtual, since the beginning of the schedule's bubble
	Wait      string        // what the goroutine waits for, if it does: "lock held by 2"
	pcs       [8]uintptr
	depth     int
}

const maxTrace = 1 << 14

// Steps returns what was recorded of the schedule, at most 16384 steps.
func Steps() []Step { return s.trace[:s.recorded] }

// Frames returns the call stack of a step, innermost first.
func (st *Step) Frames() *runtime.Frames { return runtime.CallersFrames(st.pcs[:st.depth]) }

// record notes a step if the plan asks for it.
//
//go:norace
func (s *scheduler) record(g *goroutine, k kind, key uint64) *Step {
	if !s.plan.Trace || s.recorded == len(s.trace) {
		return nil
	}
	st := &s.trace[s.recorded]
	s.recorded++
	*st = Step{Key: key, Goroutine: g.index + 1, Kind: "vsp"[k], At: time.Duration(time.Now().UnixNano() - bubbleEpoch)}
	st.depth = runtime.Callers(3, st.pcs[:])
	return st
}

// bubbleEpoch is when time begins in a bubble: 2000-01-01 UTC.
const bubbleEpoch = 946684800 * int64(time.Second)

// Waiting notes what the calling goroutine is about to wait for.
//
//go:norace
func Waiting(what string, holder uint32) {
	if !s.on || !s.plan.Trace {
		return
	}
	raceDisable()
	s.mu.Lock()
	if st := s.record(s.current(), before, 0); st != nil {
		st.Kind, st.Wait = 'w', what
		st.Parent = holder
	}
	s.mu.Unlock()
	raceEnable()
}
