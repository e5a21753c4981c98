package cli

import (
	"fmt"
	"math/rand/v2"
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
	"github.com/weft-course/weft/grader/verify"
)

// envClass and envMany change how many submissions the benchmarks below take.
const (
	envClass = "WEFT_BATCH_CLASS"
	envMany  = "WEFT_BATCH_MANY"
)

// BenchmarkBatch compares grade batch, without exploration and with it, with a
// loop of plain go test -race over the same submissions: a module for each, with the
// hidden tests copied in. The submissions are correct ones of 05-semaphore, whose
// code nobody has compiled before. Both run in turn. The metric "ratio" is the median
// of the submissions a minute of the one, divided by that of the other; "cpu-s" is the
// median processor time that a submission took, with all processes.
//
//	go test -run='^$' -bench='Batch$' -benchtime=3x -timeout=0 ./cmd/grade/...
func BenchmarkBatch(b *testing.B) {
	const slug = "05-semaphore"
	root, c := wholeCourse(b)
	ex, _ := c.Exercise(slug)
	without := b.TempDir()
	for _, dir := range []string{"exercises", "solutions"} {
		require.NoError(b, os.CopyFS(filepath.Join(without, dir), os.DirFS(filepath.Join(root, dir))))
	}
	require.NoError(b, verify.WriteSchedules(without, slug, 0))
	for _, x := range []struct{ name, course string }{{"WithoutExploration", without}, {"WithExploration", root}} {
		b.Run(x.name, func(b *testing.B) {
			cl := &benchClass{b: b, root: root, course: x.course, ex: ex}
			cl.compare(1) // what all submissions share is compiled now
			n := fromEnv(envClass, 6)
			var mine, theirs, cpu, theirCPU []float64
			for b.Loop() {
				batch, test := cl.compare(n)
				mine, theirs = append(mine, float64(n)/batch.wall.Minutes()), append(theirs, float64(n)/test.wall.Minutes())
				cpu, theirCPU = append(cpu, batch.cpu.Seconds()/float64(n)), append(theirCPU, test.cpu.Seconds()/float64(n))
			}
			b.ReportMetric(middle(mine), "batch/min")
			b.ReportMetric(middle(theirs), "gotest/min")
			b.ReportMetric(middle(mine)/middle(theirs), "ratio")
			b.ReportMetric(middle(cpu), "batch-cpu-s")
			b.ReportMetric(middle(theirCPU), "gotest-cpu-s")
		})
	}
}

func middle(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// benchClass makes classes of correct submissions and grades them in two ways.
type benchClass struct {
	b            *testing.B
	root, course string
	ex           *grader.Exercise
}

// cost is what it took to judge a class.
type cost struct{ wall, cpu time.Duration }

// compare grades n submissions by grade batch and then tests them one by one.
func (c *benchClass) compare(n int) (batch, test cost) {
	dir := c.b.TempDir()
	in := filepath.Join(dir, "in")
	for i := range n {
		c.handIn(filepath.Join(in, fmt.Sprintf("s%03d", i), c.ex.Slug), i)
	}
	modules := filepath.Join(dir, "modules")
	for i := range n {
		c.module(filepath.Join(modules, strconv.Itoa(i)), filepath.Join(in, fmt.Sprintf("s%03d", i), c.ex.Slug))
	}
	start := time.Now()
	r := batchProcess(c.b, in, "--out", filepath.Join(dir, "out"), "--course", c.course)
	batch = cost{time.Since(start), r.cpu}
	require.Equal(c.b, ExitPassed, r.code, r.err)
	require.Contains(c.b, r.out, fmt.Sprintf("graded: %d; ", n))
	start = time.Now()
	for i := range n {
		cmd := exec.Command("go", "test", "-race", "-count=1", "./solutions/"+c.ex.Slug)
		cmd.Dir = filepath.Join(modules, strconv.Itoa(i))
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(c.b, err, string(out))
		test.cpu += cpuOf(cmd)
	}
	test.wall = time.Since(start)
	return batch, test
}

// handIn copies the i-th correct solution, with a function that nobody else has.
func (c *benchClass) handIn(to string, i int) {
	solution := filepath.Join(c.root, "solutions", c.ex.Slug)
	dirs, err := filepath.Glob(filepath.Join(solution, "testdata", "variants", "*"))
	require.NoError(c.b, err)
	dirs = append(dirs, solution)
	require.NoError(c.b, os.MkdirAll(to, 0o755))
	for j, name := range c.ex.Files {
		text, err := os.ReadFile(filepath.Join(dirs[i%len(dirs)], name))
		require.NoError(c.b, err)
		if j == 0 {
			text = fmt.Appendf(text, "\nfunc mark(n uint64) uint64 { return n ^ %d }\n", rand.Uint64())
		}
		require.NoError(c.b, os.WriteFile(filepath.Join(to, name), text, 0o644))
	}
}

// module lays a submission out so that go test can run the hidden tests on it.
func (c *benchClass) module(dir, submission string) {
	pkg := filepath.Join(dir, "solutions", c.ex.Slug)
	require.NoError(c.b, os.CopyFS(pkg, os.DirFS(submission)))
	for name, text := range c.ex.Hidden {
		require.NoError(c.b, os.WriteFile(filepath.Join(pkg, name), text, 0o644))
	}
	require.NoError(c.b, os.CopyFS(filepath.Join(dir, "grader"), grader.TestSupport))
	for from, to := range map[string]string{"module.txt": "go.mod", "sums.txt": "go.sum"} {
		text, err := os.ReadFile(filepath.Join(c.root, "grader", "workspace", "scratch", from))
		require.NoError(c.b, err)
		require.NoError(c.b, os.WriteFile(filepath.Join(dir, to), text, 0o644))
	}
}

// BenchmarkBatchMemory shows how much memory grade batch holds, for classes of
// different sizes: zips of four contents, so that each content is graded once
// and all others are copies. A second run finds all of them done. The process itself is
// measured, without those that it starts.
//
//	WEFT_BATCH_MANY=10000 go test -run='^$' -bench=BatchMemory -benchtime=1x -timeout=0 ./cmd/grade/...
func BenchmarkBatchMemory(b *testing.B) {
	sizes := []int{100, 1000}
	if n := fromEnv(envMany, 0); n > 0 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			in := manyZips(b, n)
			for b.Loop() {
				args := []string{in, "--out", filepath.Join(b.TempDir(), "out"), "--course", fixture, "--quick", "--only", "opens"}
				start := time.Now()
				first := batchProcess(b, args...)
				took := time.Since(start)
				require.Equal(b, ExitPassed, first.code, first.err)
				require.Contains(b, first.out, fmt.Sprintf("submissions: %d; graded: 4; the same as another: %d;", n, n-4))
				start = time.Now()
				again := batchProcess(b, args...)
				require.Contains(b, again.out, fmt.Sprintf("kept: %d;", n), again.err)
				b.ReportMetric(float64(first.peak)/1e6, "peak-MB")
				b.ReportMetric(float64(again.peak)/1e6, "again-peak-MB")
				b.ReportMetric(took.Seconds(), "first-s")
				b.ReportMetric(time.Since(start).Seconds(), "again-s")
			}
		})
	}
}

// manyZips hands in n archives with four contents: right, wrong, and two that
// do not build.
func manyZips(b *testing.B, n int) (in string) {
	b.Helper()
	src, err := os.ReadFile(filepath.Join(fixture, "solutions", slug, "latch.go"))
	require.NoError(b, err)
	require.Contains(b, string(src), "return ctx.Err()")
	m := &mix{tb: b, from: filepath.Join(b.TempDir(), "in")}
	var contents [][]byte
	for _, text := range []string{string(src), strings.Replace(string(src), "return ctx.Err()", "return nil", 1), "package latch\nfunc (", "package latch\nvar unknown missing\n"} {
		contents = append(contents, zipped(b, map[string][]byte{slug + "/latch.go": []byte(text)}))
	}
	for i := range n {
		m.write(fmt.Sprintf("s%05d.zip", i), contents[i%len(contents)])
	}
	return m.from
}
