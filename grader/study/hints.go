package study

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Hint is one step of an exercise's HINTS.md.
type Hint struct {
	Number int
	// For names criteria and causes that the hint is about; empty is all of them.
	For  []string
	Text string // Markdown
}

var hintHeading = regexp.MustCompile(`(?m)^## +([0-9]+)(?:[^\S\n]*\(([^()\n]*)\))?.*$`)

// ParseHints reads the steps of a HINTS.md, headings "## 1", "## 2", and so on.
// A step that helps with certain failures names them in brackets:
//
//	## 5 (leak, cancel)
func ParseHints(text string) []Hint {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	at := hintHeading.FindAllStringSubmatchIndex(text, -1)
	var hints []Hint
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		h := Hint{Text: strings.TrimSpace(text[m[1]:end])}
		h.Number, _ = strconv.Atoi(text[m[2]:m[3]])
		if m[4] >= 0 {
			h.For = words(strings.FieldsFunc(text[m[4]:m[5]], func(r rune) bool { return r == ',' || r == ' ' }))
		}
		hints = append(hints, h)
	}
	return hints
}

// NextHint chooses among the hints that have not been given: the first one that
// names something of what failed last, else the first in order. There is none
// (false) when all have been given.
func NextHint(hints []Hint, given []int, failed []string) (Hint, bool) {
	left := slices.DeleteFunc(slices.Clone(hints), func(h Hint) bool { return slices.Contains(given, h.Number) })
	if len(left) == 0 {
		return Hint{}, false
	}
	about := func(h Hint) bool {
		return slices.ContainsFunc(h.For, func(w string) bool { return slices.Contains(failed, w) })
	}
	return left[max(0, slices.IndexFunc(left, about))], true
}
