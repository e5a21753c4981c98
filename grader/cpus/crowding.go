package cpus

import (
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// MaxCrowding bounds how much longer than asked for [Patience] may take.
const MaxCrowding = 6

// Patience counts time for somebody who waits for programs on a machine that may
// be crowded: where more than two threads want each processor, a second counts
// for less, at least for a sixth. The zero Patience begins at its first call.
// It is for one goroutine.
type Patience struct {
	last  time.Time
	spent time.Duration
}

// Spent adds the time since it was last called, and returns the sum. Call it
// several times a second: it looks at how crowded the machine is when it is called.
func (p *Patience) Spent() time.Duration {
	now := time.Now()
	if !p.last.IsZero() {
		p.spent += time.Duration(float64(now.Sub(p.last)) / crowding(os.DirFS("/"), runtime.NumCPU()))
	}
	p.last = now
	return p.spent
}

// crowding is half the number of runnable threads per processor, between 1 and
// MaxCrowding; 1 where the system does not tell. See proc_loadavg(5).
func crowding(root fs.FS, processors int) float64 {
	text, err := fs.ReadFile(root, "proc/loadavg")
	fields := strings.Fields(string(text)) // "0.20 0.18 0.12 1/80 11206": 1 of 80 threads is runnable
	if err != nil || len(fields) < 4 {
		return 1
	}
	runnable, _, _ := strings.Cut(fields[3], "/")
	n, err := strconv.Atoi(runnable)
	if err != nil {
		return 1
	}
	return min(max(float64(n)/float64(2*processors), 1), MaxCrowding)
}
