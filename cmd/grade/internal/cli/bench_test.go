package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/verify"
)

// BenchmarkWarmGrading compares a whole grading of the reference of
// 05-semaphore (policy, three builds and go vet, three runs under the race
// detector, timing, speed-up, report), without exploration and with it, with
// plain go test -race on the same hidden tests, run in turn. The metric "ratio"
// is grade's median wall time divided by go test's.
//
//	go test -run='^$' -bench=Warm -benchtime=10x ./cmd/grade/...
func BenchmarkWarmGrading(b *testing.B) {
	root, ok := course.Find(".")
	require.True(b, ok)
	const slug = "05-semaphore"
	without := b.TempDir()
	for _, dir := range []string{"exercises", "solutions"} {
		require.NoError(b, os.CopyFS(filepath.Join(without, dir, slug), os.DirFS(filepath.Join(root, dir, slug))))
	}
	require.NoError(b, verify.WriteSchedules(without, slug, 0))
	for _, c := range []struct{ name, root string }{{"WithoutExploration", without}, {"WithExploration", root}} {
		b.Run(c.name, func(b *testing.B) { compare(b, c.root, filepath.Join(root, "solutions", slug)) })
	}
}

// compare grades the reference in dir by the course in root, and tests it.
func compare(b *testing.B, root, dir string) {
	peer := func() *exec.Cmd {
		cmd := exec.Command("go", "test", "-race", "-count=1", ".")
		cmd.Dir = dir
		return cmd
	}
	inTurn(b, "grade-s", gradeProcess("--course", root, dir), "gotest-s", peer)
}

// BenchmarkSandbox compares whole gradings of references under confinement with
// the same without it, run in turn: of an exercise that only computes, and of one
// that starts processes. The metric "ratio" is the median wall time of the one
// divided by that of the other.
//
//	go test -run='^$' -bench=Sandbox -benchtime=20x ./cmd/grade/...
func BenchmarkSandbox(b *testing.B) {
	root, ok := course.Find(".")
	require.True(b, ok)
	for _, slug := range []string{"05-semaphore", "09-subprocess", "18-streams"} {
		b.Run(slug, func(b *testing.B) {
			dir := filepath.Join(root, "solutions", slug)
			inTurn(b, "confined-s", gradeProcess("--sandbox=auto", dir), "free-s", gradeProcess("--sandbox=off", dir))
		})
	}
}

// gradeProcess makes a command that runs this executable as grade.
func gradeProcess(args ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		self, _ := os.Executable()
		cmd := exec.Command(self, args...)
		cmd.Env = append(os.Environ(), envMain+"=1")
		return cmd
	}
}

// inTurn runs two commands in turn and reports the medians of their wall times
// in seconds, under their names, and the ratio of the first to the second.
func inTurn(b *testing.B, name string, mine func() *exec.Cmd, other string, theirs func() *exec.Cmd) {
	took := func(cmd *exec.Cmd) float64 {
		start := time.Now()
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, string(out))
		return time.Since(start).Seconds()
	}
	took(mine()) // what is compiled once
	took(theirs())
	var first, second []float64
	for b.Loop() {
		first = append(first, took(mine()))
		second = append(second, took(theirs()))
	}
	b.ReportMetric(middle(first), name)
	b.ReportMetric(middle(second), other)
	b.ReportMetric(middle(first)/middle(second), "ratio")
}
