package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/stage"
)

func TestWrongPathsAndFlags(t *testing.T) {
	scratchDir(t)
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	require.NoError(t, os.Symlink(loop, loop))
	file := filepath.Join(submit(t, reference(t)), "latch.go")
	misnamed := filepath.Join(dir, "24-lach")
	require.NoError(t, os.Mkdir(misnamed, 0o755))
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no path":          {nil, []string{"give the folder of an exercise", "grade ./exercises/"}},
		"missing folder":   {[]string{filepath.Join(dir, "nowhere")}, []string{"there is no folder", "nowhere"}},
		"a file":           {[]string{file}, []string{"is a file", "grade " + filepath.Dir(file)}},
		"a link loop":      {[]string{loop}, []string{"symbolic link"}},
		"unknown exercise": {[]string{misnamed}, []string{`"24-lach" is no exercise`, "did you mean 24-latch?"}},
		"format":           {[]string{"--format", "yaml", dir}, []string{`"yaml" is none of text, json`}},
		"color":            {[]string{"--color", "pink", dir}, []string{"auto, always or never"}},
		"flag":             {[]string{"--nonsense", dir}, []string{"unknown flag", "grade --help"}},
		"only":             {[]string{"--only", "speed", submit(t, reference(t))}, []string{`--only "speed"`, "opens, race, leak, timing"}},
		"course":           {[]string{"--course", filepath.Join(dir, "nowhere"), dir}, []string{"no such file", "exercises and solutions"}},
		"explain":          {[]string{"explain", "luck"}, []string{`no topic "luck"`}},
		"verify":           {[]string{"course", "verify", "24-lach"}, []string{"did you mean 24-latch?"}},
	} {
		args := c.args
		if name != "course" && name != "explain" {
			if name == "verify" {
				args = append(args, "--course", latch(t))
			} else {
				args = append([]string{"--course", latch(t)}, args...)
			}
		}
		r := grade(args...)
		assert.Equal(t, ExitUsage, r.code, name)
		assert.Empty(t, r.out, name)
		for _, w := range c.want {
			assert.Contains(t, r.err, w, name)
		}
	}
}

func TestSubmissionsThatAreRefusedOrDoNotBuild(t *testing.T) {
	scratchDir(t)
	for name, c := range map[string]struct {
		src    string
		status grader.Status
		line   int
		want   string
	}{
		"does not parse": {with(t, "return ctx.Err()\n\t}", "return ctx.Err("), grader.StatusBuildFailed, 0, "does not parse"},
		"no such import": {with(t, `"sync"`, "\"sync\"\n\t\"github.com/nobody/nothing\""), grader.StatusRefused, 7, "github.com/nobody/nothing is not needed here"},
		"type error":     {with(t, "return ctx.Err()", "return 42"), grader.StatusBuildFailed, 0, "42"},
		"wrong api":      {with(t, "func (l *Latch) IsOpen() bool {\n\tselect {\n\tcase <-l.open:\n\t\treturn true\n\tdefault:\n\t\treturn false\n\t}\n}", "func (l *Latch) isOpen() bool { return false }\n"), grader.StatusBuildFailed, 0, "IsOpen"},
		"directive":      {with(t, "// New returns", "//go:norace\n// New returns"), grader.StatusRefused, 0, "//go:norace"},
		"build tag":      {"//go:build race\n\n" + reference(t), grader.StatusRefused, 1, "//go:build"},
		"package":        {with(t, "package latch", "package door"), grader.StatusRefused, 2, "package latch"},
		"nested":         {reference(t) + "\nvar x = " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300) + "\n", grader.StatusRefused, 0, "nested"},
		"no body":        {reference(t) + "\nfunc hidden()\n", grader.StatusRefused, 0, "no body"},
		"huge":           {reference(t) + "\n// " + strings.Repeat("x", 200<<10) + "\n", grader.StatusRefused, 1, "bytes"},
	} {
		r, code := reportOf(t, submit(t, c.src))
		assert.Equal(t, ExitNotBuilt, code, name)
		assert.Equal(t, c.status, r.Status, name)
		assert.Zero(t, r.Score, name)
		require.NotEmpty(t, r.Findings, name)
		assert.Contains(t, r.Findings[0].Message, c.want, name)
		if c.line > 0 {
			assert.Equal(t, c.line, r.Findings[0].Pos.Line, name)
		}
		for _, ch := range r.Checks {
			assert.Equal(t, grader.Skipped, ch.Verdict, name)
		}
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	scratchDir(t)
	empty := filepath.Join(t.TempDir(), slug)
	require.NoError(t, os.Mkdir(empty, 0o755))
	link := filepath.Join(t.TempDir(), slug)
	require.NoError(t, os.Mkdir(link, 0o755))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(link, "latch.go")))
	extra := submit(t, reference(t))
	require.NoError(t, os.WriteFile(filepath.Join(extra, "helper.go"), []byte("package latch\n"), 0o644))
	for dir, want := range map[string]string{empty: "latch.go is missing", link: "symbolic link", extra: "helper.go is not part of this exercise"} {
		r, code := reportOf(t, dir)
		assert.Equal(t, ExitNotBuilt, code, want)
		assert.Equal(t, grader.StatusRefused, r.Status, want)
		require.NotEmpty(t, r.Findings, want)
		assert.Contains(t, r.Findings[0].Message, want)
	}
}

// TestWhatTheStudentAddsIsIgnored: their own tests, notes and folders are not ours.
func TestWhatTheStudentAddsIsIgnored(t *testing.T) {
	scratchDir(t)
	dir := submit(t, reference(t))
	for name, text := range map[string]string{"latch_test.go": "package latch\n\nfunc init() { panic(1) }\n", "notes.txt": "hm", "go.mod": "module evil\n", "x.s": "TEXT"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "old"), 0o755))
	r, code := reportOf(t, dir, "--quick")
	assert.Equal(t, ExitPassed, code)
	assert.Equal(t, 100, r.Score)
}

func TestOutputFile(t *testing.T) {
	scratchDir(t)
	dir := t.TempDir()
	to := filepath.Join(dir, "result.json")
	r := gradeLatch(t, submit(t, reference(t)), "--quick", "--format", "json", "--output", to)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Empty(t, r.out)
	b, err := os.ReadFile(to)
	require.NoError(t, err)
	assert.True(t, json.Valid(b))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "files beside the result")
	r = gradeLatch(t, submit(t, reference(t)), "--quick", "--output", filepath.Join(dir, "no", "where"))
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "cannot write")
}

func TestColour(t *testing.T) {
	scratchDir(t)
	dir := submit(t, "package latch\n")
	for _, c := range []struct {
		mode   string
		escape bool
	}{{"always", true}, {"never", false}, {"auto", false}} {
		r := gradeLatch(t, dir, "--color", c.mode)
		assert.Equal(t, c.escape, strings.Contains(r.out, "\x1b["), c.mode)
	}
}

// TestSeveralFolders: a broken one does not stop the others, and the worst exit code wins.
func TestSeveralFolders(t *testing.T) {
	scratchDir(t)
	good, bad := submit(t, reference(t)), submit(t, "package latch\nfunc (")
	r := gradeLatch(t, good, bad, "--quick", "--format", "json", "--jobs", "2")
	assert.Equal(t, ExitNotBuilt, r.code)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `"status":"graded"`)
	assert.Contains(t, lines[1], `"status":"build_failed"`)
}

func TestListAndExplain(t *testing.T) {
	r := grade("list")
	assert.Contains(t, r.out, "05-semaphore")
	for _, s := range stage.All() {
		r := grade("explain", s.Name)
		assert.Equal(t, ExitPassed, r.code, s.Name)
		assert.Contains(t, r.out, s.Title)
	}
	for _, c := range grader.Causes() {
		r := grade("explain", string(c.Cause))
		assert.Equal(t, ExitPassed, r.code, c.Cause)
		assert.Contains(t, r.out, c.Title)
		if c.Wrong != "" {
			assert.Contains(t, r.out, "wrong")
		}
	}
	all := grade("explain")
	assert.Contains(t, all.out, "deadlock")
}

func TestDoctor(t *testing.T) {
	scratchDir(t)
	r := grade("doctor")
	assert.Equal(t, ExitPassed, r.code, r.out)
	for _, w := range []string{"Go: go1.", "race detector", "processors", "scratch folder", "module cache", "confinement"} {
		assert.Contains(t, r.out, w)
	}
	t.Setenv("PATH", t.TempDir())
	r = grade("doctor")
	assert.Equal(t, ExitBroken, r.code)
	assert.Contains(t, r.out, "not on your PATH")
	assert.Contains(t, r.out, "https://go.dev/dl")
}

func TestHelpNamesEveryFlag(t *testing.T) {
	r := grade("--help")
	for _, f := range []string{"--seed", "--only", "--quick", "--timeout", "--jobs", "--verbose", "--color", "--format", "--output", "--course", "Exit status: 0"} {
		assert.Contains(t, r.out, f)
	}
}
