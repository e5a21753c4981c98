package gradetest

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader/cpus"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

const (
	tick = 100 * time.Millisecond
	// stuckAfter is how long every goroutine of a test must wait at the same
	// place before it is called stuck. Hidden tests never wait that long in real time.
	stuckAfter   = 2 * time.Second
	defaultLimit = 15 * time.Second
	// cpuLimit stops a test that computes without end long before the wall
	// limit: when it has used so much processor time, and has run for so long.
	// Right code that fights for a lock on many processors uses much in no time.
	cpuLimit = 3 * time.Second
)

type watchdog struct{}

var watch watchdog

// loop watches the running test until the process ends.
func (watchdog) loop() {
	limit := defaultLimit
	if ms, err := strconv.Atoi(os.Getenv(wire.EnvTestLimit)); err == nil && ms > 0 {
		limit = time.Duration(ms) * time.Millisecond
	}
	var w watched
	for {
		time.Sleep(tick)
		w.look(limit)
	}
}

// watched is what the watchdog remembers of one test.
type watched struct {
	n          int // which test
	patience   cpus.Patience
	cpu        time.Duration // when looked at last
	busy       time.Duration // processor time used since the test began
	quietSince time.Time
	quietCPU   time.Duration
	waits      string
}

func (w *watched) look(limit time.Duration) {
	s, n := current.get()
	now, cpu := time.Now(), CPUTime()
	if s == nil || n != w.n {
		*w = watched{n: n, cpu: cpu, quietSince: now, quietCPU: cpu}
		return
	}
	spent, busy := w.patience.Spent(), w.computed(cpu, runtime.GOMAXPROCS(0))
	switch {
	case spent > limit, min(spent, busy) > cpuLimit && !s.measuring.Load():
		giveUp(s, "timeout", fmt.Sprintf("weft: still running after %v", s.elapsed().Round(time.Second)))
	case w.stuck(now, cpu):
		giveUp(s, "stuck", fmt.Sprintf("weft: stuck after %v", s.elapsed().Round(time.Second)))
	}
}

// computed adds the processor time used since the last look, and returns the sum.
// Between two looks it counts for no more than there can have been on a machine
// that ran: one that was stopped, with all that was on it, may put down the time to
// whoever ran last.
func (w *watched) computed(cpu time.Duration, processors int) time.Duration {
	w.busy += min(cpu-w.cpu, 2*tick*time.Duration(processors))
	w.cpu = cpu
	return w.busy
}

// stuck reports whether all goroutines have waited, at the same places and
// without using the processor, for stuckAfter. Using it, or waiting for a
// clock, starts the count anew.
func (w *watched) stuck(now time.Time, cpu time.Duration) bool {
	if cpu-w.quietCPU > now.Sub(w.quietSince)/10+20*time.Millisecond {
		w.quietSince, w.quietCPU, w.waits = now, cpu, ""
		return false
	}
	if now.Sub(w.quietSince) < stuckAfter {
		return false
	}
	waits := waiting(stacks())
	if waits == "" || waits != w.waits {
		w.quietSince, w.quietCPU, w.waits = now.Add(-stuckAfter+time.Second), cpu, waits
		return false
	}
	return true
}

// waiting returns the heads of all goroutines but the watchdog's own, or
// nothing when one of them could still go on by itself.
func waiting(dump string) string {
	var heads []string
	for i, g := range strings.Split(dump, "\n\n") {
		head, _, _ := strings.Cut(g, "\n")
		if i == 0 || !strings.HasPrefix(head, "goroutine ") {
			continue // the first is the watchdog itself
		}
		state := head[strings.IndexByte(head, '[')+1:]
		for _, alive := range []string{"running", "runnable", "sleep", "IO wait", "syscall", "finalizer"} {
			if strings.HasPrefix(state, alive) && !strings.Contains(state, "durable") {
				return ""
			}
		}
		state, _, _ = strings.Cut(state, ",")
		id, _, _ := strings.Cut(head, "[")
		heads = append(heads, id+strings.TrimSuffix(state, "]:"))
	}
	return strings.Join(heads, "\n")
}

func giveUp(s *testState, status, line string) {
	emit(line + "\n" + stacks() + "\nweft: end of stacks")
	wire.Send(wire.Message{Kind: "end", Test: s.name, Status: status, MS: float64(s.elapsed().Milliseconds())})
	os.Exit(1)
}

// stacks returns the stacks of all goroutines, the caller's first, at most 4 MiB.
func stacks() string {
	for size := 1 << 16; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= 4<<20 {
			return string(buf[:n])
		}
	}
}
