package workspace

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

func TestVirtualReplacesTheImportOnly(t *testing.T) {
	for src, want := range map[string]string{
		"package a\n\nimport \"sync\"\n\nvar mu sync.Mutex\n":                 "package a\n\nimport  sync \"github.com/weft-course/weft/grader/gradetest/vsync\"\n\nvar mu sync.Mutex\n",
		"package a\nimport (\n\tlocks \"sync\"\n\t\"sync/atomic\"\n)\n":       "package a\nimport (\n\tlocks \"github.com/weft-course/weft/grader/gradetest/vsync\"\n\t\"sync/atomic\"\n)\n",
		"package a\nimport (\"sync\"; \"time\")\nvar s = `import \"sync\"`\n": "package a\nimport ( sync \"github.com/weft-course/weft/grader/gradetest/vsync\"; \"time\")\nvar s = `import \"sync\"`\n",
		"package a;import\"sync\"\n":                                          "package a;import sync \"github.com/weft-course/weft/grader/gradetest/vsync\"\n",
	} {
		got, changed := virtual([]byte(src))
		assert.True(t, changed)
		assert.Equal(t, want, string(got))
		assert.Equal(t, strings.Count(src, "\n"), strings.Count(string(got), "\n"), "lines stay where they are")
	}
	got, changed := virtual([]byte("package a\nimport \"time\"\n"))
	assert.False(t, changed)
	assert.Equal(t, "package a\nimport \"time\"\n", string(got))
}

const hidden = `package latch_test

import "testing"

func TestMain(m *testing.M) {}

func TestOne(t *testing.T) { helper(t) }

func helper(t *testing.T) {}
`

const visible = `package latch_test

import (
	"testing"

	"github.com/weft-course/weft/exercises/24-latch"
)

func TestMain(m *testing.M) {}

func TestTwo(t *testing.T) { latch.New() }
`

func TestHarnessedCallsEveryTestThroughTheHarness(t *testing.T) {
	ex := &grader.Exercise{
		Slug: "24-latch", Package: "latch",
		Hidden: map[string][]byte{"a_test.go": []byte(hidden)}, Visible: map[string][]byte{"a_test.go": []byte(visible)},
	}
	files, err := harnessed(ex)
	require.NoError(t, err)
	require.Len(t, files, 4)
	assert.Contains(t, string(files["h_a_test.go"]), "func weftTestOne(t *testing.T) { helper(t) }")
	assert.Contains(t, string(files["h_a_test.go"]), "func TestMain(m *testing.M) {}")
	assert.Contains(t, string(files["v_a_test.go"]), "func weftVisibleMain(m *testing.M) {}", "the hidden one is used")
	assert.Contains(t, string(files["v_a_test.go"]), `"github.com/weft-course/weft/solutions/24-latch"`)
	calls := string(files["zz_weft_test.go"])
	assert.Contains(t, calls, "func TestOne(t *testing.T) { gradetest.Run(t, weftTestOne) }")
	assert.Contains(t, calls, "func TestTwo(t *testing.T) { gradetest.Run(t, weftTestTwo) }")
	assert.NotContains(t, calls, "TestMain")
	for name, src := range files {
		_, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		assert.NoError(t, err)
	}
}

// TestScratchModuleIsInStep: submissions are tested with the libraries, and
// at the Go version, that this module itself is tested with.
func TestScratchModuleIsInStep(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	root := string(raw)
	for line := range strings.Lines(string(scratchMod)) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "require "))
		if line == "" || line == ")" || line == "(" || strings.HasPrefix(line, "//") {
			continue
		}
		line, _, _ = strings.Cut(line, " //")
		assert.Contains(t, root, line, "the scratch module's go.mod differs from the root's")
	}
	sums, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	require.NoError(t, err)
	for line := range strings.Lines(string(scratchSum)) {
		assert.Contains(t, string(sums), line)
	}
}
