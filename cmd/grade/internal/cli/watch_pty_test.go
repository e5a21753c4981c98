//go:build !windows

package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/term"

	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

// watchPatience is how long a screen may take on a machine that does much else.
const watchPatience = 3 * time.Minute

// ptyScreen is a real pseudo-terminal in which grade watch runs, and what one
// would see on it.
type ptyScreen struct {
	t         *testing.T
	cmd       *exec.Cmd
	keys, tty *os.File
	before    *term.State
	scratch   string

	mu    sync.Mutex
	vt    *vt.Emulator
	shown bool // the cursor
	drawn chan struct{}
}

func startWatch(t *testing.T, scratch string, args ...string) *ptyScreen {
	t.Helper()
	keys, tty, err := pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(keys, &pty.Winsize{Cols: 100, Rows: 40}))
	before, err := term.GetState(int(tty.Fd()))
	require.NoError(t, err)
	exe, err := os.Executable()
	require.NoError(t, err)
	x := &ptyScreen{t: t, keys: keys, tty: tty, before: before, scratch: scratch, vt: vt.NewEmulator(100, 40), shown: true, drawn: make(chan struct{}, 1)}
	x.vt.SetCallbacks(vt.Callbacks{CursorVisibility: func(visible bool) { x.shown = visible }})
	x.cmd = exec.Command(exe, append([]string{"watch"}, args...)...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.Env = append(os.Environ(), envMain+"=1", "TERM=xterm-256color")
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, x.cmd.Start())
	var all sync.WaitGroup
	all.Go(x.draw)
	all.Go(func() { _, _ = io.Copy(keys, x.vt) }) // what the terminal answers
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_, _ = x.cmd.Process.Wait()
		_ = tty.Close()
		_ = keys.Close()
		_ = x.vt.InputPipe().(io.Closer).Close()
		all.Wait()
	})
	return x
}

// draw shows what is written to the terminal until it is closed.
func (x *ptyScreen) draw() {
	b := make([]byte, 4096)
	for {
		n, err := x.keys.Read(b)
		x.mu.Lock()
		_, _ = x.vt.Write(b[:n])
		x.mu.Unlock()
		select {
		case x.drawn <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (x *ptyScreen) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.vt.String()
}

// sees waits until all of the texts are on the screen.
func (x *ptyScreen) sees(texts ...string) {
	x.t.Helper()
	end := time.After(watchPatience)
	for _, text := range texts {
		for !strings.Contains(x.screen(), text) {
			select {
			case <-x.drawn:
			case <-end:
				require.FailNow(x.t, "not on the screen: "+text, x.screen())
			}
		}
	}
}

func (x *ptyScreen) press(key string) {
	x.t.Helper()
	_, err := io.WriteString(x.keys, key)
	require.NoError(x.t, err)
}

// ends waits for the command's end, and sees that nothing is left of it.
func (x *ptyScreen) ends(code int, lastWords string) {
	x.t.Helper()
	state, err := x.cmd.Process.Wait()
	require.NoError(x.t, err)
	x.sees(lastWords)
	assert.Equal(x.t, code, state.ExitCode(), x.screen())
	after, err := term.GetState(int(x.tty.Fd()))
	require.NoError(x.t, err)
	assert.Equal(x.t, x.before, after, "the terminal is as it was")
	x.mu.Lock()
	assert.False(x.t, x.vt.IsAltScreen(), "the screen before is back")
	assert.True(x.t, x.shown, "with its cursor")
	x.mu.Unlock()
	assertEmpty(x.t, x.scratch)
	if runtime.GOOS == "linux" {
		assert.Empty(x.t, processesBelow(x.t, x.scratch))
	}
}

// processesBelow returns the processes that work in a folder or whose program lies there.
func processesBelow(t *testing.T, dir string) (list []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/[ce][wx][de]")
	require.NoError(t, err)
	require.NotEmpty(t, links)
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, dir) {
			list = append(list, l+" → "+to)
		}
	}
	return list
}

// begunToWatch is a student's folder with the built-in course.
func begunToWatch(t *testing.T) (scratch, mine string, from func(slug string, elem ...string) string) {
	t.Helper()
	scratch = scratchDir(t)
	for _, name := range []string{"CI", "NO_COLOR"} {
		t.Setenv(name, "")
	}
	repo, ok := course.Find(".")
	require.True(t, ok)
	root := filepath.Join(t.TempDir(), "my weft", "练习")
	r := grade("init", root)
	require.Equal(t, ExitPassed, r.code, r.err)
	t.Chdir(root)
	return scratch, root, func(slug string, elem ...string) string {
		return mustRead1(t, filepath.Join(append([]string{repo, "solutions", slug}, elem...)...))
	}
}

// TestWatchSession works at an exercise as a student does, in a real terminal.
func TestWatchSession(t *testing.T) {
	scratch, mine, from := begunToWatch(t)
	file := filepath.Join(mine, "exercises", "05-semaphore", "semaphore.go")
	names := watchedFiles(t, mine)
	x := startWatch(t, scratch, "05")
	x.sees("Whenever you save", "0 of 23 passed", "05-semaphore  exercises/05-semaphore")

	start := time.Now()
	put(t, "package semaphore\n\nfunc f() {\n\t信号量 := 1\n}\n", file)
	x.sees("· reading the submission")
	t.Logf("from saving to grading, drawing included: %v", time.Since(start))
	x.sees("the submission does not build", "exercises/05-semaphore/semaphore.go:4:2", ">    4 |     信号量 := 1")
	assert.NotContains(t, x.screen(), "never more holders", "build errors only")
	x.press("n")
	x.sees("05-semaphore has not passed yet; n goes on once it has")

	put(t, from("05-semaphore", "testdata", "mutants", "acquire-in-two-steps", "semaphore.go"), file)
	x.sees("✗ never more holders than permits", "exercises/05-semaphore/semaphore.go:37", "t timeline")
	x.press("t")
	x.sees("TestReleaseMeetsAcquire  schedule 33", "  1  the test", "esc back")
	x.press("t")
	x.press("h")
	x.sees("about what failed last: permits")

	require.NoError(t, os.WriteFile(file+".tmp", []byte(from("05-semaphore", "semaphore.go")), 0o644))
	require.NoError(t, os.Rename(file+".tmp", file)) // as an editor saves
	x.sees("everything assessed passed", "n goes on to 06-timer", "1 of 23 passed", "n next")
	x.press("t")
	x.sees("nothing here has a schedule to show")
	x.press("l")
	x.sees("05-semaphore          passed  ", "23-futures")
	x.press("n")
	x.sees("06-timer  exercises/06-timer", "Whenever you save")

	put(t, from("06-timer", "timer.go"), filepath.Join(mine, "exercises", "06-timer", "timer.go"))
	x.sees("· building")
	x.press("q")
	x.ends(ExitPassed, "06-timer; 1 of 23 passed")
	assert.Equal(t, append(names, study.ProgressFile), watchedFiles(t, mine), "nothing else was written")
	assert.Equal(t, 4, strings.Count(mustRead1(t, study.ProgressFile), "Z "), "three gradings that came to their end, and a hint:\n"+mustRead1(t, study.ProgressFile))
}

// watchedFiles lists the files below a folder, in order.
func watchedFiles(t *testing.T, root string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			names = append(names, rel)
		}
		return err
	}))
	return names
}

// TestWatchIsEnded by the system, in the middle of a grading.
func TestWatchIsEnded(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"terminated": syscall.SIGTERM, "window closed": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			scratch, _, _ := begunToWatch(t)
			x := startWatch(t, scratch, "05", "--poll", "--color=never")
			x.sees("Whenever you save", "polling, as it was asked for")
			x.press("r")
			x.sees("· building")
			require.NoError(t, x.cmd.Process.Signal(sig))
			x.ends(ExitBroken, "nothing was judged and nothing was left behind")
			assert.NoFileExists(t, study.ProgressFile)
		})
	}
}

func TestWatchByControlC(t *testing.T) {
	scratch, _, _ := begunToWatch(t)
	x := startWatch(t, scratch, "05")
	x.sees("Whenever you save")
	x.press("\x03")
	x.ends(ExitPassed, "05-semaphore; 0 of 23 passed")
}
