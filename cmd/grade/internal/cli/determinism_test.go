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
)

// envReplays is how many schedules the test below repeats; each is run with
// GOMAXPROCS 1, 2 and all.
const envReplays = "WEFT_REPLAYS"

// TestTheSameTraceEveryTime: a seed gives the same steps, at the same virtual
// times, with the same end, however many processors there are, with the race
// detector and without.
func TestTheSameTraceEveryTime(t *testing.T) {
	replays, err := strconv.Atoi(os.Getenv(envReplays))
	if err != nil {
		replays = 16
	}
	scratchDir(t)
	root, ok := course.Find(".")
	require.True(t, ok)
	dirs := []string{"05-semaphore", "05-semaphore/testdata/mutants/acquire-in-two-steps", "02-locks", "07-rlock/testdata/variants/channel-token", "13-generators"}
	for i := range 2 * len(dirs) {
		dir := dirs[i%len(dirs)]
		t.Setenv("CGO_ENABLED", strconv.Itoa(1-i/len(dirs))) // the second time without the race detector
		sameTraces(t, filepath.Join(root, "solutions", filepath.FromSlash(dir)), filepath.Dir(dir + "/x")[:2], replays/len(dirs)/2)
	}
}

func sameTraces(t *testing.T, dir, number string, replays int) {
	t.Helper()
	c, err := openCourse("")
	require.NoError(t, err)
	ex, ok := c.Exercise(number)
	require.True(t, ok, number)
	ws := explorer(t, ex, dir)
	tests := explored(t, ex)
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
			assert.Equal(t, want, got, "%s: trace of %s, schedule %d, GOMAXPROCS %d", dir, test, seed, procs)
			assert.Equal(t, status, again, "%s: verdict of %s, schedule %d, GOMAXPROCS %d", dir, test, seed, procs)
		}
	}
}

// explored lists the tests that make a bubble. The others run in real time,
// and with a wrong program not always alike.
func explored(t *testing.T, ex *grader.Exercise) (tests []string) {
	t.Helper()
	root, _ := course.Find(".")
	ws := explorer(t, ex, filepath.Join(root, "solutions", ex.Slug))
	for _, o := range exploreTests(t, ws, ex.StageTests(grader.StageRace), 1).Tests {
		if o.Schedules > 0 {
			tests = append(tests, o.Name)
		}
	}
	require.NotEmpty(t, tests)
	return tests
}
