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
)

// BenchmarkWarmGrading compares a whole grading of the reference of
// 05-semaphore (policy, three builds and go vet, three runs under the race
// detector, timing, speed-up, report) with plain go test -race on the same
// hidden tests, run in turn. The metric "ratio" is grade's median wall time
// divided by go test's.
//
//	go test -run='^$' -bench=Warm -benchtime=10x ./cmd/grade/...
func BenchmarkWarmGrading(b *testing.B) {
	root, ok := course.Find(".")
	require.True(b, ok)
	ref := filepath.Join(root, "solutions", "05-semaphore")
	grade := func() *exec.Cmd {
		self, _ := os.Executable()
		cmd := exec.Command(self, ref)
		cmd.Env = append(os.Environ(), envMain+"=1")
		return cmd
	}
	peer := func() *exec.Cmd {
		cmd := exec.Command("go", "test", "-race", "-count=1", ".")
		cmd.Dir = ref
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
