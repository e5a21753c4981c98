package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/verify"
)

// unrecorded are the exercises whose messages are still to be recorded and read.
var unrecorded = []string{"09-subprocess", "10-multiprocessing", "21-process-pool"}

// TestMessages reads what a student sees of every mutant of the course, as
// grade course verify --record has written it down: there is such a text for each,
// none for a mutant that has gone, and none says what a hidden test looks like.
func TestMessages(t *testing.T) {
	root, ok := course.Find(".")
	require.True(t, ok)
	c, err := openCourse(root)
	require.NoError(t, err)
	for _, ex := range c.Exercises {
		solution := filepath.Join(root, "solutions", ex.Slug)
		mutants, err := filepath.Glob(filepath.Join(solution, "testdata", "mutants", "*"))
		require.NoError(t, err)
		recorded, err := filepath.Glob(verify.MessageFile(solution, "*"))
		require.NoError(t, err)
		if slices.Contains(unrecorded, ex.Slug) {
			assert.Empty(t, recorded, "%s: take it off the list", ex.Slug)
			continue
		}
		assert.Len(t, recorded, len(mutants), "%s: grade course verify --record %s", ex.Slug, ex.Slug)
		secret := hiddenLines(ex)
		for _, m := range mutants {
			text, err := os.ReadFile(verify.MessageFile(solution, filepath.Base(m)))
			if assert.NoError(t, err) {
				assertMessage(t, ex, filepath.Base(m), string(text), secret)
			}
		}
	}
}

// assertMessage checks one text for what every message must have and must not.
func assertMessage(t *testing.T, ex *grader.Exercise, mutant, text string, secret map[string]bool) {
	t.Helper()
	assert.Contains(t, text, ex.Slug+"  "+ex.Title, mutant)
	assert.Contains(t, text, "  ✗ ", "%s: nothing is said to fail", mutant)
	assert.NotRegexp(t, hiddenPlace(ex), text, "%s: %s names a place in a hidden test", ex.Slug, mutant)
	assert.NotRegexp(t, machinePlace, text, "%s: %s names a place of this machine", ex.Slug, mutant)
	assert.NotRegexp(t, unexplained, text, "%s: %s was not understood", ex.Slug, mutant)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(excerpt.ReplaceAllString(line, ""))
		assert.False(t, secret[line], "%s: %s shows a line of a hidden test: %s", ex.Slug, mutant, line)
	}
}

var (
	excerpt      = regexp.MustCompile(`^[ >]*\d+ \| `) // before a line of code
	unexplained  = regexp.MustCompile(`were still alive when|does not say why|could not be read|cannot be believed`)
	machinePlace = regexp.MustCompile(`weft-scratch|/tmp/|/home/|testdata/|/go/pkg/mod|0x[0-9a-f]{6}`)
)

// minSecret is the length from which on a line of a test tells something.
const minSecret = 24

// hiddenLines are the lines of code of the hidden tests.
func hiddenLines(ex *grader.Exercise) map[string]bool {
	lines := map[string]bool{}
	for _, src := range ex.Hidden {
		for line := range strings.Lines(string(src)) {
			if line = strings.TrimSpace(line); len(line) >= minSecret && !strings.HasPrefix(line, "//") {
				lines[line] = true
			}
		}
	}
	return lines
}

// hiddenPlace matches a position in a hidden test file.
func hiddenPlace(ex *grader.Exercise) *regexp.Regexp {
	var names []string
	for name := range ex.Hidden {
		names = append(names, regexp.QuoteMeta(name))
	}
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `):\d`)
}
