package foreign

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// demo writes the module of testdata/demo.txt, whose requirements are ours, so
// that they are in the module cache.
func demo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	raw, err := os.ReadFile(filepath.Join("testdata", "demo.txt"))
	require.NoError(t, err)
	parts := regexp.MustCompile(`(?m)^-- (.+) --\n`).FindAllSubmatchIndex(raw, -1)
	for i, at := range parts {
		end := len(raw)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		writeFile(t, filepath.Join(dir, string(raw[at[2]:at[3]])), string(raw[at[1]:end]))
	}
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	text := strings.Replace(string(mod), "module "+grader.ModulePath, "module example.com/demo", 1)
	writeFile(t, filepath.Join(dir, "go.mod"), regexp.MustCompile(`(?m)^ignore .*\n`).ReplaceAllString(text, ""))
	sum, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "go.sum"), string(sum))
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

func find(t *testing.T, r *Report, name string) Test {
	t.Helper()
	i := slices.IndexFunc(r.Tests, func(x Test) bool { return x.Name == name })
	require.GreaterOrEqual(t, i, 0, "%s is not in the report", name)
	return r.Tests[i]
}

func listTree(t *testing.T, dir string) (files []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		files = append(files, path)
		return err
	}))
	return files
}

func TestExploreModule(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a module")
	}
	dir := demo(t)
	before := listTree(t, dir)
	var mu sync.Mutex
	said := 0
	r, err := Explore(context.Background(), Options{Dir: dir, Seeds: 300, Budget: time.Minute, Race: true, Leaks: true, Progress: func(string) { mu.Lock(); said++; mu.Unlock() }})
	require.NoError(t, err)
	assert.Equal(t, before, listTree(t, dir), "nothing is written into the module")
	assert.Positive(t, said)
	assert.Equal(t, "example.com/demo", r.Package)
	assert.True(t, r.Failed())

	states := map[string]State{}
	for _, x := range r.Tests {
		states[x.Name] = x.State
	}
	assert.Equal(t, map[string]State{
		"TestInc": Found, "TestBoth": Found, "TestFirst": Found, "TestEarly": earlyState(r), "TestOwn": Found, "TestOutsideWrong": Found,
		"TestRight": Clean, "TestTable/one_goroutine": Clean, "TestTable/last_wins": Clean, "TestPool": Clean, "TestOutside": Clean,
		"TestPipe": Unexplored, "TestSuite": Unexplored, "TestState": Unexplored, "TestYear": Unexplored,
		"TestFails": FailsAlone, "TestSkips": Skipped, "TestDisturbed": Shaken,
	}, states)

	t.Run("findings", func(t *testing.T) {
		for name, want := range map[string]struct {
			cause grader.Cause
			file  string
			line  int
		}{
			"TestInc": {grader.CauseAssertion, "demo_test.go", 23}, "TestBoth": {grader.CauseDeadlock, "demo.go", 15},
			"TestFirst": {grader.CauseLeak, "demo.go", 24}, "TestOwn": {grader.CauseAssertion, "demo_test.go", 82},
			"TestFails": {grader.CauseAssertion, "demo_test.go", 97}, "TestOutsideWrong": {grader.CauseAssertion, "outside_test.go", 26},
		} {
			x := find(t, r, name)
			require.NotEmpty(t, x.Findings, name)
			f := x.Findings[0]
			assert.Equal(t, want.cause, f.Cause, name)
			assert.Equal(t, filepath.Join(dir, want.file), f.Pos.File, name)
			assert.Equal(t, want.line, f.Pos.Line, name)
			assert.NotContains(t, f.Message, renamed, name)
		}
		if early := find(t, r, "TestEarly"); early.State == Found && r.Race {
			assert.Equal(t, grader.CauseRace, early.Findings[0].Cause)
		}
	})
	t.Run("reasons", func(t *testing.T) {
		assert.Contains(t, find(t, r, "TestPipe").Why, "IO wait")
		assert.Contains(t, find(t, r, "TestSuite").Why, "Run of testing.T")
		assert.Contains(t, find(t, r, "TestState").Why, "keeps state")
		assert.Contains(t, find(t, r, "TestYear").Why, "it is 2000 in a bubble")
		assert.EqualValues(t, 300, find(t, r, "TestRight").Schedules)
	})
	t.Run("timeline", func(t *testing.T) {
		first := slices.IndexFunc(r.Tests, func(x Test) bool { return x.State == Found })
		for i, x := range r.Tests {
			assert.Equal(t, i == first, x.Timeline != "", "%s: the first that fails has a timeline", x.Name)
		}
		if r.Tests[first].Name != "TestInc" { // on a busy machine it fails as it is now and then, and comes later
			t.Skip("another test came first")
		}
		story := r.Tests[first].Timeline
		for _, want := range []string{"  1  the test\n", "started by your code, in TestInc", "● 23 t.Errorf(", "Inc(b)", "in another package", "reduced to"} {
			assert.Contains(t, story, want)
		}
		assert.NotContains(t, story, renamed)
		assert.Less(t, strings.Count(story, "\n"), 40, "the shortest story")
	})
	t.Run("real time", func(t *testing.T) {
		x := find(t, r, "TestPipe")
		assert.Equal(t, shakes, x.Repeats)
		assert.Contains(t, x.Why, "repeated 30 times with delays in real time")
		x = find(t, r, "TestDisturbed")
		assert.Equal(t, 3, x.Repeats, "one processor comes third")
		assert.Contains(t, x.Why, "IO wait")
		require.NotEmpty(t, x.Findings)
		assert.Equal(t, "disturbed.", x.Findings[0].Message)
		assert.Zero(t, x.Seed, "no seed decides it")
		var out strings.Builder
		require.NoError(t, Text(&out, r, false))
		assert.Contains(t, out.String(), "✗ TestDisturbed: fails with delays in real time, in repetition 3; it need not fail every time")
	})
	t.Run("again", func(t *testing.T) {
		x := find(t, r, "TestInc")
		assert.Equal(t, "grade explore "+quote(dir)+" --run '^TestInc$' --seed "+number10(x.Seed), strings.TrimSuffix(x.Replay, " --race=false"))
		for range 2 {
			again, err := Explore(context.Background(), Options{Dir: dir, Run: "^TestInc$", Seed: x.Seed, Race: true, Leaks: true})
			require.NoError(t, err)
			require.Len(t, again.Tests, 1)
			assert.Equal(t, Found, again.Tests[0].State)
			assert.Equal(t, x.Findings, again.Tests[0].Findings)
			if x.Timeline == "" {
				x.Timeline = again.Tests[0].Timeline
			}
			assert.Equal(t, x.Timeline, again.Tests[0].Timeline, "step by step")
		}
		full, err := Explore(context.Background(), Options{Dir: dir, Run: "^TestInc$", Seed: x.Seed, Race: true, Leaks: true, Full: true})
		require.NoError(t, err)
		assert.Greater(t, strings.Count(full.Tests[0].Timeline, "\n"), strings.Count(x.Timeline, "\n"))
	})
}

// earlyState allows for a machine without the race detector.
func earlyState(r *Report) State {
	if r.Race {
		return Found
	}
	return Clean
}

func TestExploreTags(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a module")
	}
	r, err := Explore(context.Background(), Options{Dir: demo(t), Run: "^TestRight$", Tags: "special", Seeds: 3, Leaks: true})
	require.NoError(t, err)
	x := find(t, r, "TestRight")
	assert.Equal(t, FailsAlone, x.State, "with the tag, another file is compiled")
	assert.False(t, r.Race)
}

func TestExploreRefuses(t *testing.T) {
	dir := demo(t)
	var input *InputError
	for sub, want := range map[string]string{"untested": "has no tests", "plainly": "has no test functions", "internal": "no Go files", "absent": "no such folder"} {
		_, err := Explore(context.Background(), Options{Dir: filepath.Join(dir, sub)})
		if assert.ErrorAs(t, err, &input, sub) {
			assert.Contains(t, input.Text, want)
			assert.NotEmpty(t, input.Hint)
		}
	}
	empty := t.TempDir()
	writeFile(t, filepath.Join(empty, "a.go"), "package a\n")
	_, err := Explore(context.Background(), Options{Dir: empty})
	assert.ErrorAs(t, err, &input)
	assert.ErrorContains(t, err, "in no module")
	var build *BuildError
	_, err = Explore(context.Background(), Options{Dir: filepath.Join(dir, "broken")})
	require.ErrorAs(t, err, &build)
	assert.Contains(t, build.Output, "broken.go:3")
}

func TestExploreOldModule(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a module")
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/old\n\ngo 1.13\n")
	writeFile(t, filepath.Join(dir, "a.go"), "package old\n\nfunc get(c chan int) int { return <-c }\n")
	writeFile(t, filepath.Join(dir, "a_test.go"), `package old

import (
	. "testing"
	"time"
)

func TestGet(*T) {
	c := make(chan int)
	go func() { time.Sleep(time.Second); c <- 1 }()
	get(c)
}
`)
	r, err := Explore(context.Background(), Options{Dir: dir, Seeds: 20, Leaks: true})
	require.NoError(t, err)
	assert.Equal(t, Clean, find(t, r, "TestGet").State)
	assert.EqualValues(t, 20, find(t, r, "TestGet").Schedules)
	_, err = Explore(context.Background(), Options{Dir: dir, Run: "Nothing"})
	assert.ErrorContains(t, err, "no test matches")
}

// TestExploreFallsBack: what does not compile when it is rewritten is left as
// it is, one thing after another, and the report says so.
func TestExploreFallsBack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a module")
	}
	dir := t.TempDir()
	size := "\nvar _ [8]byte = [unsafe.Sizeof(sync.Mutex{})]byte{}\n"
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/back\n\ngo 1.25\n")
	writeFile(t, filepath.Join(dir, "low", "low.go"), "package low\n\nimport (\n\"sync\"\n\"sync/atomic\"\n\"unsafe\"\n)\n"+size+"\nfunc Count(n *atomic.Int64) { n.Add(1) }\n")
	writeFile(t, filepath.Join(dir, "a_test.go"), `package back

import (
	"sync/atomic"
	"testing"

	"example.com/back/low"
)

func TestA(t *testing.T) {
	var n atomic.Int64
	c := make(chan int)
	go func() { low.Count(&n); c <- 1 }()
	<-c
}
`)
	o := Options{Dir: dir, Seeds: 20, Leaks: true}
	r, err := Explore(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, Clean, find(t, r, "TestA").State)
	assert.EqualValues(t, 20, find(t, r, "TestA").Schedules)
	assert.Contains(t, strings.Join(r.Notes, "\n"), "example.com/back/low: left as it is")
	assert.Contains(t, strings.Join(r.Notes, "\n"), "no yields around atomic operations")

	writeFile(t, filepath.Join(dir, "size_test.go"), "package back\n\nimport (\n\"sync\"\n\"unsafe\"\n)\n"+size)
	r, err = Explore(context.Background(), o)
	require.NoError(t, err)
	assert.Equal(t, Clean, find(t, r, "TestA").State)
	assert.EqualValues(t, 1, find(t, r, "TestA").Schedules)
	assert.Zero(t, r.Rewritten)
	assert.Contains(t, strings.Join(r.Notes, "\n"), "NOTHING was rewritten")
}
