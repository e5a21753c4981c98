//go:build linux

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// attack is an attack.json: a submission of somebody who wants the points, or
// worse, and what must become of it.
type attack struct {
	name string
	dir  string

	Class     string   `json:"class"`
	Exercise  string   `json:"exercise"`
	Tries     string   `json:"tries"`
	Want      string   `json:"want"` // outcomes joined by "|"
	StoppedBy []string `json:"stopped_by"`
	// GainWithout is what it gets from a grader that runs go test and believes it.
	GainWithout string `json:"gain_without"`
	// Make is what cannot lie in a repository: one instruction a line.
	Make string `json:"make"`
}

func attacks(t *testing.T) (list []attack) {
	t.Helper()
	dirs, err := filepath.Glob("testdata/attacks/*")
	require.NoError(t, err)
	for _, dir := range dirs {
		raw, err := os.ReadFile(filepath.Join(dir, "attack.json"))
		require.NoError(t, err)
		a := attack{name: filepath.Base(dir), dir: dir}
		require.NoError(t, json.Unmarshal(raw, &a), a.name)
		list = append(list, a)
	}
	return list
}

// TestAttacksAreDescribed holds outside of the box too.
func TestAttacksAreDescribed(t *testing.T) {
	list := attacks(t)
	require.Greater(t, len(list), 71, "those handed over, and ours")
	for _, a := range list {
		assert.Contains(t, []string{"forge", "leak", "tamper", "output", "dos", "control"}, a.Class, a.name)
		assert.NotEmpty(t, a.Tries, a.name)
		for w := range strings.SplitSeq(a.Want, "|") {
			assert.Contains(t, []string{"refused", "build_failed", "failed", "passed"}, w, a.name)
		}
		if a.Class == "forge" {
			assert.NotContains(t, a.Want, "passed", "%s: what is forged must not pass", a.name)
		}
	}
}

// envBox says that this process is in the box that .ci/attacks makes: a user,
// a network and a tree of processes of its own, and nothing worth harming.
const envBox = "WEFT_BOX"

// TestAttacks grades every attack and looks at everything that it could have harmed.
func TestAttacks(t *testing.T) {
	if os.Getenv(envBox) == "" {
		t.Skip("attacks run in the box only: sudo .ci/attacks")
	}
	w := plantCanaries(t)
	only := os.Getenv("WEFT_ATTACK")
	every, _ := strconv.Atoi(os.Getenv("WEFT_ATTACKS_EVERY")) // 0 and 1 are all of them
	for i, a := range attacks(t) {
		if every > 1 && i%every != 0 && a.Want != "refused" {
			continue // those that are refused cost nothing
		}
		if only == "" || slices.Contains(strings.Split(only, ","), a.name) {
			t.Run(a.name, func(t *testing.T) { w.judge(t, a) })
		}
	}
}

// canaries are what attacks are after, with the text that each must keep.
var canaries = map[string]string{
	"file": "untouched", "secret": "canary-secret", "other/semaphore.go": "package semaphore // of somebody else\n",
	"github_env": "", "github_output": "", "github_step_summary": "",
}

const canaryDir = "/tmp/canary"

// world is the box with its canaries.
type boxWorld struct {
	victim  *exec.Cmd
	reached atomic.Int64 // connections and datagrams
	grade   string
}

func plantCanaries(t *testing.T) *boxWorld {
	w := &boxWorld{grade: os.Getenv("WEFT_GRADE"), victim: exec.Command("sleep", "100000")}
	for name, text := range canaries {
		file := filepath.Join(canaryDir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	require.NoError(t, w.victim.Start())
	t.Cleanup(func() { w.victim.Process.Kill(); w.victim.Wait() })
	require.NoError(t, os.WriteFile(canaryDir+"/pid", []byte(strconv.Itoa(w.victim.Process.Pid)), 0o644))
	for _, at := range [][2]string{{"tcp", "127.0.0.1:45678"}, {"unix", canaryDir + "/sock"}} {
		l, err := net.Listen(at[0], at[1])
		require.NoError(t, err)
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				w.reached.Add(1)
				c.Close()
			}
		}()
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:45678")
	require.NoError(t, err)
	t.Cleanup(func() { udp.Close() })
	go func() {
		for {
			if _, _, err := udp.ReadFrom(make([]byte, 100)); err != nil {
				return
			}
			w.reached.Add(1)
		}
	}()
	return w
}

// attackBudget is what an attack may take of the grader's time, build included.
const attackBudget = 3 * time.Minute

func (w *boxWorld) judge(t *testing.T, a attack) {
	dir := a.lay(t)
	before := pids(t)
	ctx, cancel := context.WithTimeout(t.Context(), attackBudget)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.grade, "--json", "--sandbox="+os.Getenv("WEFT_SANDBOX"), "--exercise", a.Exercise, dir)
	cmd.Env = append(os.Environ(), "GITHUB_TOKEN=canary-token", "GITHUB_ENV="+canaryDir+"/github_env", "GITHUB_OUTPUT="+canaryDir+"/github_output", "GITHUB_STEP_SUMMARY="+canaryDir+"/github_step_summary")
	cmd.WaitDelay = time.Second
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("the grader was stopped after %v: %v", took, err)
	}
	var one grader.Report
	if err := json.Unmarshal([]byte(out.String()), &one); err != nil {
		fmt.Printf("attack\t%s\t%s\t%s\terror\t%.1f s\t\n", a.name, a.Class, a.Tries, took.Seconds())
		t.Fatalf("no result: exit %d\n%s\n%s", cmd.ProcessState.ExitCode(), out.String(), errs.String())
	}
	reports := []*grader.Report{&one}
	verdict, why := outcome(&one)
	fmt.Printf("attack\t%s\t%s\t%s\t%s\t%.1f s\t%.150s\n", a.name, a.Class, a.Tries, verdict, took.Seconds(), grader.Clean(why))
	assert.Contains(t, strings.Split(a.Want, "|"), verdict, why)
	w.unharmed(t, a, reports, errs.String())
	assert.Eventually(t, func() bool { return len(extra(before, pids(t))) == 0 }, 10*time.Second, 10*time.Millisecond, "processes left")
	left, err := filepath.Glob("/tmp/weft-*")
	require.NoError(t, err)
	assert.Empty(t, left, "folders left")
}

// outcome is what became of a submission, and the first reason.
func outcome(r *grader.Report) (verdict, why string) {
	all := r.Findings
	for _, c := range r.Checks {
		all = append(all, c.Findings...)
	}
	if len(all) > 0 {
		why = fmt.Sprintf("%s: %s", all[0].Cause, all[0].Message)
	}
	switch {
	case r.Status != grader.StatusGraded:
		return string(r.Status), why
	case r.AllPassed():
		return "passed", ""
	}
	return "failed", why
}

// unharmed looks at the canaries and at all that the grader says.
func (w *boxWorld) unharmed(t *testing.T, a attack, reports []*grader.Report, errs string) {
	for name, want := range canaries {
		text, err := os.ReadFile(filepath.Join(canaryDir, name))
		assert.NoError(t, err)
		assert.Equal(t, want, string(text), "canary %s", name)
	}
	assert.NoError(t, w.victim.Process.Signal(syscall.Signal(0)), "the canary process")
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(w.victim.Process.Pid) + "/stat")
	assert.NoError(t, err)
	assert.Contains(t, string(stat), ") S ", "the canary process sleeps, as before")
	assert.Zero(t, w.reached.Swap(0), "connections")
	assert.NoFileExists(t, "/tmp/.config/go/env")
	format, err := report.Find("text")
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, format.Write(&text, reports, report.Options{Verbose: true, Source: func(string) []byte { return nil }}))
	raw, err := json.Marshal(reports)
	require.NoError(t, err)
	for where, said := range map[string]string{"text": text.String() + errs, "JSON": string(raw)} {
		assert.NotContains(t, said, "canary-token", where)
		if !strings.Contains(mustRead(t, filepath.Join(a.dir, "semaphore.go")), "canary-secret") {
			assert.NotContains(t, said, "canary-secret", where)
		}
	}
	for line := range strings.Lines(text.String() + errs) {
		assert.False(t, strings.HasPrefix(strings.TrimLeft(line, " \t"), "::"), "a workflow command: %q", line)
		assert.NotContains(t, line, "##[")
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\r")
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(b)
}

// pids lists the processes of the box that have not ended.
func pids(t *testing.T) map[string]bool {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	set := map[string]bool{}
	for _, d := range dirs {
		stat, err := os.ReadFile(d + "/stat")
		if err == nil && !strings.Contains(string(stat), ") Z ") { // an orphan that has ended, and that nobody here waits for
			set[d] = true
		}
	}
	return set
}

func extra(before, now map[string]bool) (list []string) {
	for p := range now {
		if !before[p] {
			list = append(list, p)
		}
	}
	return list
}

// lay copies the attack as a student would hand it in, and makes what a
// repository cannot hold.
func (a attack) lay(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), a.Exercise)
	require.NoError(t, os.Mkdir(dir, 0o755))
	entries, err := os.ReadDir(a.dir)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() || e.Name() == "attack.json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(a.dir, e.Name()))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, strings.TrimSuffix(e.Name(), ".txt")), text, 0o644))
	}
	for line := range strings.Lines(a.Make) {
		a.make(t, dir, strings.TrimSpace(line))
	}
	return dir
}

func (a attack) make(t *testing.T, dir, line string) {
	t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	name, arg, _ := strings.Cut(rest, " ")
	file := filepath.Join(dir, name)
	size := func() int {
		n, err := strconv.Atoi(arg)
		require.NoError(t, err, line)
		return n
	}
	switch verb {
	case "fifo":
		os.Remove(file)
		require.NoError(t, syscall.Mkfifo(file, 0o644))
	case "symlink":
		os.Remove(file)
		if arg == "SOLUTION" {
			arg = os.Getenv("WEFT_SOLUTION")
		}
		require.NoError(t, os.Symlink(arg, file))
	case "fill":
		require.NoError(t, os.WriteFile(file, []byte("package semaphore\n"), 0o644))
		require.NoError(t, os.Truncate(file, int64(size())))
	case "pad": // a comment up to exactly this size
		text := mustRead(t, file) + "\n//"
		require.NoError(t, os.WriteFile(file, []byte(text+strings.Repeat("x", size()-len(text)-1)+"\n"), 0o644))
	case "parens":
		a.add(t, file, "var made = "+strings.Repeat("(", size())+"1"+strings.Repeat(")", size()))
	case "repeat":
		count, what, _ := strings.Cut(arg, " ")
		n, err := strconv.Atoi(count)
		require.NoError(t, err, line)
		if kind := strings.TrimSpace(what); kind == "-" {
			a.add(t, file, "var made = "+strings.Repeat(what+" ", n)+"1")
		} else {
			a.add(t, file, "type made "+strings.Repeat(what, n)+"int")
		}
	case "copy":
		to, err := strconv.Unquote(arg)
		require.NoError(t, err, line)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), []byte(mustRead(t, filepath.Join(a.dir, name))), 0o644))
	case "syso":
		if out, err := exec.Command("cc", "-c", "-o", file, filepath.Join(dir, arg)).CombinedOutput(); err != nil {
			t.Skipf("no C compiler in the box: %v: %s", err, out)
		}
		os.Remove(filepath.Join(dir, arg))
	default:
		t.Fatalf("%s: nobody knows how to make %q", a.name, line)
	}
}

// add appends a declaration.
func (a attack) add(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(mustRead(t, file)+"\n"+text+"\n"), 0o644))
}
