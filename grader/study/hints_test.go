package study_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/study"
)

func TestParseHints(t *testing.T) {
	hint := func(n int, text string, about ...string) study.Hint {
		return study.Hint{Number: n, For: about, Text: text}
	}
	for text, want := range map[string][]study.Hint{
		"## 1\na\n## 2\nb":                                   {hint(1, "a"), hint(2, "b")},
		"# Hints\n\n## 1 — a nudge\n\na\n\nb\n":              {hint(1, "a\n\nb")},
		"## 1\na\n### not a step\nb\n## 2 (race)\nc":         {hint(1, "a\n### not a step\nb"), hint(2, "c", "race")},
		"## 1 (race, no-speedup leak)\r\na\r\n## 2\r\nb\r\n": {hint(1, "a", "race", "no-speedup", "leak"), hint(2, "b")},
		"## 1 ()\na":                {hint(1, "a")},
		"## 1 — the lock (race)\na": {hint(1, "a")},
		"## Foreword\nx\n## 1\na":   {hint(1, "a")},
		"":                          nil,
		"no headings at all":        nil,
	} {
		assert.Equal(t, want, study.ParseHints(text), "%q", text)
	}
}

func TestNextHint(t *testing.T) {
	hints := study.ParseHints("## 1\n\n## 2 (cancel)\n\n## 3 (race, leak)\n\n## 4\n\n## 5 (race)\n")
	for name, c := range map[string]struct {
		given  []int
		failed []string
		want   int
	}{
		"nothing failed":                   {nil, nil, 1},
		"in order":                         {[]int{1}, nil, 2},
		"what failed comes first":          {nil, []string{"permits", "race"}, 3},
		"then the next that is about it":   {[]int{3}, []string{"race"}, 5},
		"then those in order":              {[]int{3, 5}, []string{"race"}, 1},
		"nothing is about it":              {[]int{1, 2}, []string{"too-slow"}, 3},
		"the first of several":             {[]int{1}, []string{"race", "cancel"}, 2},
		"the last one":                     {[]int{1, 2, 3, 5}, []string{"race"}, 4},
		"one that is gone was given":       {[]int{1, 9}, nil, 2},
		"all have been given":              {[]int{1, 2, 3, 4, 5}, []string{"race"}, 0},
		"a part of a word is another word": {nil, []string{"racer"}, 1},
	} {
		got, ok := study.NextHint(hints, c.given, c.failed)
		assert.Equal(t, c.want, got.Number, name)
		assert.Equal(t, c.want > 0, ok, name)
	}
	assert.Len(t, hints, 5, "choosing changes nothing")
}
