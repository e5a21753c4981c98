package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

func TestHintsEnd(t *testing.T) {
	_, run := student(t)
	for run("hint").code == ExitPassed {
	}
	r := run("hint")
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "you have had all ")
	assert.Contains(t, r.err, "grade hint 24-latch --number 1 shows one again; grade solution 24-latch --give-up")
	assert.Equal(t, ExitPassed, run("hint", "-n", "1").code)
	r = run("hint", "-n", "99")
	assert.Equal(t, ExitUsage, r.code)
	assert.Contains(t, r.err, "24-latch has no hint 99")
}

// TestHintIsAboutTheLastFailure uses a course whose hints say what they are for.
func TestHintIsAboutTheLastFailure(t *testing.T) {
	_, _ = student(t)
	from := t.TempDir()
	require.NoError(t, os.CopyFS(from, os.DirFS(latch(t))))
	put(t, "# Hints\n\n## 1\n\nNudge.\n\n## 2 (race)\n\nOne lock.\n\n## 3 (deadlock, leak)\n\nA second way out.\n", from, "solutions", slug, "HINTS.md")
	put(t, "2026-11-23T12:00:00Z graded 24-latch result=failed score=20/100 failed=leak\n", study.ProgressFile)
	r := grade("hint", "--course", from)
	assert.Contains(t, r.out, "24-latch, hint 3 of 3, about what failed last: leak\n\n  A second way out.")
	r = grade("hint", "--course", from)
	assert.Contains(t, r.out, "24-latch, hint 1 of 3\n\n  Nudge.")
}

// TestHintsOfTheCourse: every hint can be chosen, and names what there is.
func TestHintsOfTheCourse(t *testing.T) {
	c, err := openCourse("")
	require.NoError(t, err)
	for _, ex := range c.Exercises {
		hints, err := hintsOf(c, ex)
		require.NoError(t, err)
		for i, h := range hints {
			assert.Equal(t, i+1, h.Number, ex.Slug)
			assert.NotEmpty(t, h.Text, ex.Slug)
			for _, w := range h.For {
				_, criterion := ex.Criterion(w)
				assert.True(t, criterion || grader.IsCause(grader.Cause(w)), "%s: hint %d is for %q, which is neither a criterion nor a cause", ex.Slug, h.Number, w)
			}
		}
	}
}

// TestShowFits: no lesson has a line that is too long, in either language.
func TestShowFits(t *testing.T) {
	t.Chdir(t.TempDir())
	c, err := openCourse("")
	require.NoError(t, err)
	for _, ex := range c.Exercises {
		for _, lang := range []string{"en", "zh"} {
			text, err := page(c, ex, lang)
			require.NoError(t, err)
			assert.NotContains(t, text, "go run ./cmd/grade", "the commands are those of an installed grader")
			assert.Contains(t, text, "Rubric of "+ex.Slug)
			for _, width := range []int{40, 80} {
				out, err := markdown(text, width, true)
				require.NoError(t, err)
				assert.Contains(t, out, "\x1b[", "colour")
				for line := range strings.Lines(out) {
					assert.LessOrEqual(t, ansi.StringWidth(line), width, "%s %s: %q", ex.Slug, lang, line)
				}
			}
		}
	}
}

func TestShow(t *testing.T) {
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	t.Setenv("NO_COLOR", "1")
	assert.Contains(t, grade("show", "5").out, "信号量")
	r := grade("show", "--lang", "en", "./exercises/05-semaphore")
	assert.Contains(t, r.out, "# 05 · Semaphore")
	assert.Contains(t, r.out, "`sync.Mutex`")
	assert.NotContains(t, r.out, "\x1b")
	r = grade("show", "5", "--rubric")
	assert.NotContains(t, r.out, "信号量")
	assert.Contains(t, strings.Join(strings.Fields(r.out), " "), "**first come, first served**, 10 points (`--only fifo`, stage race, after permits)")
	assert.Contains(t, r.out, "Permits go to waiters in the order in which they came.")
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_MESSAGES", "")
	t.Setenv("LANG", "en_US.UTF-8")
	assert.Contains(t, grade("show", "5").out, "# 05 · Semaphore")
}

func TestTablesAsLists(t *testing.T) {
	table := "a\n\n| x | `y\\|z` | w |\n|---|:-:|---|\n| 1 | 2 | 3 |\n| 4 | 5 |\n\nb\n```\n| no | table |\n|---|---|\n```\n"
	assert.Equal(t, table, narrowTables(table, 75))
	assert.Equal(t, "a\n\n\n**1**\n\n- `y|z`: 2\n- w: 3\n\n**4**\n\n- `y|z`: 5\n\n\nb\n```\n| no | table |\n|---|---|\n```\n", narrowTables(table, 74))
	assert.Equal(t, "| no table\ntext", narrowTables("| no table\ntext", 10))
}

func TestPaint(t *testing.T) {
	diff := "--- a\n+++ b\n@@ -1 +1 @@\n-\told\n+\tnew\n \tsame\n"
	assert.Equal(t, diff, paint(diff, false))
	coloured := paint(diff, true)
	assert.Equal(t, diff, ansi.Strip(coloured))
	assert.Contains(t, coloured, "\x1b[31m-\told\x1b[0m\n\x1b[32m+\tnew\x1b[0m\n \tsame\n")
}

func TestListAtFortyColumns(t *testing.T) {
	_, _ = student(t)
	var out bytes.Buffer
	o := &listOptions{streams: streams{out: &out, err: &out}}
	require.NoError(t, o.run(nil, 40))
	for line := range strings.Lines(out.String()) {
		assert.LessOrEqual(t, ansi.StringWidth(line), 40, line)
	}
	assert.Contains(t, out.String(), "…")
	assert.Contains(t, out.String(), "20-thread-pool")
}

func TestListFilters(t *testing.T) {
	_, _ = student(t)
	put(t, "2026-11-23T12:00:00Z graded 02-locks result=passed score=100/100\n2026-11-23T12:00:01Z hint 05-semaphore number=1\n", study.ProgressFile)
	assert.Contains(t, grade("list").out, "1 of 23 passed; next: 01-threads")
	assert.Contains(t, grade("list", "sema").out, "05-semaphore  new  1 hint")
	assert.Equal(t, 1, strings.Count(grade("list", "--state", "passed").out, "\n"))
	assert.Equal(t, 22, strings.Count(grade("list", "--state", "new,tried,given-up").out, "\n"))
	r := grade("list", "POOL", "worker")
	assert.Contains(t, r.out, "21-process-pool")
	assert.NotContains(t, r.out, "20-thread-pool")
	t.Chdir(t.TempDir())
	assert.Equal(t, 23, strings.Count(grade("list").out, "\n"))
}

func TestHintWhereNothingIsCounted(t *testing.T) {
	t.Chdir(t.TempDir())
	r := grade("hint", "5")
	assert.Equal(t, ExitPassed, r.code)
	assert.Contains(t, r.out, "05-semaphore, hint 1 of ")
	assert.Contains(t, r.err, "grade hint 05-semaphore --number 2")
	assert.NotContains(t, grade("hint", "5", "--number", "6").err, "--number 7")
}

// TestSelfStudyMap compares the map in docs/self-study.md with the course.
func TestSelfStudyMap(t *testing.T) {
	root, ok := course.Find(".")
	require.True(t, ok)
	text := mustRead1(t, filepath.Join(root, "docs", "self-study.md"))
	c, err := openCourse("")
	require.NoError(t, err)
	for _, ex := range c.Exercises {
		var needs []string
		for _, n := range ex.Needs {
			needs = append(needs, n[:2])
		}
		lines := 0
		for _, name := range ex.Files {
			for line := range strings.Lines(mustRead1(t, filepath.Join(root, "solutions", ex.Slug, name))) {
				if strings.TrimSpace(line) != "" {
					lines++
				}
			}
		}
		row := fmt.Sprintf("| [%[1]s](../exercises/%[1]s/README.md) | %s | %s | %d |", ex.Slug, ex.Topic, cmp.Or(strings.Join(needs, ", "), "–"), lines)
		assert.Contains(t, text, row)
	}
	assert.Equal(t, len(c.Exercises), strings.Count(text, "/README.md) |"), "rows of the map")
}

func TestAsk(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\r\n": true, "\n": false, "": false, "n\n": false, "yesterday\n": false} {
		var out bytes.Buffer
		assert.Equal(t, want, ask(strings.NewReader(answer), &out, "Really? "), "%q", answer)
		assert.Equal(t, "Really? ", out.String())
	}
}
