package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	ps "github.com/shirou/gopsutil/v4/process"

	"github.com/weft-course/weft/grader/cpus"
)

var (
	errTime   = errors.New(ReasonTime)
	errMemory = errors.New(ReasonMemory)
	errOutput = errors.New(ReasonOutput)

	errProcesses = errors.New(ReasonProcesses)
	errDisk      = errors.New(ReasonDisk)
)

// memoryTick is how often the resident memory of a process is looked at. Its
// children are looked for once in familyTicks: on some systems that means a
// walk through all processes of the machine.
const (
	memoryTick  = 20 * time.Millisecond
	familyTicks = 10
)

// Run runs p with all that it starts and leaves nothing of it alive. The error
// is for what is not the process's doing: it cannot be started or confined, or
// ctx has ended.
func Run(ctx context.Context, p Process) (Result, error) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if p.Wall > 0 {
		var cancel context.CancelFunc
		inner, cancel = context.WithTimeoutCause(inner, cpus.MaxCrowding*p.Wall, errTime) // sample stops it long before
		defer cancel()
	}
	sink := &limited{max: p.Output, full: func() { stop(errOutput) }}
	cmd := exec.CommandContext(inner, p.Path, p.Args...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = p.Dir, p.Env, p.Files
	cmd.Stdout, cmd.Stderr = sink, sink
	cmd.WaitDelay = 500 * time.Millisecond // a grandchild may hold the pipe
	Isolate(cmd)
	cmd.Cancel = func() error { return KillGroup(cmd) }
	how, err := confine(cmd, &p)
	if err != nil {
		return Result{}, err
	}
	defer how.close()
	if err := Start(cmd); err != nil {
		if ctx.Err() == nil && context.Cause(inner) == errTime { // before it could begin
			return Result{Reason: ReasonTime}, nil
		}
		return Result{}, fmt.Errorf("sandbox: start %s: %w", p.Path, err)
	}
	how.started()
	done := make(chan struct{})
	var peak int64
	var sampler sync.WaitGroup
	sampler.Go(func() { peak = sample(cmd.Process.Pid, &p, how, done, stop) })
	err = cmd.Wait()
	KillGroup(cmd)
	close(done)
	sampler.Wait()
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	r := Result{Code: cmd.ProcessState.ExitCode(), Output: sink.String(), Peak: peak}
	var exit *exec.ExitError
	switch cause := context.Cause(inner); {
	case cause != nil:
		r.Reason = cause.Error()
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		return r, fmt.Errorf("sandbox: %s: %w", p.Path, err)
	default:
		return r, how.read(&r)
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

// sample watches what a process and its children use until done, and stops it
// when that is too much.
func sample(pid int, p *Process, how *confined, done <-chan struct{}, stop context.CancelCauseFunc) (peak int64) {
	root, err := ps.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	family, many := int64(0), 0
	var patience cpus.Patience
	patience.Spent()
	for n := 1; ; n++ {
		select {
		case <-done:
			return peak
		case <-tick.C:
		}
		if how.supervised || n%familyTicks == 0 {
			pids := descendants(pid)
			family, many = 0, len(pids)
			for _, pid := range pids {
				family += resident(&ps.Process{Pid: int32(pid)})
			}
		}
		used := resident(root) + family
		peak = max(peak, used)
		switch {
		case p.Wall > 0 && patience.Spent() > p.Wall:
			stop(errTime)
		case how.supervised && many > MaxProcesses:
			stop(errProcesses)
		case p.Memory > 0 && used > p.Memory:
			stop(errMemory)
		case n%familyTicks == 0 && len(p.Writable) > 0 && diskUse(p.Writable) > maxDisk:
			stop(errDisk)
		default:
			continue
		}
		return peak
	}
}

// diskUse sums the sizes of the files in folders.
func diskUse(dirs []string) (sum int64) {
	for _, dir := range dirs {
		filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					sum += info.Size()
				}
			}
			return nil
		})
	}
	return sum
}

func resident(p *ps.Process) int64 {
	m, err := p.MemoryInfo()
	if err != nil {
		return 0
	}
	return int64(m.RSS)
}
