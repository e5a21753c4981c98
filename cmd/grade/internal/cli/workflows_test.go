package cli

import (
	"archive/zip"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/weft-course/weft/grader/study"
)

// notHere are the scripts of steps that this test leaves out, and why.
var notHere = map[string]string{
	"sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 || true":    "it changes the machine",
	"sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0 || true": "it changes the machine",
	".ci/run": "it takes minutes, and runs this test",
	"WEFT_NEED_BROWSER=1 WEFT_SHOTS=\"$RUNNER_TEMP/shots\" .ci/html-look": "it needs a browser; .ci/run has it as a step",
	"go test ./...": "it takes minutes, and runs this test",
	"go run ./cmd/grade course verify --repeat 3 ${{ matrix.load }}": "it takes hours",
	"go install github.com/weft-course/weft/cmd/grade@latest":        "it needs the network; the test builds the command instead",
}

const semaphore = "05-semaphore"

// envLong asks for the tests that take minutes together; .ci/run asks for some of them.
const envLong = "WEFT_LONG"

func heavy(t *testing.T) {
	t.Helper()
	if os.Getenv(envLong) == "" {
		t.Skip("it builds the command and grades: " + envLong + "=1 runs it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("these scripts are for runners with Linux")
	}
	t.Parallel()
}

// source is one of the course's own files for the exercise that these tests grade.
func source(t *testing.T, folder string) string {
	t.Helper()
	return mustRead1(t, checkout(t, folder, semaphore, "semaphore.go"))
}

// tree writes files, named by slash-separated paths, and returns their folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		put(t, text, path)
	}
	return dir
}

// job runs one job of a workflow that others call.
func (h *hosted) job(file, name string, with map[string]string) workflowJob {
	h.t.Helper()
	w, c := readWorkflow(h.t, checkout(h.t, ".github", "workflows", file))
	for name := range with {
		require.Contains(h.t, c.Call.Inputs, name, "an input that the workflow does not have")
	}
	h.inputs(c.Call.Inputs, with)
	j, ok := w.Jobs[name]
	require.True(h.t, ok, name)
	h.skip = notHere
	for _, text := range []string{w.Concurrency.Group, w.Concurrency.Cancel, j.Name, j.RunsOn, j.Timeout} {
		assert.NotContains(h.t, h.expand(text), "${{")
	}
	h.steps(j.Steps, "")
	return j
}

// called gives the outputs of a called workflow, by way of its jobs'.
func (h *hosted) called(file string, j workflowJob) map[string]string {
	h.t.Helper()
	_, c := readWorkflow(h.t, checkout(h.t, ".github", "workflows", file))
	for name, out := range j.Outputs {
		h.values["jobs.grade.outputs."+name] = h.expand(out)
	}
	all := map[string]string{}
	for name, out := range c.Call.Outputs {
		all[name] = h.expand(out.Value)
	}
	return all
}

// TestReusableWorkflowOnAStub: the whole way of a submission that fails, from
// the caller's inputs through the action to outputs, annotations and artifact.
func TestReusableWorkflowOnAStub(t *testing.T) {
	heavy(t)
	h := newHosted(t, tree(t, map[string]string{"exercises/05-semaphore/semaphore.go": source(t, "exercises")}), t.TempDir())
	j := h.job("grade.yml", "grade", map[string]string{"path": "exercises/05-semaphore"})
	assert.True(t, h.failed)
	assert.Equal(t, ExitFailed, h.status, h.log.String())
	out := h.called("grade.yml", j)
	assert.Equal(t, "false", out["passed"])
	assert.Equal(t, "100", out["max_score"])
	assert.Regexp(t, `^\d{1,2}$`, out["score"])
	assert.Contains(t, h.log.String(), "\n::error file=exercises/05-semaphore/semaphore.go,line=")
	assert.Contains(t, h.summary, "## 05-semaphore")
	assert.Contains(t, h.summary, "**failed**")
	kept := filepath.Join(h.artifacts, "weft-report")
	assert.True(t, strings.HasPrefix(mustRead1(t, filepath.Join(kept, "report.html")), "<!DOCTYPE html>"))
	assert.Contains(t, mustRead1(t, filepath.Join(kept, "result.json")), `"schema": "weft/result/v1"`)
}

func TestReusableWorkflowOnAReference(t *testing.T) {
	heavy(t)
	h := newHosted(t, tree(t, map[string]string{"my work/semaphore.go": "no Go", "hw1/semaphore.go": source(t, "solutions")}), t.TempDir())
	j := h.job("grade.yml", "grade", map[string]string{"path": "hw1", "exercise": semaphore, "artifact": ""})
	assert.False(t, h.failed, h.log.String())
	out := h.called("grade.yml", j)
	assert.Equal(t, "true", out["passed"])
	assert.Equal(t, "100", out["max_score"])
	assert.NotContains(t, h.log.String(), "::error")
	assert.NoDirExists(t, filepath.Join(h.artifacts, "weft-report"), "no artifact was asked for")
}

// TestReusableWorkflowOnWhatDoesNotBuild: several folders at once, the worst counts.
func TestReusableWorkflowOnWhatDoesNotBuild(t *testing.T) {
	heavy(t)
	h := newHosted(t, tree(t, map[string]string{"05-semaphore/semaphore.go": "package semaphore\nfunc {", "06-timer/timer.go": "package timer\n\nimport \"C\"\n"}), t.TempDir())
	j := h.job("grade.yml", "grade", map[string]string{"path": " 05-semaphore\n06-timer "})
	assert.Equal(t, ExitNotBuilt, h.status, h.log.String())
	out := h.called("grade.yml", j)
	assert.Equal(t, []string{"0", "200", "false"}, []string{out["score"], out["max_score"], out["passed"]})
	assert.Contains(t, h.log.String(), "::error file=05-semaphore/semaphore.go,line=2")
	assert.FileExists(t, filepath.Join(h.artifacts, "weft-report", "report.html"))
}

// TestShardsWorkflow runs all jobs of the matrix, then one of them again.
func TestShardsWorkflow(t *testing.T) {
	heavy(t)
	caller := tree(t, map[string]string{
		"handed in/alice/05-semaphore/semaphore.go": source(t, "exercises"), "handed in/bob/05-semaphore/semaphore.go": source(t, "exercises"),
		"handed in/carol/05-semaphore/semaphore.go": "package semaphore\nfunc {", "roster.csv": "id,name,submitted_at\nalice,Alice A.,2026-11-23T19:00:00Z\ndave,Dave D.,\n",
	})
	f, err := os.Create(filepath.Join(caller, "handed in", "erin.zip"))
	require.NoError(t, err)
	z := zip.NewWriter(f)
	_, err = z.Create("../semaphore.go")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	artifacts := t.TempDir()
	with := map[string]string{
		"submissions": "handed in", "shards": "2", "exercise": semaphore, "roster": "roster.csv", "due": "2026-11-23T18:00:00Z", "late": "50%/day",
	}
	const file = "grade-shards.yml"

	prepare := newHosted(t, caller, artifacts)
	out := prepare.job(file, "prepare", with).Outputs["shards"]
	require.False(t, prepare.failed, prepare.log.String())
	out = prepare.expand(out)
	var shards []string
	require.NoError(t, yaml.Unmarshal([]byte(out), &shards), out)
	require.Equal(t, []string{"1", "2"}, shards)

	warned := ""
	shard := func(i, attempt string) *hosted {
		h := newHosted(t, caller, artifacts)
		h.values["needs.prepare.outputs.shards"], h.values["matrix.shard"], h.values["github.run_attempt"] = out, i, attempt
		h.job(file, "grade", with)
		assert.False(t, h.failed, h.log.String())
		warned += h.log.String()
		return h
	}
	shard("1", "1")
	merge := newHosted(t, caller, artifacts)
	merge.job(file, "merge", with)
	assert.Equal(t, ExitBroken, merge.status, "half a class is no gradebook")
	assert.Contains(t, merge.log.String(), "1 of 2 shards have left results")
	shard("2", "1")
	assert.Contains(t, warned, "::warning title=shard ", "erin's archive leads outside")
	assert.Contains(t, warned, "not read: erin")
	again := shard("2", "2")
	assert.Contains(t, again.log.String(), "graded: 0; ", "an earlier attempt's results are kept")

	merge = newHosted(t, caller, artifacts)
	merge.job(file, "merge", with)
	require.False(t, merge.failed, merge.log.String())
	assert.Contains(t, merge.log.String(), "results: 4; added or replaced: 4")
	assert.Contains(t, merge.summary, "2 shards")
	book := mustRead1(t, filepath.Join(artifacts, "weft-results", "grades.csv"))
	for _, want := range []string{"\r\nalice,Alice A.,", "\r\nbob,", "\r\ncarol,", "\r\ndave,Dave D.,", "\r\nerin,", "late_percent"} {
		assert.Contains(t, book, want)
	}
	assert.Contains(t, mustRead1(t, filepath.Join(artifacts, "weft-results", "grades.html")), "Alice A.")
	assert.FileExists(t, filepath.Join(artifacts, "weft-results", "reports", "alice.html"))
	assert.FileExists(t, filepath.Join(artifacts, "weft-results", "results", "alice", semaphore+".json"))
}

func TestShardsWorkflowRefusesWrongNumbers(t *testing.T) {
	heavy(t)
	for _, n := range []string{"0", "257", "1.5", "-1", "1e2", "99999999999999999999"} {
		h := newHosted(t, t.TempDir(), t.TempDir())
		h.job("grade-shards.yml", "prepare", map[string]string{"shards": n})
		assert.Equal(t, ExitUsage, h.status, n)
		assert.Contains(t, h.log.String(), "a matrix has 1 to 256", n)
		assert.NoFileExists(t, filepath.Join(h.temp, "grade"), "the rest was not run")
	}
}

// TestWorkspaceWorkflow runs what grade init gives a student, with nothing
// begun, with a wrong solution, and with a right one.
func TestWorkspaceWorkflow(t *testing.T) {
	heavy(t)
	c, err := openCourse("")
	require.NoError(t, err)
	files, err := filesFor(c)
	require.NoError(t, err)
	root := t.TempDir()
	_, err = study.Init(root, files)
	require.NoError(t, err)
	bin := buildGrade(t)
	run := func() *hosted {
		h := newHosted(t, root, t.TempDir())
		h.env = append(h.env, "PATH="+bin+string(os.PathListSeparator)+h.variable("PATH"))
		h.skip = notHere
		w, _ := readWorkflow(t, filepath.Join(root, ".github", "workflows", "grade.yml"))
		h.steps(w.Jobs["grade"].Steps, "")
		return h
	}
	h := run()
	assert.False(t, h.failed, h.log.String())
	assert.Contains(t, h.log.String(), "No exercise has been begun")
	mine := filepath.Join(root, "exercises", semaphore, "semaphore.go")
	put(t, source(t, "exercises")+"\n// begun\n", mine)
	h = run()
	assert.Equal(t, ExitFailed, h.status, h.log.String())
	assert.Contains(t, h.log.String(), "\n::error file=exercises/05-semaphore/semaphore.go,line=")
	assert.Contains(t, h.summary, "**failed**")
	put(t, source(t, "solutions"), mine)
	h = run()
	assert.False(t, h.failed, h.log.String())
	assert.Contains(t, h.log.String(), "everything assessed passed")
}

// TestOwnWorkflow runs the scripts of ci.yml that can run here, each in a copy
// of the checkout, and knows all others.
func TestOwnWorkflow(t *testing.T) {
	heavy(t)
	w, _ := readWorkflow(t, checkout(t, ".github", "workflows", "ci.yml"))
	copied := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "cmd", "docs", "exercises", "grader", "solutions"} {
		require.NoError(t, copyTo(checkout(t, name), filepath.Join(copied, name)))
	}
	ran := 0
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		h := newHosted(t, copied, t.TempDir())
		h.skip = notHere
		h.env = append(h.env, "GOFLAGS="+h.variable("GOFLAGS")+" -trimpath") // one build cache for all folders
		h.values["matrix.os"], h.values["matrix.go"], h.values["matrix.load"] = "ubuntu-24.04", "stable", ""
		for _, s := range w.Jobs[name].Steps {
			if s.Uses != "" && !strings.HasPrefix(s.Uses, "actions/checkout@") {
				continue // what it would keep is made by a step that is left out
			}
			if s.Run != "" && notHere[strings.TrimSpace(s.Run)] == "" {
				ran++
			}
			h.steps([]workflowStep{s}, "")
			assert.False(t, h.failed, "%s\n%s", s.Run, h.log.String())
		}
	}
	assert.Equal(t, 3, ran, "go version, doctor, and a right solution passes")
}

func copyTo(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	} else if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode())
}

// buildGrade builds the command and returns its folder.
func buildGrade(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	h := newHosted(t, t.TempDir(), t.TempDir())
	h.values["course"], h.values["bin"] = checkout(t), dir
	require.False(t, h.script(workflowStep{Run: `cd "${{ course }}" && go build -trimpath -o "${{ bin }}/grade" ./cmd/grade`}, ""), h.log.String())
	return dir
}

// TestWorkflowsAreBounded: every workflow says its rights, its place in the
// queue and its time, and a reusable one offers what the action does.
func TestWorkflowsAreBounded(t *testing.T) {
	files, err := filepath.Glob(checkout(t, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 3)
	files = append(files, checkout(t, "grader", "study", "template", "grade.yml"))
	for _, file := range files {
		w, _ := readWorkflow(t, file)
		assert.Equal(t, map[string]string{"contents": "read"}, w.Permissions, file)
		assert.NotEmpty(t, w.Concurrency.Group, file)
		for name, j := range w.Jobs {
			assert.Empty(t, j.Permissions, "%s: %s asks for more", file, name)
			assert.NotEmpty(t, j.Timeout, "%s: %s", file, name)
			for _, s := range j.Steps {
				assert.True(t, s.Uses == "" || strings.HasPrefix(s.Uses, "./") || strings.Contains(s.Uses, "@v"), "%s: %s has no version", file, s.Uses)
			}
		}
	}
	var a actionFile
	readYAML(t, checkout(t, ".github", "actions", "grade", "action.yml"), &a)
	_, c := readWorkflow(t, checkout(t, ".github", "workflows", "grade.yml"))
	for name, in := range a.Inputs {
		assert.Equal(t, in.Default, c.Call.Inputs[name].Default, name)
		assert.Equal(t, in.Required, c.Call.Inputs[name].Required, name)
	}
	assert.Equal(t, slices.Sorted(maps.Keys(a.Outputs)), slices.Sorted(maps.Keys(c.Call.Outputs)))
}
