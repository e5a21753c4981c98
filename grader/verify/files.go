package verify

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/study"
)

// minVariants is how many other correct designs an exercise brings.
const minVariants = 2

// files checks what lies in the two folders and returns the submissions to grade.
func (v *verifier) files() []candidate {
	l := Line{What: "files"}
	complain := func(format string, args ...any) { l.Problems = append(l.Problems, fmt.Sprintf(format, args...)) }
	v.lesson(complain)
	v.stub(complain)
	v.provided(complain)
	v.stray(complain)
	list := []candidate{
		{kind: stub, dir: filepath.Join(v.root, "exercises", v.ex.Slug)},
		{kind: reference, dir: v.solution()},
	}
	for _, name := range folders(v.solution("testdata", "variants")) {
		list = append(list, candidate{kind: variant, name: name, dir: v.solution("testdata", "variants", name)})
	}
	if n := len(list) - 2; n < minVariants {
		complain("%d variants; at least %d other correct designs show that the tests do not demand one", n, minVariants)
	}
	for _, name := range folders(v.solution("testdata", "mutants")) {
		dir := v.solution("testdata", "mutants", name)
		e, err := readExpectation(dir, v.ex)
		if err != nil {
			complain("mutant %s: %v", name, err)
			continue
		}
		list = append(list, candidate{kind: mutant, name: name, dir: dir, expect: e})
	}
	v.say(l)
	return list
}

// lesson checks the lesson in both languages and the hints.
func (v *verifier) lesson(complain func(string, ...any)) {
	for _, name := range []string{"README.md", "README.zh.md"} {
		text, err := os.ReadFile(filepath.Join(v.root, "exercises", v.ex.Slug, name))
		if err != nil || len(strings.TrimSpace(string(text))) < 500 {
			complain("exercises/%s/%s: the lesson is missing or a fragment", v.ex.Slug, name)
		}
	}
	text, err := os.ReadFile(v.solution("HINTS.md"))
	if err != nil {
		complain("HINTS.md: %v", err)
		return
	}
	steps := 0
	for _, h := range study.ParseHints(string(text)) {
		if h.Text != "" {
			steps++
		}
		for _, w := range h.For {
			if _, known := v.ex.Criterion(w); !known && !grader.IsCause(grader.Cause(w)) {
				complain("HINTS.md: hint %d is for %q, which is neither a criterion nor a cause", h.Number, w)
			}
		}
	}
	if steps < 3 {
		complain("HINTS.md: %d steps; at least three, headed ## 1, ## 2, …", steps)
	}
	v.givesAway(string(text), complain)
}

// givesAway looks for the reference in the hints: five lines in a row that
// stand in both are the solution.
func (v *verifier) givesAway(hints string, complain func(string, ...any)) {
	const run = 5
	for _, name := range v.ex.Files {
		src, err := os.ReadFile(v.solution(name))
		if err != nil {
			continue // said elsewhere
		}
		code, text := solid(string(src)), strings.Join(solid(hints), "\n")
		for i := 0; i+run <= len(code); i++ {
			if strings.Contains(text, strings.Join(code[i:i+run], "\n")) {
				complain("HINTS.md prints the solution: %q …", code[i])
				return
			}
		}
	}
}

// solid returns the lines that are neither empty nor comments, trimmed.
func solid(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

func (v *verifier) stub(complain func(string, ...any)) {
	todo := false
	for _, text := range v.ex.Stub {
		todo = todo || strings.Contains(string(text), "TODO")
	}
	if !todo {
		complain("the stub has no TODO")
	}
}

// provided checks that what is given stands beside the reference too, the same.
func (v *verifier) provided(complain func(string, ...any)) {
	for name, given := range v.ex.Provided {
		if text, err := os.ReadFile(v.solution(name)); err != nil || !bytes.Equal(text, given) {
			complain("solutions/%s/%s must be the same file as exercises/%s/%s, which is provided", v.ex.Slug, name, v.ex.Slug, name)
		}
	}
}

// stray finds files that belong to nothing.
func (v *verifier) stray(complain func(string, ...any)) {
	for dir, known := range map[string][]string{
		filepath.Join(v.root, "exercises", v.ex.Slug): {"README.md", "README.zh.md"},
		v.solution(): {"exercise.json", "HINTS.md", "testdata"},
	} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			complain("%v", err)
			continue
		}
		for _, e := range entries {
			name := e.Name()
			if _, given := v.ex.Provided[name]; !given && !slices.Contains(known, name) && !slices.Contains(v.ex.Files, name) && !strings.HasSuffix(name, "_test.go") {
				complain("%s belongs to nothing", filepath.Join(filepath.Base(filepath.Dir(dir)), v.ex.Slug, name))
			}
		}
	}
}
