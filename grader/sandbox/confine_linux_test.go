package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/weft-course/weft/grader/sandbox/launch"
)

// envProbe makes this test binary try what its value names, as a program under
// confinement, and say how it went.
const envProbe = "SANDBOX_PROBE"

func TestMain(m *testing.M) {
	if what := os.Getenv(envProbe); what != "" {
		probes()[what]()
		return
	}
	os.Exit(m.Run())
}

// probes are what a program under confinement tries. Each prints "could" or why not.
func probes() map[string]func() {
	arg := os.Getenv("SANDBOX_ARG")
	return map[string]func(){
		"read":    func() { say(func() error { _, err := os.ReadFile(arg); return err }) },
		"write":   func() { say(func() error { return os.WriteFile(arg, []byte("x"), 0o600) }) },
		"start":   func() { say(func() error { return exec.Command(arg).Run() }) },
		"exec":    func() { say(func() error { return syscall.Exec(arg, []string{arg}, nil) }) },
		"signal":  func() { say(func() error { return syscall.Kill(number(arg), 0) }) },
		"dial":    func() { say(func() error { return dial("tcp", arg) }) },
		"unix":    func() { say(func() error { return dial("unix", arg) }) },
		"user-ns": func() { say(func() error { return unix.Unshare(unix.CLONE_NEWUSER) }) },
		"prlimit": func() {
			say(func() error { return unix.Prlimit(number(arg), unix.RLIMIT_CPU, &unix.Rlimit{Cur: 100, Max: 100}, nil) })
		},
		"environ": func() { say(func() error { _, err := os.ReadFile("/proc/" + arg + "/environ"); return err }) },
		"again": func() {
			say(func() error {
				cmd := exec.Command(os.Args[0])
				cmd.Env = []string{envProbe + "=nothing"}
				return cmd.Run()
			})
		},
		"nothing": func() {},
		"listen": func() {
			say(func() error {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				return dial("tcp", l.Addr().String())
			})
		},
		"daemon": daemon,
		"sleep":  func() { time.Sleep(time.Hour) },
		"descendants": func() {
			for range 200 {
				cmd := exec.Command(os.Args[0])
				cmd.Env = []string{envProbe + "=sleep"}
				cmd.Start()
			}
			time.Sleep(time.Hour)
		},
		"fill": func() {
			for i := 0; ; i++ {
				os.WriteFile(filepath.Join(arg, strconv.Itoa(i)), make([]byte, 1<<20), 0o600)
			}
		},
		"tasks": func() {
			var now unix.Rlimit
			fmt.Println(unix.Getrlimit(unix.RLIMIT_NPROC, &now), now.Cur == now.Max, now.Max)
		},
		"hoard": func() {
			all := make([]byte, 256<<20)
			for i := 0; i < len(all); i += 4096 {
				all[i] = 1
			}
		},
		"grab": func() {
			all := make([]byte, 1<<40)
			fmt.Println(len(all))
		},
	}
}

// daemon leaves a process in a session of its own and says which.
func daemon() {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{envProbe + "=sleep"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("daemon")
}

func say(f func() error) {
	if err := f(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("could")
}

func dial(network, address string) error {
	c, err := net.DialTimeout(network, address, 5*time.Second)
	if err == nil {
		c.Close()
	}
	return err
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// probe runs one of them under a profile.
func probe(t *testing.T, profile Profile, what, arg string, change ...func(*Process)) Result {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := Process{
		Path: self, Dir: t.TempDir(), Env: []string{envProbe + "=" + what, "SANDBOX_ARG=" + arg, "GORACE=atexit_sleep_ms=0"},
		Wall: time.Minute, Memory: 1 << 30, Output: 1 << 20, Profile: profile,
	}
	for _, f := range change {
		f(&p)
	}
	r, err := Run(t.Context(), p)
	require.NoError(t, err)
	return r
}

func needs(t *testing.T, names ...string) {
	t.Helper()
	for _, l := range Layers() {
		for _, n := range names {
			if l.Name == n && l.Missing != "" {
				t.Skipf("%s: %s", n, l.Missing)
			}
		}
	}
}

// TestWhatEachProfileMay: what is denied is tried without confinement first, so
// that the test cannot pass for another reason.
func TestWhatEachProfileMay(t *testing.T) {
	needs(t, "Landlock", "seccomp")
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s"), 0o600))
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer tcp.Close()
	sock, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	defer sock.Close()
	victim := exec.Command("/bin/sleep", "1000")
	require.NoError(t, victim.Start())
	defer func() { victim.Process.Kill(); victim.Wait() }()
	pid := strconv.Itoa(victim.Process.Pid)
	const no = ""
	for _, c := range []struct {
		what, arg  string
		pure, proc string // "could", or anything else
		net        string
	}{
		{"read", secret, no, no, no},
		{"read", "/etc/passwd", no, no, no},
		{"write", secret, no, no, no},
		{"write", "/tmp/weft-sandbox-test", no, no, no},
		{"start", "/bin/true", no, no, no},
		{"exec", "/bin/true", no, no, no},
		{"again", "", no, "could", no},
		{"signal", pid, no, no, no},
		{"environ", pid, no, no, no},
		{"prlimit", pid, no, no, no},
		{"user-ns", "", no, no, no},
		{"dial", tcp.Addr().String(), no, no, no},
		{"unix", sock.Addr().String(), no, no, no},
		{"listen", "", no, no, "could"},
	} {
		if c.what != "exec" && c.what != "user-ns" {
			assert.Equal(t, "could\n", probe(t, "", c.what, c.arg).Output, "%s %s without confinement", c.what, c.arg)
		}
		for profile, want := range map[Profile]string{Pure: c.pure, Processes: c.proc, Loopback: c.net} {
			if profile == Loopback && c.what == "dial" && Check(Require, Loopback) != nil {
				continue
			}
			r := probe(t, profile, c.what, c.arg)
			assert.Equal(t, want == "could", r.Output == "could\n", "%s: %s %s: %q", profile, c.what, c.arg, r.Output)
			assert.NotEmpty(t, r.Output, "%s: %s %s", profile, c.what, c.arg)
		}
	}
	os.Remove("/tmp/weft-sandbox-test")
}

// TestWritableIsWritable: what is named may be changed, and nothing beside it.
func TestWritableIsWritable(t *testing.T) {
	needs(t, "Landlock", "seccomp")
	dir := t.TempDir()
	may := func(p *Process) { p.Writable = []string{dir} }
	assert.Equal(t, "could\n", probe(t, Pure, "write", filepath.Join(dir, "a"), may).Output)
	assert.NotEqual(t, "could\n", probe(t, Pure, "write", filepath.Join(t.TempDir(), "a"), may).Output)
	r := probe(t, Pure, "fill", dir, may)
	assert.Equal(t, ReasonDisk, r.Reason)
}

// TestNothingSurvivesTheSupervisor: a process in a session of its own, whose
// parent has ended, is found and ended.
func TestNothingSurvivesTheSupervisor(t *testing.T) {
	needs(t, "seccomp")
	before := mine(t)
	for range 5 {
		r := probe(t, Processes, "daemon", "")
		assert.Equal(t, "daemon\n", r.Output)
		assert.Zero(t, r.Code)
	}
	assert.Eventually(t, func() bool { return mine(t) <= before }, 20*time.Second, 5*time.Millisecond, "processes left")
}

// mine counts the processes that run this test binary.
func mine(t *testing.T) (n int) {
	self, err := os.Executable()
	require.NoError(t, err)
	dirs, err := filepath.Glob("/proc/[0-9]*/exe")
	require.NoError(t, err)
	for _, d := range dirs {
		if to, err := os.Readlink(d); err == nil && to == self {
			n++
		}
	}
	return n
}

func TestBoundsOfTheConfined(t *testing.T) {
	needs(t, "seccomp")
	before := mine(t)
	assert.Equal(t, ReasonProcesses, probe(t, Processes, "descendants", "", func(p *Process) {
		p.Memory = 0 // under the race detector a hundred processes hold a lot of it
	}).Reason)
	r := probe(t, Pure, "grab", "")
	assert.NotZero(t, r.Code)
	assert.Regexp(t, "out of memory|failed to allocate", r.Output, "the kernel refuses the memory at once")
	for _, profile := range []Profile{Pure, Processes} {
		assert.Equal(t, ReasonTime, probe(t, profile, "sleep", "", func(p *Process) { p.Wall = time.Second }).Reason)
	}
	assert.Eventually(t, func() bool { return mine(t) <= before }, 20*time.Second, 5*time.Millisecond, "processes left")
}

// TestRoomForTasks: what may start processes gets no more of them at a number
// that leaves some to those who must end it.
func TestRoomForTasks(t *testing.T) {
	needs(t, "seccomp")
	var ours unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NPROC, &ours))
	for _, profile := range []Profile{Processes, Loopback} {
		var most uint64
		_, err := fmt.Sscanf(probe(t, profile, "tasks", "").Output, "<nil> true %d\n", &most)
		require.NoError(t, err)
		assert.Greater(t, most, uint64(100))
		assert.LessOrEqual(t, most, ours.Max-launch.SpareTasks)
		assert.LessOrEqual(t, most, uint64(launch.TasksOf(os.Getuid()))+10*launch.MoreTasks)
	}
	assert.GreaterOrEqual(t, launch.TasksOf(os.Getuid()), int64(2), "this process has several")
	assert.Zero(t, launch.TasksOf(1<<30))
}

// TestExitStatusOfTheConfined: what the program ends with comes through every layer.
func TestExitStatusOfTheConfined(t *testing.T) {
	for _, profile := range []Profile{"", Pure, Processes, Loopback} {
		p := shell("exit 7")
		p.Profile = profile
		r, err := Run(t.Context(), p)
		require.NoError(t, err)
		assert.Equal(t, 7, r.Code, "%s: %s", profile, r.Output)
		p.Args = []string{"-c", "kill -9 $$"}
		r, err = Run(t.Context(), p)
		require.NoError(t, err)
		assert.Equal(t, -1, r.Code, profile)
		assert.Empty(t, r.Reason)
	}
}

func TestDescriptorsReachTheConfined(t *testing.T) {
	for _, profile := range []Profile{"", Pure, Processes, Loopback} {
		in, out, err := os.Pipe()
		require.NoError(t, err)
		p := shell("echo hello >&3")
		p.Profile, p.Files = profile, []*os.File{out}
		_, err = Run(t.Context(), p)
		require.NoError(t, err)
		out.Close()
		line, err := bufio.NewReader(in).ReadString('\n')
		require.NoError(t, err, profile)
		assert.Equal(t, "hello\n", line)
		_, err = in.Read(make([]byte, 1))
		assert.Error(t, err, "nobody else holds the descriptor")
		in.Close()
	}
}

func TestTheLastOfAVariableCounts(t *testing.T) {
	for _, profile := range []Profile{"", Tool, Pure, Processes} {
		p := shell("echo $A-$B")
		p.Profile, p.Env = profile, []string{"A=1", "B=2", "A=3"}
		r, err := Run(t.Context(), p)
		require.NoError(t, err)
		assert.Equal(t, "3-2\n", r.Output, profile)
	}
}

func TestWhatCannotBeConfinedDoesNotRun(t *testing.T) {
	for _, profile := range []Profile{Pure, Processes, Loopback} {
		p := shell("")
		p.Path, p.Profile = "/nonexistent/sh", profile
		_, err := Run(t.Context(), p)
		assert.ErrorIs(t, err, ErrLaunch, profile)
		assert.ErrorContains(t, err, "exec: no such file")
	}
}

func TestCancelEndsTheConfined(t *testing.T) {
	needs(t, "seccomp")
	before := mine(t)
	for _, profile := range []Profile{Pure, Processes} {
		self, err := os.Executable()
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		in, out, err := os.Pipe()
		require.NoError(t, err)
		go func() { // as soon as it has started: its copy of the descriptor is the last
			out.Close()
			cancel()
		}()
		_, err = Run(ctx, Process{Path: self, Dir: t.TempDir(), Env: []string{envProbe + "=sleep"}, Wall: time.Minute, Profile: profile})
		assert.ErrorIs(t, err, context.Canceled)
		in.Close()
	}
	assert.Eventually(t, func() bool { return mine(t) <= before }, 20*time.Second, 5*time.Millisecond, "processes left")
}

func TestLayersAreNamed(t *testing.T) {
	assert.Empty(t, Names(Off, Pure))
	assert.Empty(t, Names(Auto, ""))
	assert.Contains(t, Names(Auto, Pure), "no-new-privileges")
	assert.NoError(t, Check(Auto, Processes))
	err := &MissingError{[]Layer{{Name: "Landlock", Missing: "it needs x"}}}
	assert.ErrorContains(t, err, "missing: Landlock (it needs x)")
	assert.True(t, strings.HasPrefix(err.Error(), "this machine cannot confine"))
}
