package gotest_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
)

// wrong says what of a finding must not be shown to a student, or "".
func wrong(f grader.Finding) string {
	texts := []string{f.Message, f.Got, f.Want, f.Help}
	places := []grader.Position{f.Pos}
	for _, n := range f.Notes {
		texts, places = append(texts, n.Text), append(places, n.Pos)
	}
	for _, p := range places {
		if !own(p) {
			return "position outside the student's files: " + p.String()
		}
		texts = append(texts, p.Func)
	}
	for _, text := range texts {
		if fault := unfit(text); fault != "" {
			return fault + ": " + text
		}
	}
	if f.Message == "" || f.Cause == "" || f.Cause == "plain" {
		return "no message or no cause"
	}
	return ""
}

// own reports whether a position is none, or in a file that display has named.
func own(p grader.Position) bool {
	if p == (grader.Position{}) {
		return true
	}
	base, ok := strings.CutPrefix(p.File, display(""))
	return ok && p.IsValid() && !strings.Contains(base, "/") &&
		strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go")
}

func unfit(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "not UTF-8"
	case strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
		return "control character"
	case strings.Contains(text, "_test.go"), strings.Contains(text, "hidden/05-semaphore"):
		return "names a hidden test's file"
	case len(text) > 1000:
		return "too long"
	}
	return ""
}

func check(t *testing.T, found []grader.Finding) {
	t.Helper()
	for _, f := range found {
		if fault := wrong(f); fault != "" {
			t.Errorf("%s\n%+v", fault, f)
		}
		if len(f.Evidence) > 64<<10 {
			t.Errorf("evidence of %d bytes", len(f.Evidence))
		}
	}
}

func seed(f *testing.F) {
	for _, text := range streams(f) {
		f.Add(text)
	}
}

func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) { check(t, gotest.Parse(text, source())) })
}

func FuzzBuild(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) { check(t, gotest.Build(text, source())) })
}

func FuzzVet(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) { check(t, gotest.Vet(text, source())) })
}

func FuzzSplit(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		size, seen := 0, map[string]bool{}
		for _, s := range gotest.Split(text) {
			if seen[s.Test] {
				t.Errorf("%q twice", s.Test)
			}
			seen[s.Test] = true
			size += len(s.Text)
		}
		if size > 2*len(text) {
			t.Errorf("%d bytes from %d", size, len(text))
		}
	})
}

func FuzzStacks(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range gotest.Stacks(text) {
			if g.ID < 0 || len(g.Frames) > 300 {
				t.Errorf("goroutine %+v", g)
			}
		}
	})
}
