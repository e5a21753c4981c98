package sched

import (
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A trace has one line for each step, as it happens, so that a program that
// crashes leaves what came before. The words of a line, separated by tabs:
//
//	kind       v before a statement, s before a synchronisation, p after it,
//	           w begins to wait for a lock, g a goroutine begins, e the schedule is over
//	goroutine  from 1, in order of appearance
//	other      of g: who started it; of w: who holds the lock; 0 is unknown
//	time       virtual nanoseconds since the bubble began
//	key        names the yield in [Plan.Keep]
//	what       of w: what is waited for
//	stack      innermost first, "function file:line" separated by ";"
const (
	traceDepth = 12
	maxTrace   = 20_000 // lines
)

// step writes a line of the trace if the plan asks for it. The caller holds
// the scheduler's lock, with the race detector looking away.
//
//go:norace
func (s *scheduler) step(kind byte, g *goroutine, other uint32, key uint64, what string) {
	if s.plan.Trace == nil || s.traced == maxTrace {
		return
	}
	s.traced++
	line := make([]byte, 0, 512)
	line = append(line, kind, '\t')
	line = strconv.AppendUint(line, uint64(g.index)+1, 10)
	line = append(line, '\t')
	line = strconv.AppendUint(line, uint64(other), 10)
	line = append(line, '\t')
	line = strconv.AppendInt(line, time.Now().UnixNano()-s.epoch, 10)
	line = append(line, '\t')
	line = strconv.AppendUint(line, key, 10)
	line = append(line, '\t')
	line = append(line, what...)
	line = append(line, '\t')
	line = appendStack(line)
	s.plan.Trace.Write(append(line, '\n'))
}

// appendStack appends the callers that are not this machinery.
//
//go:norace
func appendStack(line []byte) []byte {
	var pcs [traceDepth + 8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for n, more := 0, true; more && n < traceDepth; {
		var f runtime.Frame
		f, more = frames.Next()
		if internal(f.Function) {
			continue
		}
		if n > 0 {
			line = append(line, ';')
		}
		line = append(append(line, f.Function...), ' ')
		line = append(append(line, f.File...), ':')
		line = strconv.AppendInt(line, int64(f.Line), 10)
		n++
	}
	return line
}

// internal tells the runtime's and our own functions from the program's.
func internal(function string) bool {
	for _, p := range []string{"/gradetest/sched.", "/gradetest/vsync.", "/gradetest/vatomic.", "/gradetest/viter.", "weftsched_/"} {
		if strings.Contains(function, p) {
			return true
		}
	}
	return function == "" || strings.HasPrefix(function, "runtime.") || strings.HasPrefix(function, "reflect.") || strings.HasPrefix(function, "sync.")
}

// Waiting notes what the calling goroutine is about to wait for, and which
// goroutine has it.
//
//go:norace
func Waiting(what string, holder uint32) {
	if !s.on || s.plan.Trace == nil {
		return
	}
	Enter(&s.mu)
	s.step('w', s.current(), holder, 0, what)
	Leave(&s.mu)
}
