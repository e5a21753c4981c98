package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/weft-course/weft/grader/sandbox/launch"
)

// confined is a program that is started through the launcher. The zero value
// is one that is not confined.
type confined struct {
	supervised bool
	status     *os.File   // our end: what the launcher says
	control    *os.File   // our end: open for as long as the supervisor shall work
	theirs     []*os.File // ends to close when the launcher has started
	group      cgroup
}

// raceData and raceFactor bound the memory that a program may map from what it
// may have resident: the race detector maps 3.6 times as much, and 425 MB to begin with.
const (
	raceData   = 425 << 20
	raceFactor = 3.6
)

// sweepPatience is how long the supervisor may take to end what is left, on a
// machine that may be drowned in it.
const sweepPatience = 30 * time.Second

// confine turns cmd into the launcher of p.
func confine(cmd *exec.Cmd, p *Process) (*confined, error) {
	c := &confined{}
	if p.Profile == "" {
		return c, nil
	}
	path, err := filepath.Abs(p.Path)
	if err != nil {
		return nil, err
	}
	c.supervised = p.Profile == Processes || p.Profile == Loopback
	s := launch.Spec{
		Path: path, Args: p.Args, Env: lastOfEach(p.Env), Profile: p.Profile, Writable: p.Writable, Status: 3 + len(p.Files), Supervise: c.supervised,
		CPU: int64(p.Wall/time.Second) * int64(runtime.NumCPU()),
	}
	if p.Profile == Tool {
		s.CPU = 0
	} else if p.Memory > 0 {
		s.Data = raceData + int64(raceFactor*float64(p.Memory))
	}
	if c.group, err = newCgroup(p.Memory); err != nil {
		return nil, err
	}
	s.Groups = c.group.procs()
	var theirs *os.File
	if c.status, theirs, err = os.Pipe(); err != nil {
		c.close()
		return nil, err
	}
	c.theirs = append(c.theirs, theirs)
	cmd.ExtraFiles = append(cmd.ExtraFiles[:len(cmd.ExtraFiles):len(cmd.ExtraFiles)], theirs)
	if c.supervised {
		if err := c.supervise(cmd, &s); err != nil {
			c.close()
			return nil, err
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		c.close()
		return nil, err
	}
	cmd.Env = []string{}
	cmd.Path, cmd.Args, cmd.Err = "/proc/self/exe", []string{launch.Name, string(text)}, nil
	return c, nil
}

// lastOfEach keeps, of variables that are there twice, the last, as os/exec does.
func lastOfEach(env []string) (out []string) {
	seen := map[string]bool{}
	for _, v := range slices.Backward(env) {
		name, _, _ := strings.Cut(v, "=")
		if !seen[name] {
			seen[name] = true
			out = append(out, v)
		}
	}
	slices.Reverse(out)
	return out
}

// supervise asks for namespaces where they are to be had, and for a supervisor
// that ends when our end of its standard input is closed.
func (c *confined) supervise(cmd *exec.Cmd, s *launch.Spec) error {
	var theirs *os.File
	var err error
	if theirs, c.control, err = os.Pipe(); err != nil {
		return err
	}
	c.theirs = append(c.theirs, theirs)
	cmd.Stdin = theirs
	flags := uintptr(0)
	if pidNamespaces() == nil {
		flags |= syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC
	}
	if netNamespaces() == nil {
		flags |= syscall.CLONE_NEWNET
		s.Loopback = s.Profile == Loopback
	}
	if flags != 0 {
		cmd.SysProcAttr = namespaceAttr(flags)
		return nil
	}
	// without namespaces the supervisor must live to end what is left
	cmd.SysProcAttr.Pdeathsig = 0
	cmd.WaitDelay = sweepPatience
	cmd.Cancel = func() error { return c.control.Close() }
	return nil
}

// started closes what belongs to the launcher.
func (c *confined) started() {
	for _, f := range c.theirs {
		f.Close()
	}
	c.theirs = nil
}

// read takes what the launcher and the supervisor have said into r.
func (c *confined) read(r *Result) error {
	if c.status == nil {
		return nil
	}
	c.status.SetReadDeadline(time.Now().Add(time.Second))
	raw, _ := io.ReadAll(c.status)
	text := strings.TrimSpace(string(raw))
	if why, failed := strings.CutPrefix(text, "error "); failed {
		return fmt.Errorf("%w: %s", ErrLaunch, why)
	}
	r.Reason = c.group.exceeded()
	if !c.supervised {
		return nil
	}
	var left int
	if n, err := fmt.Sscanf(text, "exit %d left %d", &r.Code, &left); n != 2 {
		r.Code = -1 // the supervisor was killed with all the others
		if err != nil && text != "" {
			return fmt.Errorf("%w: the supervisor said %q", ErrLaunch, text)
		}
	}
	return nil
}

// close releases everything.
func (c *confined) close() {
	c.started()
	c.group.remove()
	for _, f := range []*os.File{c.status, c.control} {
		if f != nil {
			f.Close()
		}
	}
}
