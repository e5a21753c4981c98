package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

const secondSlug = "25-gate"

// twoExercises sets up a course of two exercises for a student, makes that the
// current folder, and returns the course's folder.
func twoExercises(t *testing.T) string {
	t.Helper()
	scratchDir(t)
	t.Setenv("CI", "")
	t.Setenv("LC_ALL", "C")
	from := t.TempDir()
	for _, s := range []string{slug, secondSlug} {
		_, err := course.New(from, s)
		require.NoError(t, err)
	}
	c, err := openCourse(from)
	require.NoError(t, err)
	files, err := filesFor(c)
	require.NoError(t, err)
	root := filepath.Join(t.TempDir(), "my weft", "练习")
	_, err = study.Init(root, files)
	require.NoError(t, err)
	t.Chdir(root)
	return from
}

// watcher is the screen of grade watch without a terminal, in a student's folder.
// Gradings give what the test says.
type watcher struct {
	*watchModel
	t       *testing.T
	verdict func(at spot) (*grader.Report, error)
	judged  int
	quit    bool
}

func watching(t *testing.T, from string, look watchLook, args ...string) *watcher {
	t.Helper()
	o := &watchOptions{gradeOptions: gradeOptions{streams: streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, format: "text", seed: 1, course: from}}
	c, err := openCourse(from)
	require.NoError(t, err)
	at, err := o.begin(c, args)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	d := newDesk(o, &engine{o: &o.gradeOptions, course: c})
	w := &watcher{t: t, verdict: judgedFailing}
	d.judge = func(ctx context.Context, at spot) (*grader.Report, error) {
		w.judged++
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return w.verdict(at)
	}
	w.watchModel = newWatchModel(ctx, d, at, look)
	t.Cleanup(func() { cancel(); d.close() })
	cmd := w.Init()
	w.size(80, 24)
	w.do(cmd)
	return w
}

func (w *watcher) size(columns, rows int) { w.tell(tea.WindowSizeMsg{Width: columns, Height: rows}) }

// tell gives the screen a message, and runs what it asks for to the end.
func (w *watcher) tell(msg tea.Msg) { w.do(w.only(msg)) }

// only gives the screen a message, and returns what it asks for.
func (w *watcher) only(msg tea.Msg) tea.Cmd {
	_, cmd := w.Update(msg)
	return cmd
}

func (w *watcher) do(cmd tea.Cmd) {
	for cmd != nil {
		msg := cmd()
		if _, quit := msg.(tea.QuitMsg); quit {
			w.quit = true
			return
		}
		cmd = w.only(msg)
	}
}

func (w *watcher) press(keys ...string) {
	for _, k := range keys {
		w.tell(keyOf(k))
	}
}

func keyOf(k string) tea.KeyPressMsg {
	switch k {
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "ctrl+c":
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

// screen is what is drawn. It never is larger than the terminal.
func (w *watcher) screen() string {
	w.t.Helper()
	lines := strings.Split(w.View().Content, "\n")
	assert.LessOrEqual(w.t, len(lines), w.height)
	for i, line := range lines {
		assert.LessOrEqual(w.t, ansi.StringWidth(line), w.width, "%q", line)
		lines[i] = strings.TrimRight(line, " ")
	}
	return filepath.ToSlash(strings.Join(lines, "\n")) + "\n"
}

func (w *watcher) golden(name string) {
	w.t.Helper()
	for _, size := range [][2]int{{80, 24}, {40, 20}} {
		w.size(size[0], size[1])
		got := w.screen()
		assert.NotContains(w.t, got, "\x1b", "no colour was asked for")
		file := filepath.Join(filepath.Dir(schemaFile), "..", "cmd", "grade", "internal", "cli", "testdata", "watch", fmt.Sprintf("%s-%d.txt", name, size[0]))
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(w.t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(w.t, os.WriteFile(file, []byte(got), 0o644))
		}
		assert.Equal(w.t, strings.ReplaceAll(mustRead1(w.t, file), "\r\n", "\n"), got, file)
	}
	w.size(80, 24)
}

// judgedAs is a report of the exercise with one check.
func judgedAs(at spot, c grader.CheckReport) *grader.Report {
	r := &grader.Report{
		Schema: grader.ResultSchema, Status: grader.StatusGraded, Seed: 1, MaxScore: 100, Score: c.Points,
		Exercise:   grader.ExerciseInfo{Slug: at.ex.Slug, Title: at.ex.Title},
		Submission: grader.SubmissionInfo{Dir: at.dir, Hash: "0123456789"},
	}
	if c.ID != "" {
		r.Checks = []grader.CheckReport{c}
	}
	return r
}

func judgedFailing(at spot) (*grader.Report, error) {
	f := grader.Finding{
		Cause: grader.CauseAssertion, Test: "TestOpen", Seed: 33, Pos: grader.Position{File: filepath.Join(at.dir, "latch.go"), Line: 12, Func: "Latch.Open"},
		Rule: "All who wait get through once the latch is open, in whatever order their steps happen.", Message: "two \x1b[2Jof three got through",
		Notes: []grader.Note{{Text: "it happens every time in schedule 33; step by step:", Command: "grade replay " + at.dir + " TestOpen/33-012345"}},
		Help:  "Close a channel.",
	}
	return judgedAs(at, grader.CheckReport{
		ID: "opens", Name: "opens once, for all", Verdict: grader.Failed, Kind: f.Cause, Points: 40, MaxPoints: 100, Runs: 1, Failures: 1,
		Hint: "Think of who is told.", Findings: []grader.Finding{f},
	}), nil
}

func judgedPassing(at spot) (*grader.Report, error) {
	return judgedAs(at, grader.CheckReport{ID: "opens", Name: "opens once, for all", Verdict: grader.Passed, Points: 100, MaxPoints: 100, Runs: 1}), nil
}

func judgedNotBuilding(at spot) (*grader.Report, error) {
	r := judgedAs(at, grader.CheckReport{})
	r.Status = grader.StatusBuildFailed
	r.Findings = []grader.Finding{{
		Cause: grader.CauseBuild, Pos: grader.Position{File: filepath.Join(at.dir, "latch.go"), Line: 7, Col: 2},
		Message: "The variable 信号量 is declared and never used.", Help: "Use it or remove it.",
	}}
	r.Checks = []grader.CheckReport{{ID: "opens", Name: "opens once, for all", Verdict: grader.Skipped, MaxPoints: 100, Message: "not judged: the submission does not build"}}
	return r, nil
}
