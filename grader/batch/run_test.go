package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// small is a course of two exercises that nothing has to build.
func small() *course.Course {
	ex := func(slug, file string) *grader.Exercise {
		return &grader.Exercise{Slug: slug, Title: "Title of " + slug, Files: []string{file}, Criteria: []grader.Criterion{
			{ID: "opens", Title: "it opens", Stage: "race", Points: 60}, {ID: "leak", Title: "nothing is left", Stage: "race", Points: 40, After: []string{"opens"}},
		}}
	}
	return &course.Course{Exercises: []*grader.Exercise{ex("24-latch", "latch.go"), ex("25-gate", "gate.go")}, Broken: map[string]error{}}
}

// judge is a grader without a build: what a file says, it gets.
func judge(_ context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
	file := filepath.Join(dir, ex.Files[0])
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &grader.Report{Schema: grader.ResultSchema, Status: grader.StatusGraded, MaxScore: 100, Seed: 1, Grader: machine()}
	r.Exercise = grader.ExerciseInfo{Slug: ex.Slug, Title: ex.Title, Version: "v1", Hash: course.Hash(ex)}
	r.Submission = grader.SubmissionInfo{ID: filepath.Base(dir), Dir: dir, Hash: digest(text)}
	for _, c := range ex.Criteria {
		ch := grader.CheckReport{ID: c.ID, Name: c.Title, Group: c.Stage, Verdict: grader.Passed, Points: c.Points, MaxPoints: c.Points, Runs: 1, Visibility: "visible"}
		if strings.Contains(string(text), "no "+c.ID) {
			ch.Verdict, ch.Points, ch.Failures = grader.Failed, 0, 1
			ch.Message, ch.Location = "see "+file, &grader.Position{File: file, Line: 1}
		}
		r.Checks = append(r.Checks, ch)
		r.Score += ch.Points
	}
	return r, nil
}

func machine() grader.GraderInfo {
	return grader.GraderInfo{Version: "v1", Go: "go1.26.1", OS: "linux", Arch: "amd64", EffectiveCPUs: 2}
}

// class is a folder of submissions with a folder beside it for results.
type class struct {
	t         *testing.T
	from, out string
}

func newClass(t *testing.T) class {
	dir := t.TempDir()
	c := class{t, filepath.Join(dir, "in"), filepath.Join(dir, "out")}
	require.NoError(t, os.Mkdir(c.from, 0o755))
	return c
}

// put writes a file of the class.
func (c class) put(name, text string) {
	c.t.Helper()
	file := filepath.Join(c.from, filepath.FromSlash(name))
	require.NoError(c.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(c.t, os.WriteFile(file, []byte(text), 0o644))
}

func (c class) options() Options {
	return Options{From: c.from, Out: c.out, Course: small(), Jobs: 2, Grader: machine(), Flags: map[string]string{"seed": "1"}, Grade: judge}
}

func (c class) run(change ...func(*Options)) Summary {
	c.t.Helper()
	o := c.options()
	for _, f := range change {
		f(&o)
	}
	sum, err := Run(c.t.Context(), o)
	require.NoError(c.t, err)
	return sum
}

func (c class) report(id, slug string) *grader.Report {
	c.t.Helper()
	_, r, err := load(c.out, id, slug)
	require.NoError(c.t, err)
	return r
}

// results reads all results of a folder, and nothing of _weft.
func results(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, each(dir, func(slug string, text []byte, r *grader.Report) error {
		all[r.Submission.ID+"/"+slug] = string(text)
		return nil
	}))
	return all
}

func TestRunGradesEachContentOnce(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch // no leak")
	c.put("alice/25-gate/gate.go", "package gate")
	c.put("bob/work/exercises/24-latch/latch.go", "package latch // no leak")
	c.put("carol/24-latch/latch.go", "package latch")
	c.put("notes.txt", "not a submission")
	c.put(".DS_Store", "")
	sum := c.run()
	assert.Equal(t, Summary{Submissions: 3, Graded: 3, Identical: 1, Aside: []string{"notes.txt"}}, sum)
	a, b := c.report("alice", "24-latch"), c.report("bob", "24-latch")
	assert.Equal(t, "bob", b.Submission.ID)
	assert.Equal(t, 60, b.Score)
	assert.Equal(t, filepath.Join("24-latch", "latch.go"), filepath.FromSlash(a.Checks[1].Location.File), "nobody's folder is named")
	assert.NotContains(t, a.Checks[1].Message, c.from)
	a.Submission.ID = "bob"
	assert.Equal(t, a, b)

	before := results(t, c.out)
	sum = c.run()
	assert.Equal(t, Summary{Submissions: 3, Kept: 4, Aside: []string{"notes.txt"}}, sum)
	assert.Equal(t, before, results(t, c.out))
}

func TestWhatChangedIsGradedAgain(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/24-latch/latch.go", "package latch // bob")
	c.run()
	c.put("bob/24-latch/latch.go", "package latch // no leak")
	assert.Equal(t, 1, c.run().Graded, "content")
	assert.Equal(t, 60, c.report("bob", "24-latch").Score)
	assert.Equal(t, 2, c.run(func(o *Options) { o.Flags["seed"] = "2" }).Graded, "a flag")
	assert.Equal(t, 2, c.run(func(o *Options) { o.Grader.Go = "go1.27" }).Graded, "the toolchain")
	assert.Equal(t, 2, c.run(func(o *Options) { o.Build = "x" }).Graded, "the grader")
	assert.Equal(t, 2, c.run(func(o *Options) { o.Course.Exercises[0].Schedules = 9 }).Graded, "the exercise")
	assert.Equal(t, 2, c.run(func(o *Options) { o.Fresh = true }).Graded, "when asked to")
	assert.Equal(t, 2, c.run(func(o *Options) { o.Flags["seed"] = "2" }).Identical, "what was graded before is in the cache still")
	assert.Equal(t, 2, c.run().Identical)
	assert.Equal(t, 2, c.run().Kept)
}

func TestRosterSaysWhoAndWhen(t *testing.T) {
	c := newClass(t)
	c.put("trees/a/24-latch/latch.go", "package latch")
	c.put("roster.csv", "\ufeffID, path, submitted_at, commit\nalice,trees/a,2026-11-23T18:00:00+01:00,abc123\nbob,trees/b,,\n")
	roster := func(o *Options) { o.From = filepath.Join(c.from, "roster.csv") }
	sum := c.run(roster)
	assert.Equal(t, 1, sum.Graded)
	require.Len(t, sum.Unread, 1)
	assert.Contains(t, sum.Unread[0].Text, "nothing was handed in")
	r := c.report("alice", "24-latch")
	assert.Equal(t, "abc123", r.Submission.Commit)
	assert.Equal(t, "2026-11-23T18:00:00+01:00", stamp(r.Submission.SubmittedAt))
	c.put("roster.csv", "id,path,submitted_at\nalice,trees/a,2026-11-24T18:00:00+01:00\n")
	sum = c.run(roster)
	assert.Equal(t, 0, sum.Graded)
	assert.Equal(t, 1, sum.Identical, "only the time is another one")
	assert.Equal(t, "2026-11-24T18:00:00+01:00", stamp(c.report("alice", "24-latch").Submission.SubmittedAt))
}

func TestOneExerciseForAll(t *testing.T) {
	c := newClass(t)
	c.put("alice/latch.go", "package latch")
	c.put("bob/project-main/latch.go", "package latch // b")
	c.put("carol/24-latch/latch.go", "package latch // c")
	c.put("dave/main.go", "package main")
	sum := c.run(func(o *Options) { o.Exercise = o.Course.Exercises[0] })
	assert.Equal(t, 3, sum.Graded)
	require.Len(t, sum.Errors, 1, "the fake grader cannot read it; the real one refuses it")
	assert.Equal(t, "dave", sum.Errors[0].ID)
}

func TestSubmissionsThatCannotBeRead(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/latch.go", "package latch")
	c.put("carol.rar", "Rar!")
	require.NoError(t, os.MkdirAll(filepath.Join(c.from, "dave"), 0o755))
	if runtime.GOOS == "linux" {
		require.NoError(t, os.Symlink("../alice/24-latch", filepath.Join(c.from, "dave", "24-latch")))
		require.NoError(t, os.Symlink("alice", filepath.Join(c.from, "eve")))
		require.NoError(t, os.Mkdir(filepath.Join(c.from, "caf\xe9"), 0o755))
	}
	sum := c.run()
	assert.Equal(t, 1, sum.Graded)
	unread := map[string]string{}
	for _, n := range sum.Unread {
		unread[n.ID] = n.Text
	}
	assert.Contains(t, unread["bob"], "no folder in it bears the name of an exercise")
	assert.Contains(t, unread["carol"], "not read")
	schema := resultSchema(t)
	for id := range unread {
		if strings.Contains(unread[id], "24-latch is a symbolic link") {
			continue // its result is that of the exercise, see below
		}
		r := c.report(id, unreadName)
		assert.Equal(t, grader.StatusRefused, r.Status, id)
		valid(t, schema, r)
	}
	if runtime.GOOS == "linux" {
		assert.Contains(t, unread["eve"], "symbolic link")
		assert.Contains(t, unread["dave"], "24-latch is a symbolic link")
		assert.Contains(t, unread["caf%E9"], "not UTF-8")
		r := c.report("dave", "24-latch")
		assert.Equal(t, grader.StatusRefused, r.Status, "another student's work through a link")
		assert.Contains(t, r.Findings[0].Message, "symbolic link")
		valid(t, schema, r)
	}
	c.put("bob/24-latch/latch.go", "package latch // b")
	c.run()
	assert.NoFileExists(t, filepath.Join(c.out, "bob", "refused.json"), "it can be read now")
	assert.Equal(t, 100, c.report("bob", "24-latch").Score)
}

func resultSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("..", "..", "docs", "result.schema.json"))
	require.NoError(t, err)
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, r *grader.Report) {
	t.Helper()
	text, err := encode(r)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err)
	assert.NoError(t, s.Validate(doc))
}

func TestTwoAtOnceOnOneFolder(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	inside, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		c.run(func(o *Options) {
			o.Grade = func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
				close(inside)
				<-leave
				return judge(ctx, dir, ex)
			}
		})
	})
	<-inside
	_, err := Run(t.Context(), c.options())
	var input *InputError
	require.ErrorAs(t, err, &input)
	assert.Contains(t, err.Error(), "another grade writes to")
	_, err = Merge(c.out, []string{t.TempDir()})
	assert.ErrorContains(t, err, "another grade writes to")
	close(leave)
	all.Wait()
	assert.Equal(t, 1, c.run().Kept)
}

// TestSameContentAtTheSameTime: two who come while it is graded wait for it.
func TestSameContentAtTheSameTime(t *testing.T) {
	c := newClass(t)
	for i := range 40 {
		c.put(fmt.Sprintf("s%02d/24-latch/latch.go", i), fmt.Sprint("package latch // ", i%2))
	}
	for _, fresh := range []bool{false, true} {
		sum := c.run(func(o *Options) { o.Jobs, o.Fresh = 8, fresh })
		assert.Equal(t, Summary{Submissions: 40, Graded: 2, Identical: 38}, sum)
	}
}

// TestWhoComesMeanwhileWaits: a grading does not begin while the same content
// is being graded.
func TestWhoComesMeanwhileWaits(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/24-latch/latch.go", "package latch")
	var begun atomic.Int32
	var both sync.WaitGroup
	both.Add(2)
	sum := c.run(func(o *Options) {
		o.hook = func(step string) {
			if step == "wanted" {
				both.Done()
			}
		}
		o.Grade = func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
			begun.Add(1)
			both.Wait()
			for i := 0; i < 300_000 && begun.Load() < 2; i++ {
				runtime.Gosched() // the other one begins here, if it can
			}
			return judge(ctx, dir, ex)
		}
	})
	assert.Equal(t, Summary{Submissions: 2, Graded: 1, Identical: 1}, sum)
}

func TestWrongInput(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	empty := t.TempDir()
	file := filepath.Join(empty, "x.txt")
	twice := newClass(t)
	twice.put("alice/latch.go", "")
	twice.put("Alice.zip", "")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for name, x := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"nowhere":      {func(o *Options) { o.From = filepath.Join(c.from, "no") }, "there is no folder or roster"},
		"a file":       {func(o *Options) { o.From = file }, "is a file"},
		"empty":        {func(o *Options) { o.From = empty }, "holds no submission"},
		"no out":       {func(o *Options) { o.Out = "" }, "--out is missing"},
		"inside":       {func(o *Options) { o.Out = filepath.Join(o.From, "results") }, "among the submissions"},
		"the same":     {func(o *Options) { o.Out = o.From }, "among the submissions"},
		"out is file":  {func(o *Options) { o.Out = file }, "cannot make the folder"},
		"id twice":     {func(o *Options) { o.From = twice.from }, "two submissions bear the id alice"},
		"no such list": {func(o *Options) { o.From = filepath.Join(c.from, "r.csv") }, "there is no folder or roster"},
	} {
		o := c.options()
		x.change(&o)
		_, err := Run(t.Context(), o)
		var input *InputError
		require.ErrorAs(t, err, &input, name)
		assert.Contains(t, err.Error(), x.want, name)
		assert.NotEmpty(t, input.Hint, name)
	}
	assert.NoDirExists(t, c.out, "nothing was begun")
}

func TestManifest(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.put("bob/x.go", "package x")
	c.run(func(o *Options) { o.Shard = Shard{1, 1} })
	text, err := os.ReadFile(filepath.Join(c.out, ownFolder, "batch.json"))
	require.NoError(t, err)
	var m Manifest
	require.NoError(t, json.Unmarshal(text, &m))
	assert.Equal(t, Schema, m.Schema)
	assert.Equal(t, "1/1", m.Shard)
	assert.Equal(t, machine(), m.Grader)
	assert.Len(t, m.Exercises, 2)
	require.Len(t, m.Results, 2)
	assert.Equal(t, digest([]byte(results(t, c.out)["alice/24-latch"])), m.Results[0].SHA256)
	assert.Len(t, m.Results[0].Key, 64)
	assert.Empty(t, m.Results[1].Key)
}

func TestNothingIsLeftBehind(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.run()
	assert.NoDirExists(t, filepath.Join(c.out, ownFolder, "tmp"))
	var odd []string
	require.NoError(t, filepath.WalkDir(c.out, func(p string, d fs.DirEntry, err error) error {
		if strings.Contains(d.Name(), "new-") {
			odd = append(odd, p)
		}
		return err
	}))
	assert.Empty(t, odd)
}

func TestProgress(t *testing.T) {
	c := newClass(t)
	for i := range 5 {
		c.put(fmt.Sprintf("s%d/24-latch/latch.go", i), "package latch")
	}
	var seen []Progress
	c.run(func(o *Options) { o.Show = func(p Progress) { seen = append(seen, p) } })
	require.Len(t, seen, 5)
	assert.Equal(t, Progress{Done: 5, Total: 5}, seen[4])
	assert.GreaterOrEqual(t, seen[0].Left, time.Duration(0))
}
