package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	ps "github.com/shirou/gopsutil/v4/process"
)

// process is a command to run within bounds. Zero bounds mean none.
type process struct {
	path   string
	args   []string
	dir    string
	env    []string
	files  []*os.File // descriptors 3, 4, …
	wall   time.Duration
	memory int64 // resident, of the process and its children, bytes
	output int64 // bytes of standard output and error
}

// Why a process was stopped by us.
const (
	reasonTime   = "time"
	reasonMemory = "memory"
	reasonOutput = "output"
)

// processResult is how a process ended.
type processResult struct {
	code   int    // exit status; -1 after a signal
	reason string // empty unless a bound was exceeded
	output string
	peak   int64 // most resident memory seen, bytes
}

var (
	errTime   = errors.New(reasonTime)
	errMemory = errors.New(reasonMemory)
	errOutput = errors.New(reasonOutput)
)

// memoryTick is how often the resident memory of a process is looked at. Its
// children are looked for once in familyTicks: on some systems that means a
// walk through all processes of the machine.
const (
	memoryTick  = 20 * time.Millisecond
	familyTicks = 10
)

// runProcess runs p, with all that it starts, in a process group of its own,
// and leaves none of the group alive. The error is for what is not the
// process's doing: it cannot be started, or ctx has ended.
func runProcess(ctx context.Context, p process) (processResult, error) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if p.wall > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeoutCause(inner, p.wall, errTime)
		defer cancel()
	}
	sink := &limited{max: p.output, full: func() { stop(errOutput) }}
	cmd := exec.CommandContext(inner, p.path, p.args...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = p.dir, p.env, p.files
	cmd.Stdout, cmd.Stderr = sink, sink
	cmd.WaitDelay = 500 * time.Millisecond // a grandchild may hold the pipe
	isolate(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	if err := start(cmd); err != nil {
		return processResult{}, fmt.Errorf("workspace: start %s: %w", p.path, err)
	}
	done := make(chan struct{})
	var peak int64
	var sampler sync.WaitGroup
	sampler.Go(func() { peak = sample(cmd.Process.Pid, p.memory, done, func() { stop(errMemory) }) })
	err := cmd.Wait()
	killGroup(cmd)
	close(done)
	sampler.Wait()
	if ctx.Err() != nil {
		return processResult{}, context.Cause(ctx)
	}
	r := processResult{code: cmd.ProcessState.ExitCode(), output: sink.String(), peak: peak}
	var exit *exec.ExitError
	switch cause := context.Cause(inner); {
	case cause == errTime || cause == errMemory || cause == errOutput:
		r.reason = cause.Error()
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		return r, fmt.Errorf("workspace: %s: %w", p.path, err)
	}
	return r, nil
}

// limited keeps the first bytes written to it and calls full, once, when
// there are too many.
type limited struct {
	mu   sync.Mutex
	buf  []byte
	max  int64
	full func()
}

// Write never fails, so that the process is stopped by us and not by a broken pipe.
func (l *limited) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := int64(len(b))
	if l.max > 0 {
		room = min(room, l.max-int64(len(l.buf)))
	}
	l.buf = append(l.buf, b[:room]...)
	if room < int64(len(b)) && l.full != nil {
		l.full()
		l.full = nil
	}
	return len(b), nil
}

func (l *limited) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}

// sample watches the resident memory of a process and its children until done.
func sample(pid int, limit int64, done <-chan struct{}, exceeded func()) (peak int64) {
	root, err := ps.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	family := int64(0)
	for n := 1; ; n++ {
		select {
		case <-done:
			return peak
		case <-tick.C:
		}
		if n%familyTicks == 0 {
			family = descendants(root)
		}
		used := resident(root) + family
		peak = max(peak, used)
		if limit > 0 && used > limit {
			exceeded()
			return peak
		}
	}
}

func resident(p *ps.Process) int64 {
	m, err := p.MemoryInfo()
	if err != nil {
		return 0
	}
	return int64(m.RSS)
}

// descendants sums the resident memory of children, their children and so on.
func descendants(p *ps.Process) (sum int64) {
	found, err := children(p)
	if err != nil {
		return 0
	}
	for _, c := range found {
		sum += resident(c) + descendants(c)
	}
	return sum
}
