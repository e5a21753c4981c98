package timeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/timeline"
)

// The trace was recorded from mutant acquire-in-two-steps of 05-semaphore.
func recorded(t *testing.T) ([]timeline.Step, timeline.Source) {
	t.Helper()
	trace, err := os.ReadFile(filepath.Join("testdata", "acquire.trace"))
	require.NoError(t, err)
	code, err := os.ReadFile(filepath.Join("testdata", "semaphore.go.txt"))
	require.NoError(t, err)
	return timeline.Parse(trace), timeline.Source{
		Prefix: "github.com/weft-course/weft/solutions/05-semaphore/", Files: map[string][]byte{"semaphore.go": code},
	}
}

func TestText(t *testing.T) {
	steps, src := recorded(t)
	for name, c := range map[string]struct {
		full  bool
		width int
	}{"acquire.txt": {false, 100}, "acquire-full.txt": {true, 100}, "acquire-narrow.txt": {false, 40}} {
		var out strings.Builder
		timeline.New(steps, src, timeline.Frame{}, c.full).Text(&out, c.width)
		for line := range strings.Lines(out.String()) {
			assert.LessOrEqual(t, runewidth.StringWidth(strings.TrimSuffix(line, "\n")), c.width, line)
		}
		golden := filepath.Join("testdata", name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, string(want), out.String(), name)
	}
}

func TestHiddenTestsStayHidden(t *testing.T) {
	steps, src := recorded(t)
	tl := timeline.New(steps, src, timeline.Frame{}, true)
	for _, r := range tl.Rows {
		assert.Equal(t, r.Own, r.Line > 0, "only lines of the student's have numbers and text: %+v", r)
		assert.NotContains(t, r.Text, "_test.go")
	}
}

func TestTheFailingLineIsMarked(t *testing.T) {
	steps, src := recorded(t)
	marked := func(f timeline.Frame) (rows []timeline.Row) {
		for _, r := range timeline.New(steps, src, f, false).Rows {
			if r.Mark {
				rows = append(rows, r)
			}
		}
		return rows
	}
	last := marked(timeline.Frame{})
	require.Len(t, last, 1)
	at := marked(timeline.Frame{File: "x/semaphore.go", Line: 50})
	require.Len(t, at, 1)
	assert.Equal(t, 50, at[0].Line)
}

func TestParseLeavesOutNonsense(t *testing.T) {
	good := "v\t1\t0\t64\t7\t\tp.f a/b.go:3"
	for name, line := range map[string]string{
		"empty": "", "words": "hello", "too few": "v\t1\t0", "no number": "v\tx\t0\t64\t7\t\t", "no kind": "\t1\t0\t64\t7\t\t", "a kind nobody knows": "z\t1\t0\t64\t7\t\t",
		"goroutine 0": "v\t0\t0\t64\t7\t\t", "too many goroutines": "v\t99999999\t0\t64\t7\t\t", "negative": "v\t-1\t0\t64\t7\t\t", "long": strings.Repeat("v\t", 100000),
	} {
		assert.Len(t, timeline.Parse([]byte(line+"\n"+good+"\n")), 1, name)
	}
	s := timeline.Parse([]byte(good))
	require.Len(t, s, 1)
	assert.Equal(t, []timeline.Frame{{Func: "p.f", File: "a/b.go", Line: 3}}, s[0].Stack)
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte("v\t1\t0\t64\t7\t\tp.f a/b.go:3\ng\t2\t1\t70\t0\t\t\nw\t2\t1\t70\t0\tthe lock\tp.g b.go:1;p.f a/b.go:3\ne\t1\t0\t80\t0\t\t\n"))
	f.Fuzz(func(t *testing.T, trace []byte) {
		steps := timeline.Parse(trace)
		src := timeline.Source{Prefix: "a/", Files: map[string][]byte{"b.go": []byte("one\ntwo\nthree\n")}}
		tl := timeline.New(steps, src, timeline.Frame{File: "b.go", Line: 3}, len(trace)%2 == 0)
		var out strings.Builder
		tl.Text(&out, 80)
		for _, r := range tl.Rows {
			if r.Lane < 0 || r.Lane >= len(tl.Lanes) {
				t.Fatal("a row without a lane")
			}
		}
	})
}
