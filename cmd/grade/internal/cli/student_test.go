package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

// student sets up the small course for a student, makes that the current
// folder, and returns it and the command with that course.
func student(t *testing.T) (root string, run func(args ...string) result) {
	t.Helper()
	scratchDir(t)
	from := latch(t)
	t.Setenv("CI", "")
	t.Setenv("LC_ALL", "C")
	root = filepath.Join(t.TempDir(), "my weft", "练习")
	c, err := openCourse(from)
	require.NoError(t, err)
	files, err := filesFor(c)
	require.NoError(t, err)
	_, err = study.Init(root, files)
	require.NoError(t, err)
	t.Chdir(root)
	return root, func(args ...string) result { return grade(append(args, "--course", from)...) }
}

func put(t *testing.T, text string, elem ...string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(elem...), []byte(text), 0o644))
}

// TestStudentsSession goes the whole way, with two real gradings.
func TestStudentsSession(t *testing.T) {
	root, run := student(t)
	mine := filepath.Join(root, "exercises", slug, "latch.go")
	stub := mustRead1(t, mine)
	check := func(code int, outs []string, args ...string) result {
		t.Helper()
		r := run(args...)
		require.Equal(t, code, r.code, "%v: %s%s", args, r.out, r.err)
		for _, want := range outs {
			assert.Contains(t, r.out+r.err, want, args)
		}
		assert.NotContains(t, r.out+r.err, "\x1b", "escape codes without a terminal")
		return r
	}
	check(ExitPassed, []string{"24-latch  new", "0 of 1 passed; next: 24-latch"}, "list")
	check(ExitPassed, []string{"24-latch, hint 1 of "}, "hint")
	check(ExitPassed, []string{"24-latch, hint 2 of "}, "hint", "latch")
	check(ExitPassed, []string{"24-latch, hint 1 of "}, "hint", "--number", "1")
	assert.Empty(t, check(ExitPassed, nil, "list", "--edited", "--paths").out)

	check(ExitFailed, []string{"grading 24-latch, in " + filepath.Join("exercises", slug)})
	check(ExitPassed, []string{"tried", "1×  2 hints"}, "list", "--state", "tried")
	check(ExitUsage, []string{"no pass of 24-latch is recorded", "--give-up"}, "solution", "24")

	put(t, reference(t), mine)
	check(ExitPassed, []string{filepath.Join("exercises", slug)}, "list", "--edited", "--paths")
	t.Chdir(filepath.Dir(mine))
	check(ExitPassed, []string{"grading 24-latch, in .", "everything assessed passed"})
	t.Chdir(root)
	check(ExitPassed, []string{"24-latch  passed  100/100  2×", "1 of 1 passed\n"}, "list")
	check(ExitPassed, []string{"latch.go: yours is the reference."}, "solution", "24")
	check(ExitUsage, []string{"you have passed every exercise"})

	check(ExitUsage, []string{"there is no terminal to ask on", "add --yes"}, "reset", slug)
	assert.Equal(t, reference(t), mustRead1(t, mine))
	r := check(ExitPassed, []string{"exercises/24-latch/latch.go is the stub again", "your code: " + filepath.Join(".weft", "backups")}, "reset", slug, "--yes")
	assert.Equal(t, stub, mustRead1(t, mine))
	_, backup, _ := strings.Cut(strings.TrimSpace(r.out), "your code: ")
	assert.Equal(t, reference(t), mustRead1(t, filepath.Join(backup, "exercises", slug, "latch.go")))
	check(ExitPassed, []string{"nothing to do"}, "reset", "--all", "--yes")
	check(ExitPassed, []string{"24-latch  new  100/100"}, "list")
	check(ExitPassed, []string{"latch.go"}, "solution", "24") // the pass is still recorded
	check(ExitPassed, []string{"everything is up to date"}, "init", ".")
	assert.Equal(t, 5, strings.Count(mustRead1(t, study.ProgressFile), "Z "), "two hints (one was shown twice), two gradings, one reset:\n"+mustRead1(t, study.ProgressFile))
}

func mustRead1(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// TestWhoseProgress: only the student's own gradings, on the student's own screen.
func TestWhoseProgress(t *testing.T) {
	root, _ := student(t)
	elsewhere := submit(t, reference(t))
	own := filepath.Join("exercises", slug)
	graded := func(o gradeOptions, dir string) bool {
		os.Remove(study.ProgressFile)
		var errs bytes.Buffer
		o.streams = streams{in: strings.NewReader(""), out: &errs, err: &errs}
		o.keep([]*grader.Report{{
			Status: grader.StatusGraded, MaxScore: 100, Exercise: grader.ExerciseInfo{Slug: slug}, Submission: grader.SubmissionInfo{Dir: dir},
		}})
		require.Empty(t, errs.String())
		_, err := os.Stat(study.ProgressFile)
		return err == nil
	}
	text := gradeOptions{format: "text"}
	assert.True(t, graded(text, own))
	assert.True(t, graded(text, filepath.Join(root, own)))
	assert.False(t, graded(text, elsewhere), "somebody else's")
	assert.False(t, graded(gradeOptions{format: "json"}, own))
	assert.False(t, graded(gradeOptions{format: "text,junit"}, own), "for a program")
	assert.True(t, graded(gradeOptions{format: "text, html"}, own), "for people")
	assert.True(t, graded(gradeOptions{format: "text", quick: true}, own))
	assert.Contains(t, mustRead1(t, study.ProgressFile), "result=partial")
	t.Setenv("CI", "true")
	assert.False(t, graded(text, own))
	t.Setenv("CI", "")
	os.Remove(study.ProgressFile)
	t.Chdir(t.TempDir())
	assert.False(t, graded(text, filepath.Join(root, own)), "from outside it is an instructor's")
	assert.NoFileExists(t, filepath.Join(root, study.ProgressFile))
}

// TestBrokenProgressKeepsNobodyFromWorking: a note, and the exit code of the work.
func TestBrokenProgressKeepsNobodyFromWorking(t *testing.T) {
	_, run := student(t)
	damaged := "<<<<<<< HEAD\n2026-11-23T12:00:00Z hint 24-latch number=1\n\x1b[31mtorn"
	put(t, damaged, study.ProgressFile)
	r := run("hint")
	assert.Equal(t, ExitPassed, r.code)
	assert.Contains(t, r.out, "hint 2 of ")
	assert.Contains(t, r.err, "note: weft-progress.txt:1 is left out: it is a conflict mark of git")
	assert.Contains(t, r.err, "note: weft-progress.txt:3 is left out")
	assert.NotContains(t, r.err, "\x1b")
	assert.True(t, strings.HasPrefix(mustRead1(t, study.ProgressFile), damaged+"\n"), "nothing is lost")
	require.NoError(t, os.Remove(study.ProgressFile))
	require.NoError(t, os.Mkdir(study.ProgressFile, 0o755)) // what can be neither read nor written, even by root
	r = run("hint")
	assert.Equal(t, ExitPassed, r.code)
	assert.Contains(t, r.out, "hint 1 of ")
	assert.Contains(t, r.err, "note: your progress cannot be read")
	assert.Contains(t, r.err, "note: this was not recorded")
}

// TestInitOfTheBuiltInCourse: everything a student needs, and no answer.
func TestInitOfTheBuiltInCourse(t *testing.T) {
	scratchDir(t)
	dir := filepath.Join(t.TempDir(), "weft")
	r := grade("init", dir)
	require.Equal(t, ExitPassed, r.code, r.err)
	require.Contains(t, r.out, "next: cd "+dir+", then grade show 01")
	c, err := openCourse("")
	require.NoError(t, err)
	for _, ex := range c.Exercises {
		names, err := filepath.Glob(filepath.Join(dir, "exercises", ex.Slug, "*"))
		require.NoError(t, err)
		assert.Len(t, names, len(ex.Stub)+len(ex.Visible)+len(ex.Provided)+2, ex.Slug)
		assert.NotContains(t, mustRead1(t, filepath.Join(dir, "exercises", ex.Slug, "README.md")), "./cmd/grade")
	}
	assert.NoDirExists(t, filepath.Join(dir, "solutions"))
	cmd := exec.Command("go", "vet", "./exercises/05-semaphore")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, string(out))
}

// TestInitTells what the course has new beside an edited file.
func TestInitTells(t *testing.T) {
	root, _ := student(t)
	newer := t.TempDir()
	require.NoError(t, os.CopyFS(newer, os.DirFS(latch(t))))
	file := filepath.Join("exercises", slug, "latch.go")
	put(t, mustRead1(t, file)+"\n// of the course\n", newer, file)
	put(t, "# A better lesson\n", newer, "exercises", slug, "README.md")
	put(t, mustRead1(t, file)+"\n// mine\n", file)
	r := grade("init", root, "--course", newer)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, "updated  exercises/24-latch/README.md\n")
	assert.Contains(t, r.out, "kept     exercises/24-latch/latch.go: you have edited it; the new version is in exercises/24-latch/latch.go.new\n")
	assert.True(t, strings.HasSuffix(mustRead1(t, file), "// mine\n"))
	assert.True(t, strings.HasSuffix(mustRead1(t, file+".new"), "// of the course\n"))
}

// put5 adds the stub of 05-semaphore to the current student's folder.
func put5(t *testing.T, repo string) {
	t.Helper()
	require.NoError(t, os.CopyFS(filepath.Join("exercises", "05-semaphore"), os.DirFS(filepath.Join(repo, "exercises", "05-semaphore"))))
}

// TestSolutionFromTheModuleCache: where go install has put the course.
func TestSolutionFromTheModuleCache(t *testing.T) {
	root, ok := course.Find(".")
	require.True(t, ok)
	cache := t.TempDir()
	at := filepath.Join(cache, "github.com", "weft-course", "weft@v1.2.3")
	for _, part := range []string{"exercises", "solutions"} {
		require.NoError(t, os.CopyFS(filepath.Join(at, part, "05-semaphore"), os.DirFS(filepath.Join(root, part, "05-semaphore"))))
	}
	want := mustRead1(t, filepath.Join(root, "solutions", "05-semaphore", "semaphore.go"))
	_, _ = student(t)
	put5(t, root)
	show := func(version string, giveUp, full bool) (string, string, error) {
		var out, errs bytes.Buffer
		o := &solutionOptions{streams: streams{out: &out, err: &errs}, color: "auto", modules: cache, version: version, giveUp: giveUp, full: full}
		err := o.run([]string{"5"})
		return out.String(), errs.String(), err
	}
	_, _, err := show("v1.2.3", false, false)
	assert.ErrorContains(t, err, "no pass of 05-semaphore is recorded")
	_, _, err = show("v1.2.4", true, false)
	assert.ErrorContains(t, err, "is not on this machine")
	_, hint := classify(err)
	assert.Contains(t, hint, "https://github.com/weft-course/weft/tree/v1.2.4/solutions/05-semaphore")
	assert.NoFileExists(t, study.ProgressFile, "nobody gave up who was shown nothing")

	put(t, mustRead1(t, "exercises/05-semaphore/semaphore.go")+"// \x1b[31mred\n", "exercises", "05-semaphore", "semaphore.go")
	diff, errs, err := show("v1.2.3", true, false)
	require.NoError(t, err)
	assert.Empty(t, errs)
	assert.Contains(t, diff, "--- yours: "+filepath.Join("exercises", "05-semaphore", "semaphore.go")+"\n+++ reference: semaphore.go\n@@ ")
	assert.Contains(t, diff, "\n-\treturn nil // TODO\n")
	assert.NotContains(t, diff, "\x1b")
	assert.Contains(t, mustRead1(t, study.ProgressFile), " gave-up 05-semaphore\n")
	full, _, err := show("v1.2.3", false, true)
	require.NoError(t, err, "once is enough")
	assert.Contains(t, full, want)
	assert.Equal(t, 1, strings.Count(mustRead1(t, study.ProgressFile), "gave-up"))
	assert.Contains(t, grade("list", "sema").out, "05-semaphore  given-up")

	rubric := filepath.Join(at, "solutions", "05-semaphore", "exercise.json")
	put(t, strings.Replace(mustRead1(t, rubric), "first come, first served", "in order", 1), rubric)
	_, errs, err = show("v1.2.3", false, false)
	require.NoError(t, err)
	assert.Contains(t, errs, "is of another version of the exercise")
}

func TestStudentsUsageErrors(t *testing.T) {
	root, _ := student(t)
	full := t.TempDir()
	put(t, "x", full, "thesis.txt")
	repo, ok := course.Find(filepath.Dir(schemaFile))
	require.True(t, ok)
	outside := t.TempDir()
	for name, c := range map[string]struct {
		dir  string
		args []string
		want []string
	}{
		"hint for nothing":      {root, []string{"hint", "semafore"}, []string{`"semafore" is no exercise`, "did you mean 05-semaphore?"}},
		"hint nowhere":          {outside, []string{"hint"}, []string{"the current folder is no exercise's", "grade init DIR"}},
		"show nowhere":          {outside, []string{"show"}, []string{"name one"}},
		"show language":         {root, []string{"show", "5", "--lang", "fr"}, []string{`--lang is "fr"`, "en and zh"}},
		"color":                 {root, []string{"show", "5", "--color", "pink"}, []string{"auto, always or never"}},
		"solution":              {outside, []string{"solution", "5"}, []string{"no pass of 05-semaphore", "--give-up"}},
		"reset nothing":         {root, []string{"reset"}, []string{"name one exercise, or give --all"}},
		"reset too much":        {root, []string{"reset", "5", "--all"}, []string{"name one exercise, or give --all"}},
		"reset nowhere":         {outside, []string{"reset", "5", "--yes"}, []string{"grade init DIR", "git restore"}},
		"init nothing":          {root, []string{"init"}, []string{"name one folder", "grade init ."}},
		"init somebody's":       {root, []string{"init", full}, []string{"is not empty: it holds thesis.txt"}},
		"init within":           {root, []string{"init", "exercises/new"}, []string{"lies within", "grade init ."}},
		"init in the course":    {root, []string{"init", filepath.Join(repo, "new")}, []string{"the course's own repository"}},
		"list state":            {root, []string{"list", "--state", "lost"}, []string{`"lost" is none of new, tried, given-up, passed`}},
		"list state nowhere":    {outside, []string{"list", "--state", "new"}, []string{"--state, --edited and --paths work in a folder that grade init has set up"}},
		"grade nothing nowhere": {outside, nil, []string{"give the folder of an exercise", "grade init DIR"}},
	} {
		t.Chdir(c.dir)
		r := grade(c.args...)
		assert.Equal(t, ExitUsage, r.code, name)
		assert.Empty(t, r.out, name)
		for _, w := range c.want {
			assert.Contains(t, r.err, w, name)
		}
	}
}

// TestAPathThatLeadsNowhere is answered with the folder that was meant.
func TestAPathThatLeadsNowhere(t *testing.T) {
	_, run := student(t)
	here := filepath.Join("exercises", slug)
	for typed, meant := range map[string]string{
		`exercises\24-latch`: "exercises/24-latch", `.\exercises\24-latch\`: "exercises/24-latch",
		"24": here, "latch": here, slug: here, filepath.Join("exercises", "24"): here,
	} {
		if os.PathSeparator == '\\' && strings.Contains(typed, `\`) {
			continue // it leads somewhere
		}
		r := run(typed)
		assert.Equal(t, ExitUsage, r.code, typed)
		assert.Equal(t, "grade: there is no folder "+typed+"\n  → did you mean: grade "+meant+"\n", r.err)
	}
	r := run("nothing-like-it")
	assert.Equal(t, ExitUsage, r.code)
	assert.NotContains(t, r.err, "did you mean")
	t.Chdir(here)
	assert.Contains(t, run("24").err, "did you mean: grade .\n")
}
