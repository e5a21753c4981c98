package cli

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/submission"
	"github.com/weft-course/weft/grader/workspace"
)

// envReplays is how many schedules the test below repeats; each is run with
// GOMAXPROCS 1, 2 and all.
const envReplays = "WEFT_REPLAYS"

// TestTheSameTraceEveryTime: a seed gives the same steps, at the same virtual
// times, with the same end, however many processors there are.
func TestTheSameTraceEveryTime(t *testing.T) {
	replays, err := strconv.Atoi(os.Getenv(envReplays))
	if err != nil {
		replays = 12
	}
	scratchDir(t)
	root, ok := course.Find(".")
	require.True(t, ok)
	for _, dir := range []string{"05-semaphore", "05-semaphore/testdata/mutants/acquire-in-two-steps", "02-locks", "07-rlock/testdata/variants/channel-token"} {
		sameTraces(t, filepath.Join(root, "solutions", filepath.FromSlash(dir)), filepath.Dir(dir + "/x")[:2], replays/4)
	}
}

func sameTraces(t *testing.T, dir, number string, replays int) {
	t.Helper()
	tools, err := workspace.FindToolchain(t.Context())
	require.NoError(t, err)
	c, err := openCourse("")
	require.NoError(t, err)
	ex, ok := c.Exercise(number)
	require.True(t, ok, number)
	sub, _, err := submission.Open(dir, ex)
	require.NoError(t, err)
	ws, err := workspace.New(ex, sub, tools, workspace.Options{CPUs: 2})
	require.NoError(t, err)
	defer func() { assert.NoError(t, ws.Close()) }()
	built, err := ws.Build(t.Context(), []grader.Flavour{grader.FlavourExplore})
	require.NoError(t, err)
	require.Empty(t, built.Findings)
	require.Empty(t, built.Missing)
	tests := ex.StageTests(grader.StageRace)
	for i := range replays {
		test, seed := tests[i%len(tests)], uint64(1+i)
		run := func(procs int) ([32]byte, grader.TestStatus) {
			out, err := ws.Run(t.Context(), grader.Job{
				Flavour: grader.FlavourExplore, Tests: []string{test}, Procs: procs,
				Explore: &grader.Explore{From: seed, Count: 1, Budget: time.Minute, Trace: true},
			})
			require.NoError(t, err)
			return sha256.Sum256(out.Trace), out.Tests[0].Status
		}
		want, status := run(0)
		for _, procs := range []int{1, 2} {
			got, again := run(procs)
			assert.Equal(t, want, got, "%s: trace of %s, schedule %d, GOMAXPROCS %d", sub.ID, test, seed, procs)
			assert.Equal(t, status, again, "%s: verdict of %s, schedule %d, GOMAXPROCS %d", sub.ID, test, seed, procs)
		}
	}
}
