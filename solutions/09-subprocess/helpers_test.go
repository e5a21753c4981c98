package subprocess_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/09-subprocess"
)

// as is the command that plays a program of perform.
func as(name string, args ...string) subprocess.Command {
	return subprocess.Command{Path: os.Args[0], Args: append([]string{"as", name}, args...), Env: environment()}
}

// environment is ours, without the second that the race detector waits at the
// end of each process.
func environment() []string {
	return append(os.Environ(), "GORACE=atexit_sleep_ms=0")
}

func start(t *testing.T, c subprocess.Command) *subprocess.Process {
	t.Helper()
	p, err := subprocess.Start(c)
	require.NoError(t, err, "error of Start")
	require.Positive(t, p.Pid(), "Pid of a program that was started")
	t.Cleanup(func() { p.Kill() })
	return p
}

// wait waits for the end without a time-out.
func wait(t *testing.T, p *subprocess.Process) subprocess.Status {
	t.Helper()
	s, err := p.Wait(context.Background())
	require.NoError(t, err, "error of Wait without a time-out")
	return s
}

// line is a second connection to a program and to all that it starts, which the
// code under test does not serve: the program's standard input and error.
type line struct {
	to   *os.File // to its standard input
	from *os.File // from its standard error
	read *bufio.Reader

	stdin, stderr *os.File // the program's ends
}

func newLine(t *testing.T) *line {
	t.Helper()
	l := &line{}
	var err error
	l.stdin, l.to, err = os.Pipe()
	require.NoError(t, err)
	l.from, l.stderr, err = os.Pipe()
	require.NoError(t, err)
	l.read = bufio.NewReader(l.from)
	t.Cleanup(l.close)
	return l
}

func (l *line) close() {
	for _, f := range []*os.File{l.stdin, l.to, l.from, l.stderr} {
		f.Close()
	}
}

// on gives a command the program's ends of the line.
func (l *line) on(c subprocess.Command) subprocess.Command {
	c.Stdin, c.Stderr = l.stdin, l.stderr
	return c
}

// ready waits for "ready".
func (l *line) ready(t *testing.T) {
	t.Helper()
	text, err := l.read.ReadString('\n')
	require.NoError(t, err, "reading the standard error of a program that was started")
	require.Equal(t, "ready\n", text, "the first word of the program")
}

// started is for after Start. It lets go of the program's ends, so that those of the program and its
// descendants are the last, and waits for "ready".
func (l *line) started(t *testing.T) {
	t.Helper()
	l.handOver()
	l.ready(t)
}

func (l *line) handOver() {
	l.stdin.Close()
	l.stderr.Close()
}

// mustBeAlive asks, and expects an answer.
func (l *line) mustBeAlive(t *testing.T, what string) {
	t.Helper()
	l.to.WriteString("are you alive?\n")
	text, _ := l.read.ReadString('\n')
	require.Equal(t, "alive\n", text, "answer of %s", what)
}

// mustBeDead asks everybody that holds the other end of the line. Nobody that
// was killed before can answer; the line ends when the last one is gone.
func (l *line) mustBeDead(t *testing.T, what string) {
	t.Helper()
	l.to.WriteString("are you alive?\n")
	text, err := l.read.ReadString('\n')
	if text == "ready\n" { // said before
		text, err = l.read.ReadString('\n')
	}
	require.Empty(t, text, "answer of %s, which must be dead by now", what)
	require.ErrorIs(t, err, io.EOF, "end of the line to %s", what)
}

// by is the status of a program that a signal ended.
func by(s syscall.Signal) subprocess.Status { return subprocess.Status{Code: -1, Signal: s} }

// requireGone demands that there is no process of this number: not even a zombie.
func requireGone(t *testing.T, pid int, what string) {
	t.Helper()
	require.False(t, exists(pid), "whether there still is, as a zombie at least, %s", what)
}

func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	return p.Signal(syscall.Signal(0)) == nil
}

// unix skips a test that needs signals and process groups.
func unix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals and no process groups here")
	}
}

// ran is what Run returns.
type ran struct {
	subprocess.Result
	err error
}

// run calls Run in the background with the program on the line.
func (l *line) run(ctx context.Context, c subprocess.Command, input []byte) *gradetest.Call[ran] {
	return gradetest.Go(func() ran {
		defer l.handOver() // or a program that was never started would be waited for
		r, err := subprocess.Run(ctx, c, input)
		return ran{r, err}
	})
}

// runReference runs a program by means of package os/exec.
func runReference(ctx context.Context, input []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"as", name}, args...)...)
	cmd.Env = environment()
	cmd.Stdin = bytes.NewReader(input)
	return cmd.Output()
}

// children counts the processes that this one has started and nobody has
// waited for, running or zombies.
func children(t *testing.T) int {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Skip("this system does not list the children of a process")
	}
	n := 0
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		n += len(bytes.Fields(text))
	}
	return n
}
