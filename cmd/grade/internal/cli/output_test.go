package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// runnerEnv sets what the runner of Classroom 50 sets.
func runnerEnv(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"CLASSROOM": "go-2026", "ASSIGNMENT": "latch", "OWNER": "alice", "SUBMISSION_TAG": "submit/1", "COMMIT_URL": "https://x/c", "RELEASE_URL": "https://x/r",
	} {
		t.Setenv(name, value)
	}
}

func TestWrongOutputs(t *testing.T) {
	scratchDir(t)
	for _, name := range []string{"CLASSROOM", "ASSIGNMENT", "OWNER", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"} {
		t.Setenv(name, "")
	}
	folder := submit(t, reference(t))
	nowhere := filepath.Join(folder, "no", "where")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"a folder":        {[]string{"--output", folder}, []string{"is a folder", "name a file in it"}},
		"no folder":       {[]string{"--output", nowhere}, []string{"cannot write", "make that folder first"}},
		"no name":         {[]string{"--output", ""}, []string{"names no file"}},
		"which one":       {[]string{"--format", "text,json", "--output", "r.json"}, []string{"2 formats", "--output json=r.json"}},
		"not among them":  {[]string{"--output", "csv=r.csv"}, []string{"csv is not among the formats", "--format text,csv"}},
		"twice":           {[]string{"--output", "a", "--output", "b"}, []string{"would go to a and to b"}},
		"both on stdout":  {[]string{"--format", "json,csv"}, []string{"json and csv would both go to standard output", "--output csv=FILE"}},
		"both to a file":  {[]string{"--format", "json,csv", "--output", "json=r", "--output", "csv=r"}, []string{"would both go to r"}},
		"unknown":         {[]string{"--format", "text,yaml"}, []string{`"yaml" is none of text, json, junit`}},
		"no classroom 50": {[]string{"--format", "classroom50"}, []string{"not set: CLASSROOM, ASSIGNMENT", "--format json"}},
	} {
		r := gradeLatch(t, folder, c.args...)
		assert.Equal(t, ExitUsage, r.code, name)
		assert.Empty(t, r.out, name)
		for _, w := range c.want {
			assert.Contains(t, r.err, w, name)
		}
	}
}

func TestTargets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a=b.json")
	for name, c := range map[string]struct {
		format  string
		outputs []string
		want    map[string]string
	}{
		"default":               {"text", nil, map[string]string{"text": ""}},
		"a file":                {"json", []string{file}, map[string]string{"json": file}},
		"several":               {"text, json", []string{"json=" + file}, map[string]string{"text": "", "json": file}},
		"the same twice":        {"json,json", []string{file}, map[string]string{"json": file}},
		"github holds the text": {"text,github", nil, map[string]string{"github": ""}},
		"but not in a file":     {"text,github", []string{"text=" + file}, map[string]string{"text": file, "github": ""}},
	} {
		o := &gradeOptions{format: c.format, outputs: c.outputs}
		list, err := o.targets()
		require.NoError(t, err, name)
		got := map[string]string{}
		for _, target := range list {
			got[target.format.Name] = target.file
		}
		assert.Equal(t, c.want, got, name)
	}
}

// TestGitHubStep grades as a step of a workflow does, to several formats at once.
func TestGitHubStep(t *testing.T) {
	scratchDir(t)
	dir := submit(t, with(t, "return ctx.Err()", "return nil"))
	work := filepath.Dir(dir)
	for name, value := range map[string]string{"GITHUB_WORKSPACE": work, "GITHUB_STEP_SUMMARY": filepath.Join(work, "summary.md"), "GITHUB_OUTPUT": filepath.Join(work, "outputs")} {
		t.Setenv(name, value)
	}
	require.NoError(t, os.WriteFile(filepath.Join(work, "summary.md"), []byte("before\n"), 0o644))
	t.Chdir(work)
	r := gradeLatch(t, slug, "--quick", "--format", "text,github,json,junit", "--output", "json=result.json", "--output", "junit=result.xml")
	assert.Equal(t, ExitFailed, r.code, r.err)
	assert.True(t, strings.HasPrefix(r.out, "::stop-commands::"), r.out)
	assert.Contains(t, r.out, "\n::error file="+slug+"/latch.go,line=")
	assert.Equal(t, 1, strings.Count(r.out, "next: "), "the text is there once")
	summary, err := os.ReadFile("summary.md")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(summary), "before\n## "+slug))
	outputs, err := os.ReadFile("outputs")
	require.NoError(t, err)
	assert.Contains(t, string(outputs), "passed<<ghadelimiter_")
	assert.Contains(t, string(outputs), "\nfalse\n")
	assert.Contains(t, string(outputs), "\n"+filepath.Join(work, "result.json")+"\n")
	text, err := os.ReadFile("result.json")
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
	assert.FileExists(t, "result.xml")
}

// TestClassroom50Step: graded is success, whatever the verdict.
func TestClassroom50Step(t *testing.T) {
	scratchDir(t)
	runnerEnv(t)
	r := gradeLatch(t, submit(t, "package latch\nfunc ("), "--format", "classroom50")
	assert.Equal(t, ExitPassed, r.code, r.err)
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.out), &m), r.out)
	assert.Equal(t, 0.0, m["score"])
	assert.Equal(t, 100.0, m["max-score"])
	assert.Equal(t, "latch", m["assignment"])
}

func TestExitCodes(t *testing.T) {
	report50, err := report.Find("classroom50")
	require.NoError(t, err)
	for status, want := range map[grader.Status]int{grader.StatusGraded: 0, grader.StatusRefused: 0, grader.StatusBuildFailed: 0, grader.StatusError: ExitBroken} {
		err := exitAs([]target{{format: report50}}, []*grader.Report{{Status: status}})
		assert.Equal(t, want, code(err, &strings.Builder{}), status)
	}
	err = exitAs(nil, []*grader.Report{{Status: grader.StatusRefused}})
	assert.Equal(t, ExitNotBuilt, code(err, &strings.Builder{}))
}

// TestGradescopeIsThereEarly: when the platform ends the grader, a file is
// there that says so and takes no points.
func TestGradescopeIsThereEarly(t *testing.T) {
	scratchDir(t)
	file := filepath.Join(t.TempDir(), "results.json")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errw strings.Builder
	o := &gradeOptions{streams: streams{strings.NewReader(""), &out, &errw}, course: latch(t), format: "gradescope", outputs: []string{file}, color: "never", seed: 1, sandbox: "auto"}
	e, err := o.engine(context.Background(), []string{submit(t, reference(t))})
	require.NoError(t, err)
	list, err := o.targets()
	require.NoError(t, err)
	require.NoError(t, o.early(list))
	_, err = e.gradeAll(ctx, []string{submit(t, reference(t))}, 1)
	assert.Error(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	assert.NotContains(t, m, "score")
	assert.Contains(t, m["output"], "has not come to its end")
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	secret, link := filepath.Join(dir, "secret"), filepath.Join(dir, "link")
	require.NoError(t, os.WriteFile(secret, []byte("mine"), 0o600))
	require.NoError(t, os.Symlink(secret, link))
	require.NoError(t, writeFile(link, []byte("result")))
	kept, err := os.ReadFile(secret)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(kept), "a link is replaced, not followed")
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.True(t, info.Mode().IsRegular())
	require.NoError(t, writeFile(os.DevNull, []byte("result")))
	info, err = os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.False(t, info.Mode().IsRegular(), "a device is written to, not replaced")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2)
	assert.NoError(t, appendTo("", "nothing"))
}
