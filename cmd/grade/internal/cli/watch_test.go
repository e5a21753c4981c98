package cli

import (
	"context"
	"errors"
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
	"github.com/weft-course/weft/grader/study"
)

func TestWatchScreens(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{})
	assert.Zero(t, w.judged, "nobody has written anything, so there is nothing to judge")
	w.golden("beginning")
	w.press("n")
	w.golden("not-yet")

	w.only(savedMsg{w.at.dir})
	for _, s := range []string{"reading the submission", "building", "building"} {
		w.only(stepMsg(s))
	}
	w.golden("running")
	w.do(func() tea.Msg { m, _ := judgedNotBuilding(w.at); return gradedMsg{report: m} })
	w.golden("not-built")
	w.tell(savedMsg{w.at.dir})
	w.golden("failed")
	w.press("h")
	w.golden("hint")
	w.press("l")
	w.golden("list")
	w.verdict = judgedPassing
	w.press("r")
	w.golden("passed")
	w.verdict = func(spot) (*grader.Report, error) { return nil, usagef("make it again", "there is no folder 练习") }
	w.press("r")
	w.golden("broken")
	assert.Equal(t, slug+"; 1 of 2 passed", w.lastWords())
	assert.Equal(t, 4, strings.Count(mustRead1(t, study.ProgressFile), "Z "), "three gradings and a hint:\n"+mustRead1(t, study.ProgressFile))
}

func TestWatchGoesOnWhenAsked(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{}, "latch")
	w.verdict = judgedPassing
	w.tell(savedMsg{w.at.dir})
	assert.Equal(t, slug, w.at.ex.Slug, "never by itself")
	assert.Contains(t, w.screen(), "n next")
	old := w.at.dir
	w.press("n")
	assert.Equal(t, secondSlug, w.at.ex.Slug)
	assert.Contains(t, w.screen(), "1 of 2 passed\n"+secondSlug+"  exercises/"+secondSlug)
	assert.NotContains(t, w.screen(), "n next")
	w.tell(savedMsg{old})
	assert.Equal(t, 1, w.judged, "a save of the exercise before")
	w.press("n")
	assert.Contains(t, w.screen(), secondSlug+" has not passed yet")
	assert.Equal(t, secondSlug, w.at.ex.Slug)
	w.tell(savedMsg{w.at.dir})
	assert.Contains(t, w.screen(), "every exercise has passed")
	w.press("n")
	assert.Contains(t, w.screen(), "you have passed every exercise")

	require.NoError(t, os.RemoveAll(old))
	require.NoError(t, os.Remove(study.ProgressFile))
	w.press("r", "n")
	assert.Contains(t, w.screen(), "there is no folder")
	assert.Equal(t, secondSlug, w.at.ex.Slug, "where it can be worked at")
}

// TestWatchWhileItRuns: a save begins anew, other keys do nothing, and quitting
// waits for the end.
func TestWatchWhileItRuns(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{})
	first := w.only(savedMsg{w.at.dir})
	require.NotNil(t, first)
	before := w.screen()
	for _, k := range []string{"n", "h", "l", "r", "t", "esc"} {
		assert.Nil(t, w.only(keyOf(k)), k)
	}
	assert.Equal(t, before, w.screen())
	assert.NoFileExists(t, study.ProgressFile, "no hint was given")

	assert.Nil(t, w.only(savedMsg{w.at.dir}), "one at a time")
	assert.Nil(t, w.only(savedMsg{w.at.dir}))
	outcome := first().(gradedMsg)
	assert.ErrorIs(t, outcome.err, context.Canceled)
	second := w.only(outcome)
	require.NotNil(t, second, "the saves in between are one")
	w.do(second)
	assert.Contains(t, w.screen(), "40 of 100 points")
	assert.Equal(t, 2, w.judged)

	for _, k := range []string{"q", "ctrl+c"} {
		w.quitting, w.quit = false, false
		running := w.only(savedMsg{w.at.dir})
		assert.Nil(t, w.only(keyOf(k)), "not before it has ended")
		assert.Nil(t, w.only(savedMsg{w.at.dir}), "too late")
		w.do(running)
		assert.True(t, w.quit, k)
	}
	w.quitting, w.quit = false, false
	w.press("q")
	assert.True(t, w.quit, "at once where nothing runs")
}

func TestWatchPages(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{})
	w.press("t")
	assert.Contains(t, w.screen(), "nothing here has a schedule to show")
	w.tell(savedMsg{w.at.dir})
	result := w.screen()
	assert.Contains(t, result, "t timeline")
	w.press("l", "l")
	assert.Equal(t, result, w.screen())
	w.press("l", "esc")
	assert.Equal(t, result, w.screen())
	for range 20 {
		w.press("h")
	}
	assert.Contains(t, w.screen(), "you have had all ")
	w.press("esc")
	w.size(80, 10)
	assert.Contains(t, w.screen(), "── more: ↓ ──")
	w.press("down")
	assert.Contains(t, w.screen(), "── more: ↑↓ ──")

	w.only(savedMsg{w.at.dir})
	w.only(gradedMsg{report: w.mustFail()})
	require.NotNil(t, w.only(keyOf("t")))
	w.only(replayedMsg{sheet: func(int) string { return "lanes\n" + strings.Repeat("x", 200) }})
	assert.Contains(t, w.screen(), "lanes\n"+strings.Repeat("x", 80)+"\n")
	assert.Contains(t, w.screen(), "more: →")
	w.press("t")
	assert.NotContains(t, w.screen(), "lanes")
	w.only(keyOf("t"))
	w.only(replayedMsg{err: errors.New("\x1b[31mno explorer")})
	assert.Contains(t, w.screen(), "\uFFFD[31mno explorer")
}

func (w *watcher) mustFail() *grader.Report {
	r, err := judgedFailing(w.at)
	require.NoError(w.t, err)
	return r
}

// TestWatchWithoutARecord: outside of a student's folder hints go on as well.
func TestWatchWithoutARecord(t *testing.T) {
	scratchDir(t)
	from := latch(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll(filepath.Join("my weft 练习", slug), 0o755))
	w := watching(t, from, watchLook{}, "./my weft 练习/"+slug)
	assert.Equal(t, 1, w.judged)
	w.golden("chinese-folder")
	w.press("h", "h")
	assert.Contains(t, w.screen(), slug+", hint 2 of ")
}

func TestWatchInColour(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{color: true})
	w.tell(savedMsg{w.at.dir})
	got := w.screen()
	assert.Contains(t, got, "\x1b[31m✗")
	assert.Contains(t, got, "two \uFFFD[2Jof three")
	assert.NotContains(t, got, "\x1b[2J")
}

func TestWatchSaysThatItPolls(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{})
	assert.NotContains(t, w.screen(), "polling")
	w.desk.o.poll = true
	w.desk.open(w.at)
	assert.Contains(t, w.screen(), slug+"  exercises/"+slug+"  (polling, as it was asked for)")
}

// TestWatchTinyTerminals: nothing breaks, and the exercise stays.
func TestWatchTinyTerminals(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{color: true})
	w.tell(savedMsg{w.at.dir})
	for _, size := range [][2]int{{1, 1}, {2, 30}, {10, 3}, {23, 5}, {200, 100}} {
		w.size(size[0], size[1])
		assert.NotEmpty(t, w.screen())
	}
}

func TestWatchRefuses(t *testing.T) {
	from := twoExercises(t)
	r := grade("watch", "--course", from)
	assert.Equal(t, ExitUsage, r.code)
	assert.Empty(t, r.out)
	assert.Equal(t, "grade: grade watch needs a terminal, to show the result and to read keys\n  → to grade once, here or in a script: grade\n", r.err)

	o := &watchOptions{gradeOptions: gradeOptions{streams: streams{err: io.Discard}}}
	c, err := openCourse(from)
	require.NoError(t, err)
	root, err := os.Getwd()
	require.NoError(t, err)
	for name, x := range map[string]struct {
		dir, arg, want string
	}{
		"unknown":   {root, "lach", `"lach" is no exercise`},
		"no folder": {root, "./elsewhere/" + slug, "there is no folder"},
		"not here":  {t.TempDir(), slug, "there is no folder of " + slug + " here"},
	} {
		t.Chdir(x.dir)
		_, err := o.begin(c, []string{x.arg})
		assert.ErrorContains(t, err, x.want, name)
		n, hint := classify(err)
		assert.Equal(t, ExitUsage, n, name)
		assert.NotEmpty(t, hint, name)
	}
}

// TestWatchShowsWhatReplayPrints, with the lanes as wide as the screen.
func TestWatchShowsWhatReplayPrints(t *testing.T) {
	scratchDir(t)
	dir := semaphores(t, "testdata", "mutants", "acquire-in-two-steps")
	want := grade("replay", dir, "TestReleaseMeetsAcquire/33")
	require.Equal(t, ExitFailed, want.code, want.err)

	o := &watchOptions{gradeOptions: gradeOptions{streams: streams{err: io.Discard}, seed: 1}}
	c, err := openCourse("")
	require.NoError(t, err)
	e, err := o.engineFor(t.Context(), c)
	require.NoError(t, err)
	d := newDesk(o, e)
	defer d.close()
	at, err := o.begin(c, []string{dir})
	require.NoError(t, err)
	var hash string
	require.NoError(t, d.with(at.ex, at.dir, func(p *grader.Pass) error { hash = p.Submission.Hash; return nil }))
	r := judgedAs(at, grader.CheckReport{ID: "permits", Verdict: grader.Failed, Findings: []grader.Finding{{Test: "TestReleaseMeetsAcquire", Seed: 33}}})
	r.Submission.Hash = "of other code"
	assert.ErrorContains(t, d.replay(t.Context(), at, r).err, "has changed since")
	r.Submission.Hash = hash
	got := d.replay(t.Context(), at, r)
	require.NoError(t, got.err)
	assert.Equal(t, strings.Fields(want.out), strings.Fields(got.sheet(100)), "but for where lines break")
	assert.Contains(t, got.sheet(60), "> ")
	for line := range strings.Lines(got.sheet(60)) {
		assert.LessOrEqual(t, ansi.StringWidth(line), 60, line)
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"short\n\n":                         "short\n\n",
		"  ✗ one two three four five\n":     "  ✗ one two three\n    four five\n",
		"      deep one two three four\n":   "      deep one two\n      three four\n",
		"  exercises/05-semaphore/x.go:1\n": "  exercises/05-semap\n  hore/x.go:1\n",
		"信号量信号量信号量信号量\n":                    "信号量信号量信号量信\n号量\n",
		"\x1b[1m  bold words that go on\n":  "\x1b[1m  bold words that\n  go on\n",
	} {
		got := fold(text, 20)
		assert.Equal(t, want, got)
		for line := range strings.Lines(got) {
			assert.LessOrEqual(t, ansi.StringWidth(line), 20, "%q", line)
		}
	}
}

// TestWatchWithADamagedRecord: it is noted, once, and nobody is kept from working.
func TestWatchWithADamagedRecord(t *testing.T) {
	w := watching(t, twoExercises(t), watchLook{})
	put(t, "<<<<<<< HEAD\n\x1b[31mtorn\n", study.ProgressFile)
	w.verdict = judgedPassing
	w.tell(savedMsg{w.at.dir})
	got := w.screen()
	assert.Equal(t, 1, strings.Count(got, "weft-progress.txt:1 is left out: it is a conflict mark"), got)
	assert.Contains(t, got, "1 of 2 passed")
}
