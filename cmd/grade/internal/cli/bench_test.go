package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	grade := func() *exec.Cmd {
		self, _ := os.Executable()
		cmd := exec.Command(self, "--course", root, dir)
		cmd.Env = append(os.Environ(), envMain+"=1")
		return cmd
	}
	peer := func() *exec.Cmd {
		cmd := exec.Command("go", "test", "-race", "-count=1", ".")
		cmd.Dir = dir
		return cmd
	}
	took := func(cmd *exec.Cmd) time.Duration {
		start := time.Now()
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, string(out))
		return time.Since(start)
	}
	took(grade()) // warm both caches
	took(peer())
	var mine, theirs []time.Duration
	for b.Loop() {
		mine = append(mine, took(grade()))
		theirs = append(theirs, took(peer()))
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return d[len(d)/2].Seconds()
	}
	b.ReportMetric(median(mine), "grade-s")
	b.ReportMetric(median(theirs), "gotest-s")
	b.ReportMetric(median(mine)/median(theirs), "ratio")
}
