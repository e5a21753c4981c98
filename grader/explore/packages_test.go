package explore_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goFiles reads the Go files of a folder, with words replaced.
func goFiles(t *testing.T, dir string, names []string, replace *strings.Replacer) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range names {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		for _, name := range found {
			src, err := os.ReadFile(name)
			require.NoError(t, err)
			files[filepath.Base(name)] = []byte(replace.Replace(string(src)))
		}
	}
	return files
}

// TestStandardPackages rewrites packages of the standard library and their
// tests, which must pass as before.
func TestStandardPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds packages")
	}
	src := filepath.Join(goEnv(t, "GOROOT"), "src")
	if _, err := os.Stat(filepath.Join(src, "context")); err != nil {
		t.Skip("the sources of the standard library are not installed")
	}
	dir := runtimeModule(t)
	context := strings.NewReplacer(`"internal/reflectlite"`, `reflectlite "reflect"`, `. "context"`, `. "`+module+`/std/context"`,
		`"internal/asan"`, ``, `asan.Enabled`, `false`)
	packages := map[string]map[string][]byte{
		"context": goFiles(t, filepath.Join(src, "context"), []string{"context.go", "context_test.go", "x_test.go"}, context),
		"pipe":    goFiles(t, filepath.Join(src, "io"), []string{"io.go", "pipe.go", "pipe_test.go"}, strings.NewReplacer(`. "io"`, `. "`+module+`/std/pipe"`)),
		"ring":    goFiles(t, filepath.Join(src, "container", "ring"), []string{"*.go"}, strings.NewReplacer(`"container/ring"`, `"`+module+`/std/ring"`)),
	}
	for name, files := range packages {
		write(t, filepath.Join(dir, "std", name), instrumented(t, files))
	}
	out, err := goTest(t, dir, "-vet=off", "-short", "./std/...")
	assert.NoError(t, err, out)
}

// realPackages are packages that much code depends on: module → folders. They are
// tested where the module cache happens to have them.
var realPackages = map[string][]string{
	"golang.org/x/sync":                  {"errgroup", "semaphore", "singleflight", "syncmap"},
	"github.com/hashicorp/golang-lru/v2": {".", "simplelru", "internal"},
	"github.com/sourcegraph/conc":        {".", "pool", "stream", "iter", "panics", "internal/multierror"},
}

func TestRealPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds packages")
	}
	for name, folders := range realPackages {
		t.Run(name, func(t *testing.T) {
			if os.Getenv(envAll) == "" && name != "golang.org/x/sync" {
				t.Skip("only with " + envAll)
			}
			from := cached(t, name)
			with := runtimeModule(t)
			dir := t.TempDir()
			for _, folder := range folders {
				files := goFiles(t, filepath.Join(from, folder), []string{"*.go"}, strings.NewReplacer())
				write(t, filepath.Join(dir, folder), instrumented(t, files))
			}
			mod, err := os.ReadFile(filepath.Join(from, "go.mod"))
			require.NoError(t, err)
			sum, _ := os.ReadFile(filepath.Join(from, "go.sum"))
			mod = fmt.Appendf(bytes.TrimSpace(mod), "\nrequire %s v0.0.0\nreplace %[1]s => %s\n", module, with)
			write(t, dir, map[string][]byte{"go.mod": mod, "go.sum": sum})
			out, err := goTest(t, dir, "-vet=off", "-short", "./...")
			if strings.Contains(out, "module lookup disabled") {
				t.Skip("a module that it needs is not in the cache")
			}
			if strings.Contains(out, "go.mod requires go >=") {
				t.Skip("the version in the cache is for a newer Go")
			}
			assert.NoError(t, err, out)
		})
	}
}

// cached returns the folder of a version of a module that the cache has.
func cached(t *testing.T, name string) string {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(goEnv(t, "GOMODCACHE"), filepath.FromSlash(name)+"@*"))
	if len(found) == 0 {
		t.Skip("not in the module cache")
	}
	return found[len(found)-1]
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
