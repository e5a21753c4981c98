package study_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/study"
)

const slug = "05-semaphore"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// newFolder sets up a student's folder with one exercise of two files.
func newFolder(t *testing.T) *study.Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mine")
	_, err := study.Init(dir, files("v1"))
	require.NoError(t, err)
	f, ok := study.Find(dir)
	require.True(t, ok)
	return f
}

func graded(minute int, result string, score int, failed ...string) study.Event {
	return study.Event{
		Time: noon.Add(time.Duration(minute) * time.Minute), Kind: study.Graded, Exercise: slug,
		Result: result, Score: score, Max: 100, Failed: failed, Code: "9f3a1c42",
	}
}

func write(t *testing.T, f *study.Folder, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(f.Root, study.ProgressFile), []byte(text), 0o644))
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return string(b)
}

func progress(t *testing.T, f *study.Folder) study.Progress {
	t.Helper()
	p, err := f.Progress()
	require.NoError(t, err)
	return p
}

func TestEventsComeBackAsTheyWereRecorded(t *testing.T) {
	f := newFolder(t)
	want := []study.Event{
		graded(1, "failed", 75, "race", "leak"), graded(2, "partial", 20), graded(3, "passed", 100),
		{Time: noon.Add(4 * time.Minute), Kind: study.Hinted, Exercise: slug, Hint: 3},
		{Time: noon.Add(5 * time.Minute), Kind: study.GaveUp, Exercise: slug},
		{Time: noon.Add(6 * time.Minute), Kind: study.Reset, Exercise: slug},
	}
	for _, e := range want {
		require.NoError(t, f.Record(e))
	}
	p := progress(t, f)
	assert.Empty(t, p.Problems)
	assert.Equal(t, want, p.Events)
	text := read(t, f.Root, study.ProgressFile)
	assert.True(t, strings.HasPrefix(text, "# "), text)
	assert.Contains(t, text, "2026-11-23T12:01:00.000Z graded 05-semaphore result=failed score=75/100 failed=race,leak code=9f3a1c42\n")
	assert.Contains(t, text, "2026-11-23T12:04:00.000Z hint 05-semaphore number=3\n")
}

// TestMerge: two machines' files, concatenated in either order as git's union
// driver may do, add up to the same.
func TestMerge(t *testing.T) {
	common := graded(0, "failed", 10, "permits").String() + "\n"
	a := graded(1, "failed", 90, "race").String() + "\n" + study.Event{Time: noon.Add(time.Hour), Kind: study.Hinted, Exercise: slug, Hint: 2}.String() + "\n"
	b := graded(2, "failed", 40, "leak").String() + "\n"
	var states []study.State
	for _, text := range []string{common + a + common + b, common + b + a, strings.ReplaceAll(b+common+a, "\n", "\r\n")} {
		f := newFolder(t)
		write(t, f, text)
		p := progress(t, f)
		require.Empty(t, p.Problems)
		states = append(states, p.Of(slug))
	}
	want := study.State{Standing: study.Tried, Best: 90, Max: 100, Attempts: 3, Hints: []int{2}, Failed: []string{"leak"}}
	assert.Equal(t, []study.State{want, want, want}, states)
}

func TestStates(t *testing.T) {
	at := func(minute int, k study.Kind, hint int) study.Event {
		return study.Event{Time: noon.Add(time.Duration(minute) * time.Minute), Kind: k, Exercise: slug, Hint: hint}
	}
	for name, c := range map[string]struct {
		events []study.Event
		want   study.State
	}{
		"nothing":                    {nil, study.State{Standing: study.New}},
		"partial proves nothing":     {[]study.Event{graded(1, "partial", 100)}, study.State{Standing: study.New}},
		"partial says what failed":   {[]study.Event{graded(1, "partial", 0, "race")}, study.State{Standing: study.New, Failed: []string{"race"}}},
		"best, not last":             {[]study.Event{graded(1, "failed", 60), graded(2, "failed", 30, "leak")}, study.State{Standing: study.Tried, Best: 60, Max: 100, Attempts: 2, Failed: []string{"leak"}}},
		"passed stays passed":        {[]study.Event{graded(1, "passed", 100), graded(2, "failed", 30)}, study.State{Standing: study.Passed, Best: 100, Max: 100, Attempts: 2, EverPassed: true}},
		"passed after giving up":     {[]study.Event{at(1, study.GaveUp, 0), graded(2, "passed", 100)}, study.State{Standing: study.Passed, Best: 100, Max: 100, Attempts: 1, EverPassed: true}},
		"given up":                   {[]study.Event{graded(1, "failed", 5), at(2, study.GaveUp, 0), graded(3, "failed", 7)}, study.State{Standing: study.Shown, Best: 7, Max: 100, Attempts: 2}},
		"hints each once, in order":  {[]study.Event{at(1, study.Hinted, 4), at(2, study.Hinted, 1), at(3, study.Hinted, 4)}, study.State{Standing: study.New, Hints: []int{1, 4}}},
		"reset begins anew":          {[]study.Event{graded(1, "passed", 100), at(2, study.Hinted, 1), at(3, study.Reset, 0)}, study.State{Standing: study.New, Best: 100, Max: 100, Attempts: 1, EverPassed: true}},
		"a pass with less than 100":  {[]study.Event{graded(1, "passed", 85)}, study.State{Standing: study.Passed, Best: 85, Max: 100, Attempts: 1, EverPassed: true}},
		"a zero is an attempt":       {[]study.Event{graded(1, "failed", 0)}, study.State{Standing: study.Tried, Max: 100, Attempts: 1}},
		"a later kind is left alone": {[]study.Event{at(1, "medal", 0)}, study.State{Standing: study.New}},
	} {
		assert.Equal(t, c.want, study.Progress{Events: c.events}.Of(slug), name)
	}
}

func TestNext(t *testing.T) {
	event := func(slug string, k study.Kind, result string) study.Event {
		return study.Event{Time: noon, Kind: k, Exercise: slug, Result: result, Score: 1, Max: 100}
	}
	all := []string{"01-a", "02-b", "03-c"}
	p := study.Progress{}
	assert.Equal(t, "01-a", p.Next(all))
	p.Events = append(p.Events, event("01-a", study.GaveUp, ""), event("02-b", study.Graded, "failed"))
	assert.Equal(t, "02-b", p.Next(all), "what was given up is not next")
	p.Events = append(p.Events, event("02-b", study.Graded, "passed"), event("03-c", study.Graded, "passed"))
	assert.Equal(t, "01-a", p.Next(all), "until nothing else is left")
	p.Events = append(p.Events, event("01-a", study.Graded, "passed"))
	assert.Empty(t, p.Next(all))
}

// TestCorruptedProgress: what can be read counts, what cannot is named, and
// recording goes on without touching either.
func TestCorruptedProgress(t *testing.T) {
	good := graded(1, "failed", 75, "race").String()
	text := strings.Join([]string{
		"<<<<<<< HEAD", good, "=======", ">>>>>>> theirs", "nonsense", "yesterday graded 05-semaphore result=passed score=1/1",
		"2026-11-23T12:00:00Z graded 05-semaphore result=great score=1/1", "2026-11-23T12:00:00Z graded 05-semaphore result=passed score=101/100",
		"2026-11-23T12:00:00Z hint 05-semaphore number=many", "2026-11-23T12:00:00Z hint 05-semaphore", "\xff\xfe graded x y", "2026-11-23T12:00:00Z graded 05-sem",
	}, "\n")
	f := newFolder(t)
	write(t, f, text)
	p := progress(t, f)
	assert.Len(t, p.Events, 1)
	require.Len(t, p.Problems, 11)
	assert.Contains(t, p.Problems[0], "weft-progress.txt:1 is left out: it is a conflict mark of git; delete such lines and keep all others")
	assert.Contains(t, p.Problems[3], "weft-progress.txt:5 is left out: it is not a time, an event and an exercise")
	for _, problem := range p.Problems {
		assert.NotContains(t, problem, "\n")
	}
	require.NoError(t, f.Record(graded(9, "passed", 100)))
	assert.Equal(t, text+"\n"+graded(9, "passed", 100).String()+"\n", read(t, f.Root, study.ProgressFile), "the half line is ended, nothing is changed")
	assert.Equal(t, 2, progress(t, f).Of(slug).Attempts)
}

func TestProgressThatCannotBeWrittenOrRead(t *testing.T) {
	f := newFolder(t)
	require.NoError(t, os.Mkdir(filepath.Join(f.Root, study.ProgressFile), 0o755))
	assert.ErrorContains(t, f.Record(graded(1, "passed", 100)), "progress: ")
	_, err := f.Progress()
	assert.ErrorContains(t, err, "progress: ")
}

func TestReadOnlyProgress(t *testing.T) {
	f := newFolder(t)
	require.NoError(t, f.Record(graded(1, "failed", 5)))
	file := filepath.Join(f.Root, study.ProgressFile)
	require.NoError(t, os.Chmod(file, 0o444))
	if w, err := os.OpenFile(file, os.O_WRONLY, 0); err == nil {
		w.Close()
		t.Skip("this user may write everything")
	}
	before := read(t, file)
	assert.True(t, errors.Is(f.Record(graded(2, "passed", 100)), os.ErrPermission))
	assert.Equal(t, before, read(t, file))
}

func TestFromReport(t *testing.T) {
	r := &grader.Report{Status: grader.StatusGraded, Score: 75, MaxScore: 100, Exercise: grader.ExerciseInfo{Slug: slug}, Submission: grader.SubmissionInfo{Hash: "0123456789abcdef"}}
	r.Checks = []grader.CheckReport{
		{ID: "permits", Verdict: grader.Passed}, {ID: "race", Verdict: grader.Failed, Kind: grader.CauseRace},
		{ID: "cancel", Verdict: grader.Failed, Kind: grader.CauseDeadlock}, {ID: "leak", Verdict: grader.Skipped},
	}
	e, ok := study.FromReport(r, false, noon)
	require.True(t, ok)
	assert.Equal(t, study.Event{Time: noon, Kind: study.Graded, Exercise: slug, Result: "failed", Score: 75, Max: 100, Failed: []string{"race", "cancel", "deadlock"}, Code: "01234567"}, e)
	e, _ = study.FromReport(r, true, noon)
	assert.Equal(t, "partial", e.Result)
	r.Checks = r.Checks[:1]
	e, _ = study.FromReport(r, false, noon)
	assert.Equal(t, "passed", e.Result)
	r.Checks = append(r.Checks, grader.CheckReport{ID: "x", Verdict: grader.Errored})
	_, ok = study.FromReport(r, false, noon)
	assert.False(t, ok, "the grader broke: that is no attempt")
	_, ok = study.FromReport(&grader.Report{Status: grader.StatusError, Exercise: r.Exercise}, false, noon)
	assert.False(t, ok)
	refused := &grader.Report{Status: grader.StatusRefused, MaxScore: 100, Exercise: r.Exercise, Findings: []grader.Finding{{Cause: grader.CausePolicy}}}
	e, ok = study.FromReport(refused, false, noon)
	assert.True(t, ok)
	assert.Equal(t, []string{"policy"}, e.Failed)
}
