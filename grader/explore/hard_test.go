package explore_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/explore"
)

const module = "github.com/weft-course/weft"

var paths = explore.Paths{
	Sched:  module + "/grader/gradetest/sched",
	Sync:   module + "/grader/gradetest/vsync",
	Atomic: module + "/grader/gradetest/vatomic",
	Iter:   module + "/grader/gradetest/viter",
}

// hardPackages are the sources of testdata/hard: name of the package → files.
// They say with each call of "say" what they did, the same in any order of goroutines.
func hardPackages(t testing.TB) map[string]map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/hard/*.go.in")
	require.NoError(t, err)
	packages := map[string]map[string][]byte{}
	for _, name := range names {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.PackageClauseOnly)
		require.NoError(t, err)
		if packages[f.Name.Name] == nil {
			packages[f.Name.Name] = map[string][]byte{}
		}
		packages[f.Name.Name][strings.TrimSuffix(filepath.Base(name), ".in")] = src
	}
	return packages
}

// instrumented rewrites the files of a package, which may differ in their package clauses.
func instrumented(t testing.TB, files map[string][]byte) map[string][]byte {
	t.Helper()
	p := paths
	p.Funcs = explore.Functions(files)
	out := map[string][]byte{}
	for name, src := range files {
		text, _, err := explore.Instrument(name, src, p)
		require.NoError(t, err)
		out[name] = text
	}
	return out
}

func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
}

// runtimeModule makes a module of this one's name that has nothing but what rewritten code needs.
func runtimeModule(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"go.mod": []byte("module " + module + "\n\ngo 1.25\n")})
	for _, name := range []string{"sched", "vsync", "vatomic", "viter"} {
		from := filepath.Join("..", "gradetest", name)
		entries, err := os.ReadDir(from)
		require.NoError(t, err)
		files := map[string][]byte{}
		for _, e := range entries {
			if e.IsDir() || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			files[e.Name()], err = os.ReadFile(filepath.Join(from, e.Name()))
			require.NoError(t, err)
		}
		write(t, filepath.Join(dir, "grader", "gradetest", name), files)
	}
	return dir
}

// goTest runs go test and returns what it says.
func goTest(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-timeout=60s"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GONOSUMDB=*", "WEFT_VIRTUAL_LOCKS=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// hardCheck runs the original and what has become of it, without a schedule
// and under many, and compares what they say.
const hardCheck = `package check

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/weft-course/weft/grader/gradetest/sched"
%s)

var all = []struct {
	name        string
	plain, inst, crlf func(func(...any))
}{
%s}

func said(f func(func(...any))) (out []string) {
	var mu sync.Mutex
	f(func(a ...any) { mu.Lock(); out = append(out, fmt.Sprint(a...)); mu.Unlock() })
	return out
}

func compare(t *testing.T, name string, want, got []string) {
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Errorf("%%s: line %%d:\n%%q\n%%q", name, i, want[i:], got[i:])
			return
		}
	}
}

func TestOff(t *testing.T) {
	for _, p := range all {
		want := said(p.plain)
		compare(t, p.name, want, said(p.inst))
		compare(t, p.name+" with CRLF", want, said(p.crlf))
	}
}

func TestOn(t *testing.T) {
	if os.Getenv("WEFT_VIRTUAL_LOCKS") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=TestOn", "-test.timeout=40s")
		cmd.Env = append(os.Environ(), "WEFT_VIRTUAL_LOCKS=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%%s %%v", out, err)
		}
		return
	}
	for _, p := range all {
		want := said(p.plain)
		for seed := range uint64(30) {
			synctest.Test(t, func(t *testing.T) {
				sched.Begin(sched.Plan{Seed: seed})
				got := said(p.inst)
				sched.End()
				compare(t, fmt.Sprint(p.name, " seed ", seed), want, got)
			})
		}
	}
}
`

func TestHardCode(t *testing.T) {
	dir := runtimeModule(t)
	packages := hardPackages(t)
	var imports, list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		plain, crlf := packages[name], map[string][]byte{}
		for file, src := range plain {
			crlf[file] = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
		}
		forms := map[string]map[string][]byte{"plain": plain, "inst": instrumented(t, plain), "crlf": instrumented(t, crlf)}
		for form, files := range forms {
			write(t, filepath.Join(dir, form, name), files)
			write(t, filepath.Join(dir, form, name), map[string][]byte{name + ".txt": []byte("embedded")})
			fmt.Fprintf(&imports, "\t%s_%s %q\n", form, name, module+"/"+form+"/"+name)
		}
		fmt.Fprintf(&list, "\t{%q, plain_%[1]s.Run, inst_%[1]s.Run, crlf_%[1]s.Run},\n", name)
	}
	write(t, filepath.Join(dir, "check"), map[string][]byte{"check_test.go": fmt.Appendf(nil, hardCheck, &imports, &list)})
	out, err := goTest(t, dir, "-vet=off", "./check")
	assert.NoError(t, err, out)
}
