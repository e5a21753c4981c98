package cli

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tools gives a folder with links to the programs that a script needs, for a
// PATH that holds nothing else. Where one is missing the test is skipped.
func tools(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		require.NoError(t, os.Symlink(path, filepath.Join(dir, name)))
	}
	return dir
}

// start runs a program of docs/deploy in a folder and returns what it printed
// and its exit status.
func start(t *testing.T, dir string, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	return string(out), cmd.ProcessState.ExitCode()
}

func settings(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=(.*)$`).FindAllStringSubmatch(mustRead1(t, checkout(t, "docs", "deploy", "gradescope", "settings.env")), -1) {
		all[m[1]] = strings.TrimSpace(m[2])
	}
	return all
}

// autograder is a Gradescope container, with the given submission.
type autograder struct {
	root string
	env  []string
}

func newAutograder(t *testing.T, bin string, submission map[string]string) autograder {
	t.Helper()
	a := autograder{root: t.TempDir()}
	require.NoError(t, os.CopyFS(filepath.Join(a.root, "submission"), os.DirFS(tree(t, submission))))
	require.NoError(t, os.Mkdir(filepath.Join(a.root, "source"), 0o755))
	require.NoError(t, os.Symlink(bin, filepath.Join(a.root, "bin")))
	put(t, mustRead1(t, checkout(t, "docs", "deploy", "gradescope", "settings.env")), a.root, "source", "settings.env")
	put(t, `{"id": 7, "created_at": "2026-11-23T19:00:00.5-08:00", "assignment": {"due_date": "2026-11-23T18:00:00-08:00", "late_due_date": null}}`, a.root, "submission_metadata.json")
	a.env = []string{"AUTOGRADER_ROOT=" + a.root}
	return a
}

type gradescope struct {
	Score *int
	Tests []struct {
		Score  *int
		Status string
		Output string
	}
	Output    string
	ExtraData struct {
		Reports []struct {
			Status string
			Score  int
			Max    int `json:"max_score"`
			Seized int `json:"unmeasurable_points"`
		}
		Submission map[string]any
	} `json:"extra_data"`
}

func (a autograder) run(t *testing.T, env ...string) (r gradescope, log string) {
	t.Helper()
	log, code := start(t, a.root, append(a.env, env...), checkout(t, "docs", "deploy", "gradescope", "run_autograder"))
	require.Zero(t, code, log)
	text := mustRead1(t, filepath.Join(a.root, "results", "results.json"))
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	schema := jsonschema.NewCompiler().MustCompile(checkout(t, "grader", "report", "testdata", "schemas", "gradescope.schema.json"))
	require.NoError(t, schema.Validate(doc), text)
	left, err := os.ReadDir(filepath.Join(a.root, "results"))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing half-written is left")
	return r, log
}

func TestGradescopeGrades(t *testing.T) {
	heavy(t)
	tools(t, "jq")
	bin := buildGrade(t)
	times := map[string]any{"id": 7.0, "submitted_at": "2026-11-23T19:00:00.5-08:00", "due": "2026-11-23T18:00:00-08:00", "late_due": nil}

	a := newAutograder(t, bin, map[string]string{"semaphore.go": source(t, "solutions"), "notes.txt": "x"})
	r, log := a.run(t)
	require.NotNil(t, r.Score, log)
	assert.Equal(t, 100, *r.Score+r.ExtraData.Reports[0].Seized)
	for _, test := range r.Tests {
		assert.NotEqual(t, "failed", test.Status)
	}
	assert.Equal(t, times, r.ExtraData.Submission)

	a = newAutograder(t, bin, map[string]string{"exercises/05-semaphore/semaphore.go": source(t, "exercises")})
	put(t, "{", a.root, "submission_metadata.json")
	r, log = a.run(t)
	require.NotNil(t, r.Score, log)
	assert.Less(t, *r.Score, 50)
	assert.Equal(t, "failed", r.Tests[0].Status)
	assert.NotEmpty(t, r.Tests[0].Output)
	assert.Nil(t, r.ExtraData.Submission)
	assert.Contains(t, log, "no times of submission")

	for name, files := range map[string]map[string]string{
		"nothing":        {"notes.txt": "x"},
		"does not build": {"05-semaphore/semaphore.go": "package semaphore\nfunc {"},
	} {
		r, log = newAutograder(t, bin, files).run(t)
		require.NotNil(t, r.Score, name, log)
		assert.Zero(t, *r.Score, name)
		assert.Equal(t, times, r.ExtraData.Submission, name)
		assert.Contains(t, r.Output, "semaphore.go", name)
	}
}

// TestGradescopeFaults: no score, which Gradescope takes as a fault of the
// autograder, and never 0 points.
func TestGradescopeFaults(t *testing.T) {
	heavy(t)
	bare := tools(t, "bash", "env", "mkdir", "rm", "mv", "jq")
	bin := buildGrade(t)
	stub := map[string]string{"semaphore.go": source(t, "exercises")}
	for name, c := range map[string]struct {
		breakIt func(a autograder) (env []string)
		want    string
	}{
		"no Go": {func(autograder) []string { return []string{"PATH=" + bare} }, "The grader or its machine failed."},
		"no such exercise": {func(a autograder) []string {
			put(t, "WEFT_EXERCISE=99-none\nWEFT_SANDBOX=auto\n", a.root, "source", "settings.env")
			return nil
		}, "The autograder is set up wrongly (exit status 2)."},
		"no grade": {func(a autograder) []string {
			require.NoError(t, os.Remove(filepath.Join(a.root, "bin")))
			return nil
		}, "The autograder is set up wrongly (exit status 127)."},
		"no settings": {func(a autograder) []string {
			require.NoError(t, os.Remove(filepath.Join(a.root, "source", "settings.env")))
			return nil
		}, "The autograder has no settings."},
	} {
		a := newAutograder(t, bin, stub)
		r, log := a.run(t, c.breakIt(a)...)
		assert.Nil(t, r.Score, name)
		assert.Empty(t, r.Tests, name)
		assert.Contains(t, r.Output, c.want, "%s: %s", name, log)
		assert.Contains(t, r.Output, "costs no points", name)
	}
}

func TestGradescopeZip(t *testing.T) {
	heavy(t)
	tools(t, "git", "zip", "unzip", "tar")
	if _, err := os.Stat(checkout(t, ".git")); err != nil {
		t.Skip("the zip is made from a commit, and this is no git work tree")
	}
	dir := t.TempDir()
	script := checkout(t, "docs", "deploy", "gradescope", "make-zip.sh")
	for _, args := range [][]string{{}, {"05-semaphore"}, {"5", "x.zip"}, {"../exercises/05-semaphore", "x.zip"}} {
		out, code := start(t, dir, nil, append([]string{script}, args...)...)
		assert.Equal(t, ExitUsage, code, args)
		assert.Contains(t, out, "make-zip.sh", args)
	}
	out, code := start(t, dir, nil, script, "06-timer", "a.zip")
	require.Zero(t, code, out)
	_, code = start(t, dir, nil, script, "06-timer", "a.zip")
	assert.Equal(t, ExitUsage, code, "nothing is overwritten")
	out, code = start(t, dir, nil, "unzip", "-q", "a.zip", "-d", "source")
	require.Zero(t, code, out)
	for _, name := range []string{"setup.sh", "run_autograder"} {
		info, err := os.Stat(filepath.Join(dir, "source", name))
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o100, "%s can be run", name)
	}
	assert.Contains(t, mustRead1(t, filepath.Join(dir, "source", "settings.env")), "\nWEFT_EXERCISE=06-timer\n")
	assert.FileExists(t, filepath.Join(dir, "source", "weft", "solutions", "06-timer", "timer.go"))
}

func TestClassroom50Adapter(t *testing.T) {
	heavy(t)
	tools(t, "python3")
	bin := buildGrade(t)
	schema := jsonschema.NewCompiler().MustCompile(checkout(t, "grader", "report", "testdata", "schemas", "classroom50.schema.json"))
	env := []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "CLASSROOM=go-2026", "ASSIGNMENT=semaphore", "OWNER=alice", "SUBMISSION_TAG=submit/2026-11-23T12-00-00Z-c0ffee0", "COMMIT_URL=https://github.com/x/y/commit/c0ffee0", "RELEASE_URL=https://github.com/x/y/releases/tag/1"}
	script := checkout(t, "docs", "deploy", "classroom50", "autograder.py")
	for name, src := range map[string]string{"failing": source(t, "exercises"), "does not build": "package semaphore\nfunc {"} {
		dir := tree(t, map[string]string{"semaphore.go": src})
		out, code := start(t, dir, env, "python3", script)
		require.Zero(t, code, "%s: %s", name, out)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(mustRead1(t, filepath.Join(dir, "result.json"))))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(doc), name)
	}
	dir := tree(t, map[string]string{"semaphore.go": source(t, "exercises")})
	out, code := start(t, dir, append(env, "CLASSROOM="), "python3", script)
	assert.Equal(t, ExitUsage, code)
	assert.Contains(t, out, "not set: CLASSROOM")
	assert.NoFileExists(t, filepath.Join(dir, "result.json"), "the runner reports the fault itself")
}

// TestDockerfile runs the script that warms the image's cache, on one exercise,
// and looks at what the rest relies on.
func TestDockerfile(t *testing.T) {
	text := strings.ReplaceAll(mustRead1(t, checkout(t, "Dockerfile")), "\r\n", "\n")
	lines := strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n")
	at := func(prefix string) int {
		return slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) })
	}
	release := strings.TrimPrefix(lines[at("ARG GO_VERSION=")], "ARG GO_VERSION=")
	assert.Equal(t, "go"+release, settings(t)["WEFT_GO_VERSION"], "one release everywhere")
	user, warm, entry := at("USER 10001:10001"), at("RUN --mount=type=bind,from=build,source=/src,target=/course"), at(`ENTRYPOINT ["grade"]`)
	assert.True(t, 0 < user && user < warm && warm < entry, "what is warmed belongs to the user who runs it")
	for line := range strings.Lines(mustRead1(t, checkout(t, ".dockerignore"))) {
		assert.NotContains(t, []string{"cmd", "exercises", "grader", "solutions", "go.mod", "go.sum"}, strings.TrimSpace(line), "the command is built from it")
	}

	heavy(t)
	course := t.TempDir()
	for _, folder := range []string{"exercises", "solutions"} {
		require.NoError(t, os.CopyFS(filepath.Join(course, folder, semaphore), os.DirFS(checkout(t, folder, semaphore))))
	}
	_, script, _ := strings.Cut(lines[warm], "target=/course")
	script = strings.NewReplacer("/course", course, "/tmp/warm.log", filepath.Join(course, "warm.log")).Replace(script)
	env := []string{"PATH=" + buildGrade(t) + string(os.PathListSeparator) + os.Getenv("PATH")}
	out, code := start(t, course, env, "sh", "-c", script)
	assert.Zero(t, code, out)
	assert.NoFileExists(t, filepath.Join(course, "warm.log"))
	put(t, "package semaphore\nfunc {", course, "solutions", semaphore, "semaphore.go")
	out, code = start(t, course, env, "sh", "-c", script)
	assert.Equal(t, 1, code, "a reference that does not build ends the building of the image")
	assert.Contains(t, out, "semaphore.go:2")
}

// TestBatchManifest holds what grade batch writes against the schema in docs.
func TestBatchManifest(t *testing.T) {
	scratchDir(t)
	c := jsonschema.NewCompiler()
	schema, err := c.Compile(checkout(t, "docs", "batch.schema.json"))
	require.NoError(t, err)
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	handIn(t, in, "alice", "package latch\nfunc {")
	put(t, "x", in, "bob.zip")
	manifest := filepath.Join(out, "_weft", "batch.json")
	for _, more := range [][]string{{"--shard", "1/1"}, {"--exercise", slug}} {
		r := grade(append([]string{"batch", in, "--out", out, "--course", latch(t), "--only", "race,opens"}, more...)...)
		require.Equal(t, ExitNotBuilt, r.code, r.err)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(mustRead1(t, manifest)))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(doc), more)
		assert.GreaterOrEqual(t, len(doc.(map[string]any)["results"].([]any)), 2)
		for _, key := range slices.Collect(maps.Keys(doc.(map[string]any))) {
			broken := maps.Clone(doc.(map[string]any))
			broken[key] = true
			assert.Error(t, schema.Validate(broken), "the schema takes anything for %s", key)
		}
	}
}
