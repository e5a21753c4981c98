//go:build unix

package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	ps "github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// hostile returns a submission whose Open does something bad.
func hostile(t *testing.T, body string) string {
	t.Helper()
	return submit(t, with(t, "\tl.mu.Lock()\n\tdefer l.mu.Unlock()\n\tif !l.IsOpen() {\n\t\tclose(l.open)\n\t}\n", body))
}

func TestLoopsForEver(t *testing.T) {
	scratchDir(t)
	r, code := reportOf(t, hostile(t, "\tfor {\n\t}\n"), "--only", "opens", "--timeout", "1s", "--quick")
	assert.Equal(t, ExitFailed, code)
	c := checkOf(t, r, "opens")
	assert.Equal(t, grader.CauseTimeout, c.Kind, "a loop is no deadlock")
	require.NotNil(t, c.Location)
	assert.Equal(t, "Latch.Open", c.Location.Func)
}

func TestHangsOnALock(t *testing.T) {
	scratchDir(t)
	r, code := reportOf(t, hostile(t, "\tl.mu.Lock()\n\tl.mu.Lock()\n"), "--only", "opens", "--quick")
	assert.Equal(t, ExitFailed, code)
	c := checkOf(t, r, "opens")
	assert.Equal(t, grader.CauseDeadlock, c.Kind)
	assert.Contains(t, c.Message, "lock")
}

func TestPrintsWithoutEnd(t *testing.T) {
	scratchDir(t)
	dir := submit(t, strings.Replace(with(t, `"sync"`, "\"fmt\"\n\t\"sync\""), "\tl.mu.Lock()\n", "\tfor {\n\t\tfmt.Println(\"weft weft weft weft weft weft weft weft weft weft\")\n\t}\n", 1))
	r, code := reportOf(t, dir, "--only", "opens", "--quick")
	assert.Equal(t, ExitFailed, code)
	assert.Equal(t, grader.CauseOutput, checkOf(t, r, "opens").Kind)
}

func TestEatsMemory(t *testing.T) {
	scratchDir(t)
	r, code := reportOf(t, hostile(t, "\tvar all [][]byte\n\tfor {\n\t\tb := make([]byte, 32<<20)\n\t\tfor i := 0; i < len(b); i += 4096 {\n\t\t\tb[i] = 1\n\t\t}\n\t\tall = append(all, b)\n\t\t_ = all\n\t}\n"), "--only", "opens", "--quick")
	assert.Equal(t, ExitFailed, code)
	assert.Equal(t, grader.CauseMemory, checkOf(t, r, "opens").Kind)
}

func TestPanicsBeforeTheFirstTest(t *testing.T) {
	scratchDir(t)
	r, code := reportOf(t, submit(t, reference(t)+"\nvar _ = boom()\n\nfunc boom() int { panic(\"early\") }\n"), "--only", "opens", "--quick")
	assert.Equal(t, ExitFailed, code)
	c := checkOf(t, r, "opens")
	assert.Equal(t, grader.CausePanic, c.Kind)
	assert.Contains(t, c.Message, "early")
	assert.Zero(t, c.Points)
}

func TestWithoutARaceDetector(t *testing.T) {
	for name, env := range map[string][2]string{"cgo off": {"CGO_ENABLED", "0"}, "no compiler": {"CC", "/nonexistent/cc"}} {
		t.Run(name, func(t *testing.T) {
			scratchDir(t)
			t.Setenv(env[0], env[1])
			r, code := reportOf(t, submit(t, reference(t)), "--quick")
			assert.Equal(t, ExitPassed, code)
			c := checkOf(t, r, "race")
			assert.Equal(t, grader.Unmeasurable, c.Verdict)
			assert.Contains(t, c.Message, "not run here")
			assert.Equal(t, 80, r.Score)
			assert.Equal(t, 20, r.Unmeasurable)
			assert.Equal(t, grader.Passed, checkOf(t, r, "opens").Verdict)
		})
	}
}

func TestNoGo(t *testing.T) {
	scratchDir(t)
	t.Setenv("PATH", t.TempDir())
	r := gradeLatch(t, submit(t, reference(t)))
	assert.Equal(t, ExitBroken, r.code)
	assert.Contains(t, r.err, "go command is not on your PATH")
	assert.Contains(t, r.err, "https://go.dev/dl")
	assert.Empty(t, r.out)
}

func TestScratchThatCannotBeWritten(t *testing.T) {
	dir := submit(t, reference(t))
	course := latch(t)
	t.Setenv("TMPDIR", "/proc/self")
	r := grade("--course", course, dir)
	assert.Equal(t, ExitBroken, r.code)
	assert.Contains(t, r.err, "cannot write the scratch folder")
	assert.Contains(t, r.err, "TMPDIR=")
}

// command is grade in a process of its own.
func command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	self, _ := os.Executable()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(append(os.Environ(), envMain+"=1"), env...)
	return cmd
}

func TestFullScratchDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("no unshare command here")
	}
	dir, mount := submit(t, reference(t)), t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	for size, when := range map[string]string{"16k": "while the module is laid out", "1m": "while it is built"} {
		script := `mount -t tmpfs -o size="$2" none "$1" && TMPDIR="$1" exec "$3" --course "$4" "$5"`
		cmd := exec.Command(unshare, "--mount", "sh", "-c", script, "sh", mount, size, self, latch(t), dir)
		cmd.Env = append(os.Environ(), envMain+"=1")
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "unshare failed") || strings.Contains(string(out), "permission denied") {
			t.Skip("namespaces are not to be had here: " + string(out))
		}
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, string(out))
		assert.Equal(t, ExitBroken, exit.ExitCode(), when+": "+string(out))
		assert.Contains(t, string(out), "no space left", when)
	}
}

func TestUnreadableFile(t *testing.T) {
	scratch := t.TempDir()
	dir := submit(t, reference(t))
	require.NoError(t, os.Chmod(filepath.Join(dir, "latch.go"), 0))
	t.Setenv("TMPDIR", scratch)
	cmd := command(t.Context(), nil, "--course", latch(t), dir)
	if os.Geteuid() == 0 { // root may read everything: become somebody else
		cmd = asNobody(t, cmd, dir)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, string(out))
	assert.Equal(t, ExitUsage, exit.ExitCode(), string(out))
	assert.Contains(t, string(out), "cannot read "+filepath.Join(dir, "latch.go"))
	assert.Contains(t, string(out), "permission")
}

// asNobody runs the command as a user without rights, from a copy that this user may run.
func asNobody(t *testing.T, cmd *exec.Cmd, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.ReadFile(cmd.Path)
	require.NoError(t, err)
	home, err := os.MkdirTemp("/tmp", "nobody-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	require.NoError(t, os.Chmod(home, 0o777))
	copied := filepath.Join(home, "grade")
	require.NoError(t, os.WriteFile(copied, exe, 0o755))
	for d := dir; len(d) > len("/tmp"); d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	os.Chmod(latch(t), 0o755)
	cmd.Path = copied
	cmd.Env = append(cmd.Env, "HOME="+home, "TMPDIR="+home, "GOCACHE="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

// TestInterrupt: Ctrl-C in the middle leaves no process and no folder.
func TestInterrupt(t *testing.T) {
	scratch := t.TempDir()
	dir := hostile(t, "\tfor {\n\t}\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := command(ctx, []string{"TMPDIR=" + scratch}, "--course", latch(t), "--timeout", "1m", dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	pids := waitForTests(ctx, t, cmd.Process.Pid, scratch)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	err := cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, ExitBroken, exit.ExitCode(), out.String())
	assert.Contains(t, out.String(), "interrupted")
	assertEmpty(t, scratch)
	for _, pid := range pids {
		assert.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "process %d is still there", pid)
	}
}

// waitForTests polls until a test binary runs below the command.
func waitForTests(ctx context.Context, t *testing.T, pid int, scratch string) []int {
	t.Helper()
	root, err := ps.NewProcess(int32(pid))
	require.NoError(t, err)
	for ctx.Err() == nil {
		children, _ := root.Children()
		var pids []int
		for _, c := range children {
			if exe, err := c.Exe(); err == nil && strings.HasPrefix(exe, scratch) && strings.HasSuffix(exe, ".test") {
				pids = append(pids, int(c.Pid))
			}
		}
		if len(pids) > 0 {
			return pids
		}
		time.Sleep(5 * time.Millisecond) // polling another process, not synchronising with a goroutine
	}
	t.Fatal("no test binary was ever started")
	return nil
}

// TestKilledGraderTakesItsTestsAlong: after SIGKILL nothing goes on running.
func TestKilledGraderTakesItsTestsAlong(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("the kernel's parent-death signal exists on Linux only")
	}
	scratch := t.TempDir()
	dir := hostile(t, "\tfor {\n\t}\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, []string{"TMPDIR=" + scratch}, "--course", latch(t), "--timeout", "1m", dir)
	require.NoError(t, cmd.Start())
	pids := waitForTests(ctx, t, cmd.Process.Pid, scratch)
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	for _, pid := range pids {
		for ctx.Err() == nil && alive(pid) {
			time.Sleep(5 * time.Millisecond)
		}
		assert.False(t, alive(pid), "process %d is still there", pid)
	}
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
