package cli

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// What follows runs the steps of workflows and actions as the runner of GitHub
// does: the shells with the runner's own flags, its files and folders, and in
// place of the four actions that are used what they do to the files.

type (
	workflowFile struct {
		Name        string
		On          yaml.Node
		Permissions map[string]string
		Concurrency struct {
			Group  string
			Cancel string `yaml:"cancel-in-progress"`
		}
		Jobs map[string]workflowJob
	}
	workflowJob struct {
		Name     string
		If       string
		RunsOn   string `yaml:"runs-on"`
		Timeout  string `yaml:"timeout-minutes"`
		Needs    yaml.Node
		Strategy struct {
			FailFast string `yaml:"fail-fast"`
			Matrix   map[string]yaml.Node
		}
		Permissions map[string]string
		Outputs     map[string]string
		Steps       []workflowStep
	}
	workflowStep struct {
		ID, Name, If, Uses, Run, Shell string
		With, Env                      map[string]string
		Continue                       string `yaml:"continue-on-error"`
	}
	actionFile struct {
		Name, Description string
		Inputs            map[string]input
		Outputs           map[string]struct{ Description, Value string }
		Runs              struct {
			Using string
			Steps []workflowStep
		}
	}
	// input is one of an action, or of a workflow that others call.
	input struct {
		Description, Type, Default string
		Required                   bool
	}
	// callable is what a reusable workflow says under on.workflow_call.
	callable struct {
		Call struct {
			Inputs  map[string]input
			Outputs map[string]struct{ Description, Value string }
		} `yaml:"workflow_call"`
	}
)

// checkout is the course's own repository.
func checkout(t *testing.T, elem ...string) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	require.NoError(t, err)
	return filepath.Join(append([]string{root}, elem...)...)
}

// readYAML decodes a file and refuses keys that the structs do not know.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	require.NoError(t, d.Decode(into), file)
}

func readWorkflow(t *testing.T, file string) (w workflowFile, c callable) {
	t.Helper()
	readYAML(t, file, &w)
	if w.On.Kind == yaml.MappingNode && strings.Contains(file, "grade") {
		require.NoError(t, w.On.Decode(&c))
	}
	return w, c
}

// hosted is a machine that runs one job.
type hosted struct {
	t         *testing.T
	course    string            // the checkout that actions/checkout gives for the course
	caller    string            // the folder that it gives for the calling repository
	artifacts string            // a folder for each artifact of the run, shared by its jobs
	skip      map[string]string // steps that cannot run here, by what they run, and why
	values    map[string]string // contexts of expressions, by their full names
	env       []string
	work      string // GITHUB_WORKSPACE
	temp      string // RUNNER_TEMP
	log       bytes.Buffer
	summary   string
	failed    bool
	status    int // of the step that failed first
}

func newHosted(t *testing.T, caller, artifacts string) *hosted {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("these scripts are for runners with Linux")
	}
	h := &hosted{t: t, course: checkout(t), caller: caller, artifacts: artifacts, work: filepath.Join(t.TempDir(), "work", "class"), temp: t.TempDir()}
	require.NoError(t, os.MkdirAll(h.work, 0o755))
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !strings.HasPrefix(name, "GITHUB_") && !strings.HasPrefix(name, "RUNNER_") && name != "CI" && name != envMain {
			h.env = append(h.env, kv)
		}
	}
	h.env = append(h.env, "CI=true", "GITHUB_ACTIONS=true", "RUNNER_OS=Linux", "RUNNER_TEMP="+h.temp, "GITHUB_WORKSPACE="+h.work)
	h.values = map[string]string{
		"runner.os": "Linux", "runner.environment": "github-hosted", "runner.temp": h.temp,
		"github.workflow": "class", "github.ref": "refs/heads/main", "github.event_name": "push", "github.run_attempt": "1",
		"fromJSON(toJSON(job)).workflow_repository": "weft-course/weft", "fromJSON(toJSON(job)).workflow_sha": "the commit of the workflow",
	}
	return h
}

var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// expand replaces the expressions in text by their values.
func (h *hosted) expand(text string) string {
	h.t.Helper()
	return expression.ReplaceAllStringFunc(text, func(m string) string { return h.eval(expression.FindStringSubmatch(m)[1]) })
}

// eval gives the value of one expression: terms that are compared and joined
// by &&. What it does not know fails the test.
func (h *hosted) eval(expr string) string {
	h.t.Helper()
	for term := range strings.SplitSeq(expr, "&&") {
		if term = strings.TrimSpace(term); expr == term {
			break
		}
		if h.eval(term) != "true" {
			return "false"
		}
	}
	if strings.Contains(expr, "&&") {
		return "true"
	}
	for _, op := range []string{" == ", " != ", " > "} {
		if left, right, ok := strings.Cut(expr, op); ok {
			a, b := h.eval(left), h.eval(right)
			return fmt.Sprint(map[string]bool{" == ": a == b, " != ": a != b, " > ": len(a) > len(b) || len(a) == len(b) && a > b}[op])
		}
	}
	switch v, known := h.values[expr]; {
	case expr == "always()":
		return "true"
	case strings.HasPrefix(expr, "'") && strings.HasSuffix(expr, "'"):
		return strings.Trim(expr, "'")
	case regexp.MustCompile(`^\d+$`).MatchString(expr):
		return expr
	case known:
		return v
	case regexp.MustCompile(`^steps\.[a-z]+\.outputs\.[a-z_]+$`).MatchString(expr):
		return "" // of a step that wrote no such output
	}
	require.Fail(h.t, "an expression that this test does not know", expr)
	return ""
}

// want says whether a step runs, as its if and what failed before have it.
func (h *hosted) want(cond string) bool {
	if cond == "" {
		return !h.failed
	}
	cond = strings.TrimSuffix(strings.TrimPrefix(cond, "${{"), "}}")
	return (!h.failed || strings.Contains(cond, "always()")) && h.eval(strings.TrimSpace(cond)) == "true"
}

// steps runs steps until one fails, and then those that want to run always.
// Their outputs become values.
func (h *hosted) steps(list []workflowStep, actionPath string) {
	h.t.Helper()
	for _, s := range list {
		if !h.want(s.If) {
			continue
		}
		with := map[string]string{}
		for k, v := range s.With {
			with[k] = h.expand(v)
		}
		failed := false
		switch {
		case h.skip[strings.TrimSpace(s.Run)] != "":
			h.t.Logf("left out, %s: %s", h.skip[strings.TrimSpace(s.Run)], s.Run)
		case s.Run != "":
			failed = h.script(s, actionPath)
		case strings.HasPrefix(s.Uses, "./"):
			h.composite(s, with)
		default:
			failed = !h.action(s.Uses, with)
		}
		if failed && s.Continue != "true" {
			h.failed = true
		}
	}
}

// script runs one script with the runner's own command line for its shell.
func (h *hosted) script(s workflowStep, actionPath string) (failed bool) {
	h.t.Helper()
	dir := h.t.TempDir()
	file := func(name string) string {
		path := filepath.Join(dir, name)
		require.NoError(h.t, os.WriteFile(path, nil, 0o644))
		return path
	}
	args := map[string][]string{"": {"-e"}, "bash": {"--noprofile", "--norc", "-eo", "pipefail"}}[s.Shell]
	require.NotNil(h.t, args, "shell %q", s.Shell)
	path, output, vars, paths, summary := file("script.sh"), file("output"), file("env"), file("path"), file("summary")
	require.NoError(h.t, os.WriteFile(path, []byte(h.expand(s.Run)), 0o644))
	cmd := exec.CommandContext(h.t.Context(), "bash", append(args, path)...)
	cmd.Dir = h.work
	cmd.Env = append(slices.Clone(h.env), "GITHUB_OUTPUT="+output, "GITHUB_ENV="+vars, "GITHUB_PATH="+paths, "GITHUB_STEP_SUMMARY="+summary)
	if actionPath != "" {
		cmd.Env = append(cmd.Env, "GITHUB_ACTION_PATH="+actionPath)
	}
	for _, k := range slices.Sorted(maps.Keys(s.Env)) {
		cmd.Env = append(cmd.Env, k+"="+h.expand(s.Env[k]))
	}
	cmd.Stdout, cmd.Stderr = &h.log, &h.log
	err := cmd.Run()
	for k, v := range pairs(h.t, mustRead1(h.t, output)) {
		h.values["steps."+s.ID+".outputs."+k] = v
	}
	for k, v := range pairs(h.t, mustRead1(h.t, vars)) {
		h.env = append(h.env, k+"="+v)
	}
	for dir := range strings.Lines(mustRead1(h.t, paths)) {
		h.env = append(h.env, "PATH="+strings.TrimSpace(dir)+string(os.PathListSeparator)+h.variable("PATH"))
	}
	h.summary += mustRead1(h.t, summary)
	if err != nil && h.status == 0 {
		h.status = cmd.ProcessState.ExitCode()
	}
	return err != nil
}

func (h *hosted) variable(name string) (value string) {
	for _, kv := range h.env {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			value = v
		}
	}
	return value
}

// pairs reads what a script wrote to GITHUB_OUTPUT or GITHUB_ENV.
func pairs(t *testing.T, text string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n"); len(lines) > 0 && lines[0] != ""; {
		if name, end, ok := strings.Cut(lines[0], "<<"); ok {
			n := slices.Index(lines, end)
			require.Positive(t, n, "no end %q in %q", end, text)
			all[name], lines = strings.Join(lines[1:n], "\n"), lines[n+1:]
			continue
		}
		name, value, ok := strings.Cut(lines[0], "=")
		require.True(t, ok, lines[0])
		all[name], lines = value, lines[1:]
	}
	return all
}

// composite runs an action of ours, from where the workflow has put it.
func (h *hosted) composite(s workflowStep, with map[string]string) {
	h.t.Helper()
	dir := filepath.Join(h.work, strings.TrimPrefix(s.Uses, "./"))
	a := h.readAction(filepath.Join(dir, "action.yml"), with)
	inner := *h
	inner.values = maps.Clone(h.values)
	inner.inputs(a.Inputs, with)
	inner.values["github.action_path"] = dir
	inner.log = bytes.Buffer{}
	inner.steps(a.Runs.Steps, dir)
	for name, out := range a.Outputs {
		h.values["steps."+s.ID+".outputs."+name] = inner.expand(out.Value)
	}
	h.log.Write(inner.log.Bytes())
	h.failed, h.status, h.summary, h.env = inner.failed, inner.status, inner.summary, inner.env
}

func (h *hosted) readAction(file string, with map[string]string) (a actionFile) {
	h.t.Helper()
	readYAML(h.t, file, &a)
	require.Equal(h.t, "composite", a.Runs.Using)
	for name := range with {
		require.Contains(h.t, a.Inputs, name, "an input that the action does not have")
	}
	return a
}

// inputs sets what inputs.x gives: what the caller says, or the default.
func (h *hosted) inputs(known map[string]input, with map[string]string) {
	for name, in := range known {
		v, given := with[name]
		require.True(h.t, given || !in.Required, "input %s is required", name)
		if !given {
			v = in.Default
		}
		h.values["inputs."+name] = v
	}
}

// action does to the files what an action of others does; false is a failure.
func (h *hosted) action(uses string, with map[string]string) bool {
	h.t.Helper()
	switch uses {
	case "actions/checkout@v5":
		to := filepath.Join(h.work, with["path"])
		require.NoError(h.t, os.MkdirAll(filepath.Dir(to), 0o755))
		if with["repository"] == "" {
			require.NoError(h.t, os.CopyFS(to, os.DirFS(h.caller)))
			return true
		}
		require.Equal(h.t, h.values["fromJSON(toJSON(job)).workflow_sha"], with["ref"], "of the very commit that the workflow is of")
		require.NoError(h.t, os.Symlink(h.course, to))
	case "actions/setup-go@v6":
		if file := with["cache-dependency-path"]; file != "" {
			require.FileExists(h.t, absolute(h.work, file), "what the key of the cache is made from")
		}
	case "actions/upload-artifact@v4":
		from, to := absolute(h.work, with["path"]), filepath.Join(h.artifacts, with["name"])
		if _, err := os.Stat(from); err != nil {
			return with["if-no-files-found"] == "ignore"
		}
		if with["overwrite"] == "true" {
			require.NoError(h.t, os.RemoveAll(to))
		}
		require.NoDirExists(h.t, to, "an artifact is written once")
		require.NoError(h.t, os.CopyFS(to, os.DirFS(from)))
	case "actions/download-artifact@v4":
		return h.download(with)
	default:
		require.Fail(h.t, "an action that this test does not know", uses)
	}
	return true
}

func (h *hosted) download(with map[string]string) bool {
	h.t.Helper()
	to := absolute(h.work, with["path"])
	if name := with["name"]; name != "" {
		from := filepath.Join(h.artifacts, name)
		if _, err := os.Stat(from); err != nil {
			return false
		}
		return os.CopyFS(to, os.DirFS(from)) == nil
	}
	found, err := filepath.Glob(filepath.Join(h.artifacts, with["pattern"]))
	require.NoError(h.t, err)
	for _, from := range found {
		require.NoError(h.t, os.CopyFS(filepath.Join(to, filepath.Base(from)), os.DirFS(from)))
	}
	return true
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
