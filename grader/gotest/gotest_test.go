package gotest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
)

// source is what the streams under testdata were recorded with.
func source() gotest.Source {
	return gotest.Source{
		Student: "github.com/weft-course/weft/solutions/05-semaphore/",
		Tests:   "github.com/weft-course/weft/hidden/05-semaphore/",
		Package: "github.com/weft-course/weft/solutions/05-semaphore",
		Display: display,
	}
}

func display(base string) string { return "exercises/05-semaphore/" + base }

// streams returns the recorded streams by name.
func streams(t testing.TB) map[string]string {
	paths, err := filepath.Glob("testdata/streams/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		all[strings.TrimSuffix(filepath.Base(path), ".txt")] = string(text)
	}
	return all
}

// read applies the parser that a stream is for.
func read(name, text string) any {
	switch {
	case strings.HasPrefix(name, "Build-"):
		return gotest.Build(text, source())
	case strings.HasPrefix(name, "Vet-"):
		return gotest.Vet(text, source())
	case strings.HasPrefix(name, "Split"):
		return gotest.Split(text)
	}
	var found []grader.Finding
	for _, s := range gotest.Split(text) {
		for _, f := range gotest.Parse(s.Text, source()) {
			f.Test = s.Test
			found = append(found, f)
		}
	}
	return found
}

// TestGolden compares every recorded stream with what is expected of it. After
// a change on purpose: go test ./grader/gotest -update, and read the diff.
func TestGolden(t *testing.T) {
	for name, text := range streams(t) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			require.NoError(t, enc.Encode(read(name, text)))
			golden(t, filepath.Join("testdata/streams", name+".golden.json"), b.Bytes())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "no golden file; run with -update")
	assert.Equal(t, string(want), string(got))
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}
