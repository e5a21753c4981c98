package gradetest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

// envScenario makes this test binary play a hidden test: TestScenario then runs
// the scenario of that name through the harness, as the grader's calls do.
const envScenario = "GRADETEST_SCENARIO"

func TestMain(m *testing.M) {
	if os.Getenv(envScenario) != "" {
		gradetest.Main(m)
		return
	}
	os.Exit(m.Run())
}

func TestScenario(t *testing.T) {
	f, ok := scenarios[os.Getenv(envScenario)]
	if !ok {
		t.Skip("runs in a child process only")
	}
	if !wire.Active() {
		f(t)
		return
	}
	gradetest.Run(t, f)
}

// TestScenarioAfter shows whether the process survives the scenario.
func TestScenarioAfter(t *testing.T) {
	if os.Getenv(envScenario) == "" {
		t.Skip("runs in a child process only")
	}
	gradetest.Run(t, func(*testing.T) {})
}

// played is what a child process said and did.
type played struct {
	messages []wire.Message
	output   string
	ok       bool // exit status 0
}

// of returns the messages of a kind about the scenario itself.
func (p played) of(kind string) (list []wire.Message) {
	for _, m := range p.messages {
		if m.Kind == kind && m.Test == "TestScenario" {
			list = append(list, m)
		}
	}
	return list
}

// status is how the scenario ended: what the channel says, or "" if nothing.
func (p played) status() string {
	if end := p.of("end"); len(end) == 1 {
		return end[0].Status
	}
	return ""
}

// cause is what a helper named as the cause.
func (p played) cause() string {
	if cs := p.of("cause"); len(cs) > 0 {
		return cs[0].Status
	}
	return ""
}

// done reports whether the process ran to its end, the later test included.
func (p played) done() bool {
	n := len(p.messages)
	return n > 2 && p.messages[n-1].Kind == "done" && p.messages[n-2].Test == "TestScenarioAfter" && p.messages[n-2].Status == "pass"
}

// play runs a scenario in a child process under a grader's channel.
func play(t *testing.T, scenario string, env ...string) played {
	t.Helper()
	dir, key := t.TempDir(), []byte("a key for this run only")
	keyFile, resultFile := filepath.Join(dir, "key"), filepath.Join(dir, "result")
	require.NoError(t, os.WriteFile(keyFile, key, 0o600))
	require.NoError(t, os.WriteFile(resultFile, nil, 0o600))
	p := start(t, scenario, append(env, wire.EnvKey+"=file:"+keyFile, wire.EnvResult+"=file:"+resultFile)...)
	raw, err := os.ReadFile(resultFile)
	require.NoError(t, err)
	for i, line := range bytes.Split(bytes.TrimSpace(raw), []byte("\n")) {
		m, err := wire.Open(key, line)
		require.NoError(t, err)
		require.Equal(t, i, m.Seq)
		p.messages = append(p.messages, m)
	}
	return p
}

// start runs a scenario in a child process without a grader, as plain go test would.
func start(t *testing.T, scenario string, env ...string) played {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestScenario", "-test.v", "-test.paniconexit0")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", envScenario+"="+scenario)
	if scenario == "spins" {
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+strconv.Itoa(spinners))
	}
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return played{output: string(out), ok: err == nil}
}
