package cli

import (
	"archive/zip"
	"context"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/batch"
)

// handIn writes one student's submission for the small exercise.
func handIn(t *testing.T, dir, id, src string) {
	t.Helper()
	to := filepath.Join(dir, id, slug)
	require.NoError(t, os.MkdirAll(to, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(to, "latch.go"), []byte(src), 0o644))
}

// TestBatch is the way of an instructor, with the real grader: grade, go on,
// make the gradebook, grade anew, compare.
func TestBatch(t *testing.T) {
	scratchDir(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	handIn(t, in, "alice", reference(t))
	handIn(t, in, "bob", with(t, "return ctx.Err()", "return nil"))
	handIn(t, in, "carol", reference(t))
	f, err := os.Create(filepath.Join(in, "dave.zip"))
	require.NoError(t, err)
	z := zip.NewWriter(f)
	w, err := z.Create("latch.go")
	require.NoError(t, err)
	_, err = w.Write([]byte("package latch\nfunc ("))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())

	args := []string{"batch", in, "--out", out, "--course", latch(t), "--quick", "--exercise", slug}
	r := grade(args...)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Equal(t, "submissions: 4; graded: 3; the same as another: 1; kept: 0; not read: 0; not graded: 0\n", r.out)
	assert.Empty(t, r.err)
	text, err := os.ReadFile(filepath.Join(out, "bob", slug+".json"))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"file": "24-latch/latch.go"`)
	assert.NotContains(t, string(text), dir, "nobody's folder is in a result")
	text, err = os.ReadFile(filepath.Join(out, "dave", slug+".json"))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"status": "build_failed"`)
	r = grade(args...)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, "graded: 0; the same as another: 0; kept: 4")

	r = grade("gradebook", out)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, "id,name,email,submitted_at,note,24-latch/opens,")
	assert.Contains(t, r.out, "\r\nalice,")
	page := filepath.Join(dir, "grades.html")
	r = grade("gradebook", out, "--html", "--output", page)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Empty(t, r.out)
	text, err = os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(text), "<th scope=\"row\">alice</th>")

	now := filepath.Join(dir, "now")
	r = grade("merge", "--out", now, out)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Equal(t, "results: 4; added or replaced: 4\n", r.out)
	r = grade("diff", out, now)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Empty(t, r.out)
	handIn(t, in, "alice", with(t, "return ctx.Err()", "return nil"))
	args[3] = now
	r = grade(args...)
	assert.Contains(t, r.out, "graded: 0; the same as another: 1; kept: 3", "bob has handed in the same")
	r = grade("diff", out, now)
	assert.Equal(t, ExitFailed, r.code, r.err)
	assert.Contains(t, r.out, "alice 24-latch: 100 of 100 → ")
	assert.Contains(t, r.out, "opens: passed")
	assert.Contains(t, r.out, "why: the submission changed")
	r = grade("merge", "--out", now, out)
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "contradict each other")
}

func TestBatchNamesWhatItCouldNotRead(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	require.NoError(t, os.MkdirAll(filepath.Join(in, "alice"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(in, "bob.zip"), []byte("x"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(in, "notes.txt"), nil, 0o644))
	r := grade("batch", in, "--out", filepath.Join(dir, "out"), "--course", latch(t))
	assert.Equal(t, ExitNotBuilt, r.code, r.err)
	assert.Contains(t, r.err, "left aside, neither folder nor archive: notes.txt")
	assert.Contains(t, r.err, "not read: alice: no folder in it bears the name of an exercise")
	assert.Contains(t, r.err, "not read: bob: it is no zip file")
	assert.Contains(t, r.out, "submissions: 2; graded: 0; the same as another: 0; kept: 0; not read: 2; not graded: 0")
}

func TestBatchWithoutGo(t *testing.T) {
	dir := t.TempDir()
	handIn(t, filepath.Join(dir, "in"), "alice", reference(t))
	t.Setenv("PATH", t.TempDir())
	r := grade("batch", filepath.Join(dir, "in"), "--out", filepath.Join(dir, "out"), "--course", latch(t))
	assert.Equal(t, ExitBroken, r.code)
	assert.Contains(t, r.err, "not on your PATH")
	assert.NoDirExists(t, filepath.Join(dir, "out"))
}

func TestInstructorsUsage(t *testing.T) {
	in := t.TempDir()
	handIn(t, in, "alice", reference(t))
	out := filepath.Join(t.TempDir(), "out")
	run := []string{"batch", in, "--out", out, "--course", latch(t)}
	roster := filepath.Join(t.TempDir(), "r.csv")
	require.NoError(t, os.WriteFile(roster, []byte("name\nx\n"), 0o644))
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no folder":        {[]string{"batch"}, []string{"give one folder of submissions", "grade batch ./submissions --out"}},
		"no out":           {[]string{"batch", in, "--course", latch(t)}, []string{"--out is missing"}},
		"shard":            {append(run, "--shard", "3/2"), []string{"no part 3 of 2", "auto/8"}},
		"shard of nothing": {append(run, "--shard", "auto/2"), []string{"JOB_COMPLETION_INDEX"}},
		"jobs":             {append(run, "--jobs", "0"), []string{"--jobs is 0"}},
		"exercise":         {append(run, "--exercise", "24-lach"), []string{"did you mean 24-latch?"}},
		"only":             {append(run, "--only", "speed"), []string{`--only "speed"`}},
		"sandbox":          {append(run, "--sandbox", "maybe"), []string{"--sandbox"}},
		"inside":           {[]string{"batch", in, "--out", filepath.Join(in, "out"), "--course", latch(t)}, []string{"among the submissions"}},
		"roster":           {[]string{"batch", roster, "--out", out, "--course", latch(t)}, []string{"has no column id"}},
		"merge nothing":    {[]string{"merge", "--out", out}, []string{"give --out and the folders"}},
		"merge nowhere":    {[]string{"merge", "--out", out, filepath.Join(in, "no")}, []string{"cannot read the results"}},
		"book of nothing":  {[]string{"gradebook"}, []string{"give one folder of results"}},
		"book of no such":  {[]string{"gradebook", in + "-no"}, []string{"cannot read the results", "grade batch"}},
		"book of others":   {[]string{"gradebook", t.TempDir()}, []string{"holds no results"}},
		"due alone":        {[]string{"gradebook", out, "--due", "2026-11-23T18:00:00Z"}, []string{"--due means nothing without --late"}},
		"late alone":       {[]string{"gradebook", out, "--late", "10%/day"}, []string{"--late means nothing without a due time"}},
		"due twice":        {[]string{"gradebook", out, "--late", "10%/day", "--due", "2026-11-23T18:00:00Z", "--due", "2026-11-24T18:00:00Z"}, []string{"another one for the same"}},
		"due without zone": {[]string{"gradebook", out, "--late", "10%/day", "--due", "2026-11-23"}, []string{"no time with an offset"}},
		"late":             {[]string{"gradebook", out, "--late", "10", "--due", "2026-11-23T18:00:00Z"}, []string{"no percentage for each"}},
		"diff of one":      {[]string{"diff", out}, []string{"give two folders of results"}},
		"diff of nothing":  {[]string{"diff", in + "-no", in}, []string{"cannot read the results"}},
	} {
		t.Setenv("JOB_COMPLETION_INDEX", "")
		t.Setenv("SLURM_ARRAY_TASK_ID", "")
		r := grade(c.args...)
		assert.Equal(t, ExitUsage, r.code, name)
		assert.Empty(t, r.out, name)
		for _, w := range c.want {
			assert.Contains(t, r.err, w, name)
		}
		if name != "sandbox" {
			assert.Contains(t, r.err, "→", name)
		}
	}
	assert.NoFileExists(t, filepath.Join(out, "alice", slug+".json"), "nothing was graded")
}

func TestGradebookOutputIsWrittenAtOnce(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	require.NoError(t, os.MkdirAll(filepath.Join(in, "alice"), 0o755))
	out := filepath.Join(dir, "out")
	grade("batch", in, "--out", out, "--course", latch(t))
	r := grade("gradebook", out, "--output", filepath.Join(dir, "no", "where.csv"))
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "there is no folder")
	r = grade("gradebook", out)
	assert.Equal(t, ExitPassed, r.code, r.err)
	assert.Contains(t, r.out, "alice,,,,no folder in it bears the name of an exercise,0\r\n")
}

// TestGradebookLinksToReports: each row leads to a page that is there.
func TestGradebookLinksToReports(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for _, id := range []string{"alice", "bob"} {
		require.NoError(t, os.MkdirAll(filepath.Join(in, id, "24-latch"), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(in, "bob", "24-latch", "latch.go"), []byte("package"), 0o644))
	require.NoError(t, os.MkdirAll(filepath.Join(in, "50% 李"), 0o755))
	r := grade("batch", in, "--out", out, "--course", latch(t))
	require.Equal(t, ExitNotBuilt, r.code, r.err)

	pages := filepath.Join(dir, "pages", "of all")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "book"), 0o755))
	book := filepath.Join(dir, "book", "grades.html")
	r = grade("gradebook", out, "--html", "--output", book, "--reports", pages)
	require.Equal(t, ExitPassed, r.code, r.err)
	text, err := os.ReadFile(book)
	require.NoError(t, err)
	links := regexp.MustCompile(`href="([^"]*)"`).FindAllSubmatch(text, -1)
	require.Len(t, links, 3)
	for _, l := range links {
		link, err := url.Parse(html.UnescapeString(string(l[1])))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(link.Path, "../pages/of all/"), link.Path)
		page, err := os.ReadFile(filepath.Join(dir, "book", filepath.FromSlash(link.Path)))
		require.NoError(t, err)
		assert.Contains(t, string(page), "</html>")
	}
	page, err := os.ReadFile(filepath.Join(pages, "bob.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "does not parse")

	r = grade("gradebook", out, "--reports", pages)
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "add --html")
	r = grade("gradebook", out, "--html", "--reports", filepath.Join(book, "under"))
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "name a folder that can be written")
	fresh := filepath.Join(dir, "fresh")
	r = grade("gradebook", out, "--html", "--output", dir, "--reports", fresh)
	assert.Equal(t, ExitUsage, r.code)
	assert.NoDirExists(t, fresh, "nothing is written where the page cannot be")
}

// TestStagesThatMeasureRunOneByOne: two gradings at once, and never two of
// these stages inside; the others may be.
func TestStagesThatMeasureRunOneByOne(t *testing.T) {
	var inside, most atomic.Int32
	measure := func(context.Context, *grader.Pass) (grader.StageResult, error) {
		most.Store(max(most.Load(), inside.Add(1)))
		defer inside.Add(-1)
		for range 1000 {
			runtime.Gosched() // the other one comes in here, if it can
		}
		return grader.StageResult{}, nil
	}
	both := make(chan struct{})
	meet := func(context.Context, *grader.Pass) (grader.StageResult, error) {
		select {
		case both <- struct{}{}:
		case <-both:
		}
		return grader.StageResult{}, nil
	}
	measuring := new(sync.Mutex)
	var all sync.WaitGroup
	for range 2 {
		stages := []grader.Stage{{Name: grader.StageTiming, Run: measure}, {Name: grader.StageSpeedup, Run: measure}, {Name: grader.StageRace, Run: meet}}
		oneAtATime(stages, measuring)
		all.Go(func() {
			for range 20 {
				for _, s := range stages {
					_, err := s.Run(t.Context(), nil)
					assert.NoError(t, err)
				}
			}
		})
	}
	all.Wait()
	assert.Equal(t, int32(1), most.Load())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stages := []grader.Stage{{Name: grader.StageTiming, Run: measure}}
	oneAtATime(stages, measuring)
	_, err := stages[0].Run(ctx, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestBuildID(t *testing.T) {
	id, err := buildID("v1.2.3")
	require.NoError(t, err)
	assert.Empty(t, id)
	for _, v := range []string{"devel", "(devel)", "v0.0.0-20261123000000-abcdef+dirty"} {
		id, err = buildID(v)
		require.NoError(t, err)
		assert.Len(t, id, 64)
	}
}

func TestProgressLine(t *testing.T) {
	assert.Equal(t, "3 of 10 submissions, about 1m10s left", progressLine(batch.Progress{Done: 3, Total: 10, Left: 70*time.Second + 2}))
	assert.Equal(t, "10 of 10 submissions", progressLine(batch.Progress{Done: 10, Total: 10}))
}

// TestManyNotesAreCut: the results have all of them.
func TestManyNotesAreCut(t *testing.T) {
	var list []batch.Note
	for range maxTold + 7 {
		list = append(list, batch.Note{ID: "x", Text: "\x1b[2J::error::y"})
	}
	var b strings.Builder
	o := &batchOptions{gradeOptions: gradeOptions{streams: streams{out: &b, err: &b}}}
	err := o.tell(batch.Summary{Unread: list})
	assert.Equal(t, exitError{ExitNotBuilt}, err)
	assert.Contains(t, b.String(), "not read: 7 more; see their results")
	assert.NotContains(t, b.String(), "\x1b")
	assert.Equal(t, exitError{ExitBroken}, o.tell(batch.Summary{Unread: list, Errors: list[:1]}))
}
