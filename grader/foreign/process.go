package foreign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	ps "github.com/shirou/gopsutil/v4/process"

	"github.com/weft-course/weft/grader/foreign/protocol"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
	"github.com/weft-course/weft/grader/sandbox"
)

const (
	look = 100 * time.Millisecond
	// idleFor is how long a process must neither tell of a schedule nor use
	// the processor to be stuck; a starved process on a loaded machine uses more.
	idleFor = 4 * time.Second
	idleCPU = 0.04 // seconds
	maxText = 4 << 20
)

// Why a process was stopped by us.
const (
	stoppedIdle = "idle" // nothing moved
	stoppedSlow = "slow" // its time was up
)

// child is a run of the test binary.
type child struct {
	job   protocol.Job
	args  []string
	wall  time.Duration
	idle  time.Duration // stop it when nothing has moved for so long; 0 is never
	procs int           // GOMAXPROCS; 0 leaves it to the runtime
}

// ended is what a run left behind.
type ended struct {
	events  []protocol.Event
	output  string
	stopped string
	code    int
}

// run runs the binary and leaves nothing of it alive. Errors are the machine's.
func (s *session) run(ctx context.Context, c child) (*ended, error) {
	events, err := os.CreateTemp(s.tmp, "events-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(events.Name())
	defer events.Close()
	job, err := json.Marshal(c.job)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, s.binary(), c.args...)
	cmd.Dir = s.pkg.Dir
	cmd.Env = append(os.Environ(), protocol.EnvJob+"="+string(job), protocol.EnvEvents+"="+events.Name(), "GOTRACEBACK=all")
	// the setting of modules before 1.23 that bubbles do not work with
	cmd.Env = append(cmd.Env, "GODEBUG="+strings.TrimPrefix(os.Getenv("GODEBUG")+",asynctimerchan=0", ","), "GORACE=atexit_sleep_ms=0")
	if c.job.Leaf != "" {
		cmd.Env = append(cmd.Env, vsync.Env+"=1")
	}
	if c.procs > 0 {
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+strconv.Itoa(c.procs))
	}
	text := &tail{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = text, text, time.Second
	sandbox.Isolate(cmd)
	cmd.Cancel = func() error { return sandbox.KillGroup(cmd) }
	if err := sandbox.Start(cmd); err != nil {
		return nil, err
	}
	out := &ended{}
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		out.stopped = c.watch(cmd.Process, events.Name(), done)
	}()
	err = cmd.Wait()
	close(done)
	<-watched
	sandbox.KillGroup(cmd)
	var exit *exec.ExitError
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	} else if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, err
	}
	out.code, out.output = cmd.ProcessState.ExitCode(), text.String()
	out.events, err = readEvents(events.Name())
	return out, err
}

// watch stops the process when its time is up or nothing moves, by a signal
// that makes it print the stacks of its goroutines.
func (c child) watch(p *os.Process, events string, done <-chan struct{}) (stopped string) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	began := time.Now()
	since, size, cpu := began, int64(-1), 0.0
	for {
		select {
		case <-done:
			return ""
		case <-tick.C:
		}
		if n, used := fileSize(events), cpuTime(p.Pid); n != size || used-cpu > idleCPU {
			since, size, cpu = time.Now(), n, used
		}
		switch {
		case time.Since(began) > c.wall:
			stopped = stoppedSlow
		case c.idle > 0 && time.Since(since) > c.idle:
			stopped = stoppedIdle
		default:
			continue
		}
		break
	}
	if p.Signal(syscall.SIGQUIT) == nil {
		select {
		case <-done:
			return stopped
		case <-time.After(5 * time.Second):
		}
	}
	p.Kill()
	return stopped
}

func fileSize(name string) int64 {
	info, err := os.Stat(filepath.Clean(name))
	if err != nil {
		return 0
	}
	return info.Size()
}

func cpuTime(pid int) float64 {
	p, err := ps.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	t, err := p.Times()
	if err != nil {
		return 0
	}
	return t.User + t.System
}

// readEvents skips a line that was cut short when the process died.
func readEvents(name string) ([]protocol.Event, error) {
	raw, err := os.ReadFile(name)
	var all []protocol.Event
	for line := range bytes.Lines(raw) {
		var e protocol.Event
		if json.Unmarshal(line, &e) == nil {
			all = append(all, e)
		}
	}
	return all, err
}

// tail keeps the last of what is written to it: the end tells of a failure.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > 2*maxText {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-maxText:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
