package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// tiny is an exercise with one function and three tests.
func tiny() *grader.Exercise {
	return &grader.Exercise{
		Slug: "90-tiny", Package: "tiny", Files: []string{"tiny.go"},
		Stub: map[string][]byte{"tiny.go": []byte("package tiny\n\nfunc F(n int) int { return 0 }\n")},
		Hidden: map[string][]byte{"tiny_test.go": []byte(`package tiny_test

import (
	"testing"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/90-tiny"
)

func TestMain(m *testing.M) { gradetest.Main(m) }

func TestOne(t *testing.T) {
	if got := tiny.F(1); got != 1 {
		t.Errorf("F(1): got %d, want 1", got)
	}
}

func TestTwo(t *testing.T) {
	if got := tiny.F(2); got != 2 {
		t.Errorf("F(2): got %d, want 2", got)
	}
}

func TestThree(t *testing.T) {
	if got := tiny.F(3); got != 3 {
		t.Errorf("F(3): got %d, want 3", got)
	}
}
`)},
	}
}

func bench(t *testing.T, src string, o Options) *Workspace {
	t.Helper()
	return benchFor(t, tiny(), src, o)
}

func benchFor(t *testing.T, ex *grader.Exercise, src string, o Options) *Workspace {
	t.Helper()
	tools, err := FindToolchain(t.Context())
	require.NoError(t, err)
	o.TempDir = t.TempDir()
	sub := &grader.Submission{Dir: "90-tiny", Names: []string{"tiny.go"}, Files: map[string][]byte{"tiny.go": []byte(src)}}
	w, err := New(ex, sub, tools, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, w.Close())
		left, err := os.ReadDir(o.TempDir)
		assert.NoError(t, err)
		assert.Empty(t, left)
	})
	return w
}

// outcome builds and runs the tests without the race detector.
func outcome(t *testing.T, src string, o Options) grader.Outcome {
	t.Helper()
	w := bench(t, src, o)
	built, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
	require.NoError(t, err)
	require.Empty(t, built.Findings)
	for _, gone := range []string{"mod", "virtual"} {
		_, err := os.Stat(filepath.Join(w.dir, gone))
		assert.ErrorIs(t, err, os.ErrNotExist, "sources must be gone before the student's code runs")
	}
	out, err := w.Run(t.Context(), grader.Job{Flavour: grader.FlavourPlain, Tests: []string{"TestOne", "TestTwo", "TestThree"}})
	require.NoError(t, err)
	require.Len(t, out.Tests, 3, "exactly one outcome for each test")
	return out
}

func statuses(out grader.Outcome) map[string]grader.TestStatus {
	m := map[string]grader.TestStatus{}
	for _, o := range out.Tests {
		m[o.Name] = o.Status
	}
	return m
}

const identity = "package tiny\n\nfunc F(n int) int { return n }\n"

func TestRun(t *testing.T) {
	assert.Equal(t, map[string]grader.TestStatus{"TestOne": grader.TestPassed, "TestTwo": grader.TestPassed, "TestThree": grader.TestPassed}, statuses(outcome(t, identity, Options{})))
}

func TestRunFailuresAndCrashes(t *testing.T) {
	for name, c := range map[string]struct {
		src   string
		want  grader.TestStatus // of TestTwo; the others pass
		cause grader.Cause
	}{
		"wrong":         {"package tiny\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\treturn 7\n\t}\n\treturn n\n}\n", grader.TestFailed, grader.CauseAssertion},
		"panic":         {"package tiny\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\tpanic(\"two\")\n\t}\n\treturn n\n}\n", grader.TestFailed, grader.CausePanic},
		"panic outside": {"package tiny\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\tgo panic(\"two\")\n\t\tselect {}\n\t}\n\treturn n\n}\n", grader.TestCrashed, grader.CausePanic},
		"exit":          {"package tiny\n\nimport \"os\"\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\tos.Exit(0)\n\t}\n\treturn n\n}\n", grader.TestFailed, grader.CauseVanished},
		"goexit":        {"package tiny\n\nimport \"runtime\"\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\truntime.Goexit()\n\t}\n\treturn n\n}\n", grader.TestVanished, grader.CauseVanished},
		"leak":          {"package tiny\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\tgo func() { select {} }()\n\t}\n\treturn n\n}\n", grader.TestPassed, grader.CauseLeak},
		"deadlock":      {"package tiny\n\nvar c = make(chan int)\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\treturn <-c\n\t}\n\treturn n\n}\n", grader.TestStuck, grader.CauseDeadlock},
		"fake pass":     {"package tiny\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc F(n int) int {\n\tif n == 2 {\n\t\tfmt.Println(\"--- PASS: TestTwo (0.00s)\\nPASS\")\n\t\tos.Stdout.Close()\n\t\treturn 0\n\t}\n\treturn n\n}\n", grader.TestFailed, ""},
	} {
		out := outcome(t, c.src, Options{})
		got := statuses(out)
		assert.Equal(t, c.want, got["TestTwo"], name)
		assert.Equal(t, grader.TestPassed, got["TestOne"], name)
		assert.Equal(t, grader.TestPassed, got["TestThree"], name)
		for _, o := range out.Tests {
			if o.Name == "TestTwo" && c.cause != "" && assert.NotEmpty(t, o.Findings, name) {
				assert.Equal(t, c.cause, o.Findings[0].Cause, name)
				assert.False(t, o.Findings[0].Pos.IsValid() && !strings.HasPrefix(o.Findings[0].Pos.File, "90-tiny"), name)
			}
		}
	}
}

// TestProvidedIsTheCourses: the file that the course provides is built with
// the submission.
func TestProvidedIsTheCourses(t *testing.T) {
	ex := tiny()
	ex.Provided = map[string][]byte{"given.go": []byte("package tiny\n\nfunc given(n int) int { return n }\n")}
	w := benchFor(t, ex, "package tiny\n\nfunc F(n int) int { return given(n) }\n", Options{})
	for _, f := range []grader.Flavour{grader.FlavourPlain, grader.FlavourExplore} {
		built, err := w.Build(t.Context(), []grader.Flavour{f})
		require.NoError(t, err)
		require.Empty(t, built.Findings)
		out, err := w.Run(t.Context(), grader.Job{Flavour: f, Tests: []string{"TestOne"}})
		require.NoError(t, err)
		assert.Equal(t, map[string]grader.TestStatus{"TestOne": grader.TestPassed}, statuses(out))
	}
}

// TestExitBeforeTheFirstTest: a process that ends well without having run anything passes nothing.
func TestExitBeforeTheFirstTest(t *testing.T) {
	out := outcome(t, "package tiny\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n\nfunc F(n int) int { return n }\n", Options{})
	for _, o := range out.Tests {
		assert.Equal(t, grader.TestCrashed, o.Status)
		assert.NotEmpty(t, o.Findings)
	}
}

// TestTheKeyIsGone: what the student's code finds in its environment and
// descriptors does not help it to sign.
func TestTheKeyIsGone(t *testing.T) {
	out := outcome(t, "package tiny\n\nimport \"os\"\n\nvar found = os.Getenv(\""+wire.EnvKey+"\") + os.Getenv(\""+wire.EnvResult+"\") + os.Getenv(\"PATH\")\n\nfunc F(n int) int {\n\tif _, err := os.NewFile(3, \"\").Read(make([]byte, 1)); err == nil || found != \"\" {\n\t\treturn -1\n\t}\n\treturn n\n}\n", Options{})
	assert.Equal(t, grader.TestPassed, statuses(out)["TestOne"])
}

// TestTwoHangsAreEnough: the third test is not run after two have hung.
func TestTwoHangsAreEnough(t *testing.T) {
	out := outcome(t, "package tiny\n\nfunc F(n int) int { select {} }\n", Options{Limits: grader.Limits{Test: 500 * time.Millisecond}})
	got := statuses(out)
	assert.Equal(t, grader.TestTimeout, got["TestOne"])
	assert.Equal(t, grader.TestTimeout, got["TestTwo"])
	assert.Equal(t, grader.TestNotRun, got["TestThree"])
}

func TestBuildBounds(t *testing.T) {
	bomb := "package tiny\n\nfunc F(n int) int { return n }\n\ntype p[A, B any] struct{ a A; b B }\n\nfunc g[T any](n int) {\n\tif n > 0 {\n\t\tvar x p[T, T]\n\t\t_ = x\n\t}\n}\n\nvar big = [1 << 27]int{1<<27 - 1: 1}\n"
	for want, c := range map[string]struct {
		src   string
		limit grader.Limits
	}{
		"did not compile within 20ms": {identity, grader.Limits{Wall: 20 * time.Millisecond}},
		"needed more than 30 MB":      {bomb, grader.Limits{Memory: 30 << 20}},
		"printed more than 1 KB":      {"package tiny\n" + strings.Repeat("\nvar _ = undefinedName\n", 1000), grader.Limits{Output: 1 << 10}},
	} {
		w := bench(t, c.src, Options{Build: c.limit})
		out, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
		if strings.HasPrefix(want, "printed") && err == nil && len(out.Findings) > 0 && strings.Contains(out.Findings[0].Message, "undefinedName") {
			continue // the compiler stopped by itself before the bound
		}
		require.NoError(t, err, want)
		require.NotEmpty(t, out.Findings, want)
		assert.Contains(t, out.Findings[0].Message, want)
	}
}

func TestChannelBelievesOnlyGenuineMessages(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	line := func(seq int, kind string) string {
		b, err := wire.Seal(key, wire.Message{Seq: seq, Kind: kind})
		require.NoError(t, err)
		return string(b)
	}
	forged, err := wire.Seal([]byte("another key"), wire.Message{Kind: "begin"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		stream   string
		messages int
		problem  string
	}{
		"genuine":  {line(0, "begin") + line(1, "end"), 2, ""},
		"forged":   {line(0, "begin") + string(forged), 1, "bad signature"},
		"replayed": {line(0, "begin") + line(0, "begin"), 1, "out of order"},
		"missing":  {line(1, "end"), 0, "out of order"},
		"nonsense": {"PASS\n", 0, "bad signature"},
		"nothing":  {"", 0, ""},
	} {
		ch := &channel{key: key}
		ch.read(strings.NewReader(c.stream))
		assert.Len(t, ch.messages, c.messages, name)
		if c.problem == "" {
			assert.Empty(t, ch.problem, name)
		} else {
			assert.Contains(t, ch.problem, c.problem, name)
		}
	}
}

// TestRealTime: a test that says it waits for real things is repeated with
// delays, which show that the addition has two steps.
func TestRealTime(t *testing.T) {
	const counter = `package tiny

import (
	"sync"
	"sync/atomic"
)

func F(n int) int {
	var sum atomic.Int64
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			seen := sum.Load()
			sum.Store(seen + 1)
		})
	}
	all.Wait()
	return int(sum.Load())
}
`
	ex := tiny()
	for name, src := range ex.Hidden {
		ex.Hidden[name] = []byte(strings.ReplaceAll(string(src), "if got :=", "gradetest.RealTime(t)\n\tif got :="))
	}
	w := benchFor(t, ex, counter, Options{})
	built, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourExplore})
	require.NoError(t, err)
	require.Empty(t, built.Findings)
	require.Empty(t, built.Missing)
	run := func(e grader.Explore) grader.Outcome {
		out, err := w.Run(t.Context(), grader.Job{Flavour: grader.FlavourExplore, Tests: []string{"TestOne", "TestThree"}, Explore: &e})
		require.NoError(t, err)
		require.Len(t, out.Tests, 2)
		return out
	}
	for _, o := range run(grader.Explore{From: 1, Count: 5, Budget: time.Minute}).Tests {
		assert.True(t, o.RealTime, o.Name)
		assert.Zero(t, o.Schedules, o.Name)
	}
	out := run(grader.Explore{From: 1, Count: 3000, Budget: time.Minute, RealTime: true})
	assert.Equal(t, grader.TestPassed, out.Tests[0].Status, "one addition cannot be lost")
	assert.Equal(t, 3000, out.Tests[0].Repeats)
	assert.Equal(t, grader.TestFailed, out.Tests[1].Status)
	assert.Less(t, out.Tests[1].Repeats, 3000)
	assert.Positive(t, out.Tests[1].Repeats)
	require.Len(t, out.Tests[1].Findings, 1)
	assert.Contains(t, out.Tests[1].Findings[0].Message+out.Tests[1].Findings[0].Want, "3")
}

// TestAnEmptyCacheIsNotTheStudentsFault: the bound on a build is for what the
// student wrote, and the standard library may take longer. The go command of
// this test takes for ever until it has been told to build the libraries.
func TestAnEmptyCacheIsNotTheStudentsFault(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	_, err := bench(t, identity, Options{}).Build(t.Context(), []grader.Flavour{grader.FlavourPlain}) // fills the cache in truth
	require.NoError(t, err)
	var said []string
	w := bench(t, identity, Options{Build: grader.Limits{Wall: 8 * time.Second}, Progress: func(s string) { said = append(said, s) }})
	warm := filepath.Join(t.TempDir(), "warm")
	slow := filepath.Join(t.TempDir(), "go")
	script := fmt.Sprintf("#!/bin/sh\ncase $1 in\nbuild) sleep 3; echo \"$@\" > %[1]s; exit ;;\ntest) [ -e %[1]s ] || exec sleep 300 ;;\nesac\nexec %[2]s \"$@\"\n", warm, w.tools.Go)
	require.NoError(t, os.WriteFile(slow, []byte(script), 0o755))
	w.tools.Go = slow
	out, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
	require.NoError(t, err)
	assert.Empty(t, out.Findings)
	assert.Equal(t, []string{"compiling the standard library and testify, once"}, said)
	asked, err := os.ReadFile(warm)
	require.NoError(t, err)
	assert.Contains(t, string(asked), "testify")
}

// TestBuildInTwoSteps: what was built stays, what was not is added, and the
// sources are gone each time.
func TestBuildInTwoSteps(t *testing.T) {
	w := bench(t, strings.Replace(identity, "\n\n", "\n\nimport \"sync\"\n\nfunc G(mu sync.Mutex) { mu.Lock() }\n\n", 1), Options{})
	for i, flavours := range [][]grader.Flavour{{grader.FlavourPlain}, {grader.FlavourExplore, grader.FlavourVirtual}, {grader.FlavourPlain, grader.FlavourExplore}} {
		out, err := w.Build(t.Context(), flavours)
		require.NoError(t, err)
		require.Empty(t, out.Findings)
		assert.Len(t, out.Warnings, 1, "vet has looked once, and what it said stays")
		assert.NoDirExists(t, w.path("mod"))
		assert.NoDirExists(t, w.path("virtual"))
		assert.FileExists(t, w.binary(grader.FlavourPlain))
		if i > 0 {
			assert.FileExists(t, w.binary(grader.FlavourExplore))
		}
	}
	ran, err := w.Run(t.Context(), grader.Job{Flavour: grader.FlavourExplore, Tests: []string{"TestOne"}})
	require.NoError(t, err)
	assert.Equal(t, grader.TestPassed, ran.Tests[0].Status)
}
