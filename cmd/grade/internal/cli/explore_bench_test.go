package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/submission"
	"github.com/weft-course/weft/grader/workspace"
)

// envCount and envSchedules change how much the benchmarks below do: the
// repetitions of go test, and the schedules of each test of correct code.
const (
	envCount     = "WEFT_COUNT"
	envSchedules = "WEFT_SCHEDULES"
)

func fromEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// BenchmarkMutants compares, for the mutants of each exercise that break a
// criterion of the race stage, the race and explore stages with
// go test -race -count=100 -failfast and goleak on the same tests: how many
// mutants each finds, and the wall time for all of them.
//
//	go test -run='^$' -bench='Mutants|Schedules|Alarms' -benchtime=1x -timeout=0 ./cmd/grade/...
func BenchmarkMutants(b *testing.B) {
	eachExercise(b, func(b *testing.B, root string, ex *grader.Exercise) {
		o := &gradeOptions{streams: streams{in: strings.NewReader(""), out: b.Output(), err: b.Output()}, only: []string{grader.StageRace}}
		c, err := openCourse(root)
		require.NoError(b, err)
		e, err := o.engineFor(b.Context(), c)
		require.NoError(b, err)
		for range b.N {
			var mine, theirs time.Duration
			all, found, peer := 0, 0, 0
			for _, dir := range mutants(b, root, ex) {
				all++
				start := time.Now()
				reports, err := e.gradeTimes(b.Context(), ex, dir, 1)
				require.NoError(b, err, dir)
				mine += time.Since(start)
				if !reports[0].AllPassed() {
					found++
				} else {
					b.Logf("grade passes %s", dir)
				}
				start = time.Now()
				if goTestFails(b, root, ex, dir) {
					peer++
				} else {
					b.Logf("go test -count=%d passes %s", fromEnv(envCount, 100), dir)
				}
				theirs += time.Since(start)
			}
			b.ReportMetric(float64(all), "mutants")
			b.ReportMetric(float64(found), "found")
			b.ReportMetric(float64(peer), "gotest-found")
			b.ReportMetric(mine.Seconds(), "grade-s")
			b.ReportMetric(theirs.Seconds(), "gotest-s")
			b.ReportMetric(mine.Seconds()/theirs.Seconds(), "ratio")
		}
	})
}

func eachExercise(b *testing.B, f func(b *testing.B, root string, ex *grader.Exercise)) {
	b.Helper()
	root, ok := course.Find(".")
	require.True(b, ok)
	c, err := openCourse(root)
	require.NoError(b, err)
	for _, ex := range c.Exercises {
		b.Run(ex.Slug, func(b *testing.B) { f(b, root, ex) })
	}
}

// mutants lists the folders of those that break a criterion of the race stage.
func mutants(b *testing.B, root string, ex *grader.Exercise) (dirs []string) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(root, "solutions", ex.Slug, "testdata", "mutants", "*", "mutant.json"))
	require.NoError(b, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(b, err)
		var declared struct{ Fails map[string]string }
		require.NoError(b, json.Unmarshal(raw, &declared))
		for id := range declared.Fails {
			if c, ok := ex.Criterion(id); ok && c.Stage == grader.StageRace {
				dirs = append(dirs, filepath.Dir(file))
				break
			}
		}
	}
	return dirs
}

// goTestFails runs the tests of the race stage over a mutant as go test does,
// until one fails.
func goTestFails(b *testing.B, root string, ex *grader.Exercise, dir string) bool {
	b.Helper()
	replace := map[string]string{}
	for _, name := range ex.Files {
		replace[filepath.Join(root, "solutions", ex.Slug, name)] = filepath.Join(dir, name)
	}
	overlay := filepath.Join(b.TempDir(), "overlay.json")
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(overlay, raw, 0o600))
	run := "-run=^(" + strings.Join(ex.StageTests(grader.StageRace), "|") + ")$"
	cmd := exec.Command("go", "test", "-race", "-vet=off", "-failfast", "-timeout=10m", "-count="+strconv.Itoa(fromEnv(envCount, 100)), run, "-overlay", overlay, "./solutions/"+ex.Slug)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NotContains(b, string(out), "[build failed]", dir)
	return err != nil
}

// BenchmarkSchedules measures how many schedules of one small test run in a
// second, with the race detector and without.
func BenchmarkSchedules(b *testing.B) {
	root, ok := course.Find(".")
	require.True(b, ok)
	c, err := openCourse(root)
	require.NoError(b, err)
	ex, _ := c.Exercise("05-semaphore")
	for name, cgo := range map[string]string{"race": "1", "norace": "0"} {
		b.Run(name, func(b *testing.B) {
			b.Setenv("CGO_ENABLED", cgo)
			ws := explorer(b, ex, filepath.Join(root, "solutions", ex.Slug))
			for range b.N {
				out := exploreTests(b, ws, []string{"TestReleaseMeetsAcquire"}, 3000)
				require.Equal(b, grader.TestPassed, out.Tests[0].Status)
				m := out.Measures[slices.IndexFunc(out.Measures, func(m grader.Measure) bool { return m.Name == "explored" })]
				b.ReportMetric(m.Values["schedules"]/m.Values["ms"]*1000, "schedules/s")
				b.ReportMetric(m.Values["yields"]/m.Values["schedules"], "yields/schedule")
			}
		})
	}
}

// BenchmarkAlarms explores the references and variants of each exercise, 75
// schedules of each test or as many as the environment says, and counts alarms.
func BenchmarkAlarms(b *testing.B) {
	eachExercise(b, func(b *testing.B, root string, ex *grader.Exercise) {
		dirs, err := filepath.Glob(filepath.Join(root, "solutions", ex.Slug, "testdata", "variants", "*"))
		require.NoError(b, err)
		for range b.N {
			schedules, alarms := 0, 0
			for _, dir := range append(dirs, filepath.Join(root, "solutions", ex.Slug)) {
				ws := explorer(b, ex, dir)
				out := exploreTests(b, ws, ex.StageTests(grader.StageRace), fromEnv(envSchedules, 75))
				for _, t := range out.Tests {
					schedules += t.Schedules
					if t.Status != grader.TestPassed || len(t.Findings) > 0 {
						alarms++
						b.Logf("%s: %s, schedule %d: %s", dir, t.Name, t.Seed, t.Status)
					}
				}
			}
			b.ReportMetric(float64(schedules), "schedules")
			b.ReportMetric(float64(alarms), "alarms")
		}
	})
}

// explorer builds a submission so that its schedules can be explored.
func explorer(tb testing.TB, ex *grader.Exercise, dir string) *workspace.Workspace {
	tb.Helper()
	tools, err := workspace.FindToolchain(tb.Context())
	require.NoError(tb, err)
	sub, _, err := submission.Open(dir, ex)
	require.NoError(tb, err)
	ws, err := workspace.New(ex, sub, tools, workspace.Options{CPUs: 2})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, ws.Close()) })
	built, err := ws.Build(tb.Context(), []grader.Flavour{grader.FlavourExplore})
	require.NoError(tb, err)
	require.Empty(tb, built.Findings)
	require.NotContains(tb, built.Missing, grader.FlavourExplore)
	return ws
}

func exploreTests(tb testing.TB, ws *workspace.Workspace, tests []string, count int) grader.Outcome {
	tb.Helper()
	out, err := ws.Run(tb.Context(), grader.Job{
		Flavour: grader.FlavourExplore, Tests: tests, Limits: grader.Limits{Wall: 12 * time.Hour},
		Explore: &grader.Explore{From: 1, Count: uint64(count), Budget: time.Hour},
	})
	require.NoError(tb, err)
	return out
}
