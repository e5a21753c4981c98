package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/foreign"
)

// lost is a module whose test loses an update under some schedules.
func lost(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/lost\n\ngo 1.25\n",
		"lost_test.go": `package lost

import (
	"sync/atomic"
	"testing"
)

func TestLost(t *testing.T) {
	var n atomic.Int64
	done := make(chan bool)
	for range 2 {
		go func() { n.Store(n.Load() + 1); done <- true }()
	}
	<-done
	<-done
	if n.Load() != 2 {
		t.Errorf("got %d, want 2", n.Load())
	}
}

func TestKept(t *testing.T) {
	done := make(chan bool)
	go func() { done <- true }()
	<-done
}
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func TestExploreUsage(t *testing.T) {
	for _, args := range [][]string{
		{"explore"}, {"explore", "a", "b"}, {"explore", "/no/such/folder"}, {"explore", ".", "--seed", "0"},
		{"explore", ".", "--seeds", "0"}, {"explore", ".", "--budget", "0s"}, {"explore", "--nonsense"}, {"explore", t.TempDir()},
	} {
		r := grade(args...)
		assert.Equal(t, ExitUsage, r.code, args)
		assert.Contains(t, r.err, "grade: ", args)
		assert.Empty(t, r.out, args)
	}
}

func TestExploreNotBuilt(t *testing.T) {
	dir := lost(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package lost\n\nvar x int = \"one\"\n"), 0o644))
	r := grade("explore", dir, "--race=false")
	assert.Equal(t, ExitNotBuilt, r.code)
	assert.Contains(t, r.err, "a.go:3")
	assert.Contains(t, r.err, "go test")
}

func TestExploreFindsAndReplays(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a module")
	}
	dir := lost(t)
	r := grade("explore", dir, "--race=false", "--seeds", "200", "--json")
	require.Equal(t, ExitFailed, r.code, r.err)
	var report foreign.Report
	require.NoError(t, json.Unmarshal([]byte(r.out), &report))
	require.Len(t, report.Tests, 2)
	assert.Equal(t, foreign.Found, report.Tests[0].State)
	assert.Equal(t, foreign.Clean, report.Tests[1].State)
	assert.Contains(t, report.Tests[0].Replay, "--race=false")

	again := grade("explore", dir, "--race=false", "--run", "^TestLost$", "--seed", strconv.FormatUint(report.Tests[0].Seed, 10), "-v")
	assert.Equal(t, ExitFailed, again.code)
	assert.Contains(t, again.out, "lost_test.go:17: assertion: got 1, want 2")
	assert.Contains(t, again.out, "it printed:")

	clean := grade("explore", dir, "--race=false", "--run", "^TestKept$", "--seeds", "20")
	assert.Equal(t, ExitPassed, clean.code)
	assert.Contains(t, clean.out, "1 clean, 0 failing under a schedule; 20 schedules")
}
