package course

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	fileForm = regexp.MustCompile(`^[a-z][a-z0-9_]*\.go$`)
	stages   = []string{grader.StageRace, grader.StageTiming, grader.StageSpeedup}
	checks   = []grader.Check{grader.CheckTests, grader.CheckRace, grader.CheckLeak}
)

// problems collects what is wrong with an exercise.
type problems struct{ errs []error }

func (p *problems) addf(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

func validate(ex *grader.Exercise) error {
	var p problems
	p.head(ex)
	p.criteria(ex)
	tests := p.tests(ex)
	p.rubric(ex, tests)
	return errors.Join(p.errs...)
}

func (p *problems) head(ex *grader.Exercise) {
	if ex.Title == "" || ex.Topic == "" {
		p.addf("exercise.json: title and topic must not be empty")
	}
	if len(ex.Files) == 0 {
		p.addf("exercise.json: files names no file for the student to edit")
	}
	for _, f := range ex.Files {
		p.source("files", f)
		if ex.Stub[f] == nil {
			p.addf("exercises/%s/%s: missing: every file the student edits needs a stub", ex.Slug, f)
		}
	}
	if !slices.Contains([]string{"", "processes", "loopback"}, ex.Confinement) {
		p.addf("exercise.json: confinement %q is neither processes nor loopback", ex.Confinement)
	}
	for _, f := range sorted(ex.Provided) {
		p.source("provided", f)
		if slices.Contains(ex.Files, f) {
			p.addf("exercise.json: %s is both provided and the student's to edit", f)
		}
	}
}

// source checks the name of a file in the list of that key.
func (p *problems) source(key, file string) {
	if !fileForm.MatchString(file) || strings.HasSuffix(file, "_test.go") {
		p.addf("exercise.json: %s: %q is no name of a Go source file in lower case", key, file)
	}
}

func (p *problems) criteria(ex *grader.Exercise) {
	seen := map[string]bool{}
	kinds := map[grader.Check]int{}
	for _, c := range ex.Criteria {
		switch {
		case !idForm.MatchString(c.ID):
			p.addf("exercise.json: criterion id %q: lower-case letters, digits and hyphens", c.ID)
		case seen[c.ID]:
			p.addf("exercise.json: criterion %q is there twice", c.ID)
		}
		if c.Title == "" || c.Advice == "" {
			p.addf("exercise.json: criterion %q needs a title and advice", c.ID)
		}
		if c.Points < 0 {
			p.addf("exercise.json: criterion %q has %d points; points are never taken away", c.ID, c.Points)
		}
		if !slices.Contains(stages, c.Stage) {
			p.addf("exercise.json: criterion %q: stage %q is none of %s", c.ID, c.Stage, strings.Join(stages, ", "))
		}
		if !slices.Contains(checks, c.Check) {
			p.addf("exercise.json: criterion %q: check %q is none of tests, race, leak", c.ID, c.Check)
		}
		if c.Check != grader.CheckTests && c.Stage != grader.StageRace {
			p.addf("exercise.json: criterion %q: check %q is made in stage %q only", c.ID, c.Check, grader.StageRace)
		}
		if c.Check == grader.CheckTests && len(c.Tests) == 0 {
			p.addf("exercise.json: criterion %q names no tests", c.ID)
		}
		for _, a := range c.After {
			if !seen[a] {
				p.addf("exercise.json: criterion %q comes after %q, which is not listed before it", c.ID, a)
			}
		}
		seen[c.ID] = true
		kinds[c.Check]++
	}
	if kinds[grader.CheckRace] != 1 || kinds[grader.CheckLeak] != 1 {
		p.addf("exercise.json: there must be exactly one criterion with check \"race\" and one with check \"leak\"")
	}
	if sum := ex.MaxPoints(); sum != 100 {
		p.addf("exercise.json: points add up to %d, not 100", sum)
	}
}

// tests returns the names of all test functions, hidden and visible.
func (p *problems) tests(ex *grader.Exercise) map[string]bool {
	names := map[string]bool{}
	main := false
	for _, files := range []map[string][]byte{ex.Hidden, ex.Visible} {
		for _, name := range sorted(files) {
			found, err := TestFuncs(name, files[name])
			if err != nil {
				p.addf("%w", err)
				continue
			}
			for _, t := range found {
				main = main || t == "TestMain"
				if names[t] && t != "TestMain" { // visible tests may have their own, for go test
					p.addf("%s: test %s is there twice, hidden or visible", name, t)
				}
				names[t] = true
			}
		}
	}
	if !main {
		p.addf("hidden tests: no TestMain; it must call gradetest.Main(m)")
	}
	delete(names, "TestMain")
	return names
}

// rubric checks that tests and criteria fit together.
func (p *problems) rubric(ex *grader.Exercise, tests map[string]bool) {
	judged := map[string]string{}
	for _, c := range ex.Criteria {
		for _, t := range c.Tests {
			if !tests[t.Name] {
				p.addf("exercise.json: criterion %q: there is no test %s", c.ID, t.Name)
			}
			if by := judged[t.Name]; by != "" {
				p.addf("exercise.json: test %s is judged by %q and by %q", t.Name, by, c.ID)
			}
			if t.Rule == "" || t.About == "" {
				p.addf("exercise.json: test %s needs a rule and says what it is about", t.Name)
			}
			judged[t.Name] = c.ID
		}
	}
	for t := range tests {
		if judged[t] == "" {
			p.addf("exercise.json: no criterion judges test %s", t)
		}
	}
}

// TestFuncs returns the names of the test functions in a file, TestMain too.
func TestFuncs(name string, src []byte) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(f.Name.Name, "_test") {
		return nil, fmt.Errorf("%s: package %s: tests are external, package %s_test", name, f.Name.Name, f.Name.Name)
	}
	var names []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Recv == nil && isTest(fn.Name.Name) {
			names = append(names, fn.Name.Name)
		}
	}
	return names, nil
}

func isTest(name string) bool {
	rest, ok := strings.CutPrefix(name, "Test")
	return ok && rest != "" && !(rest[0] >= 'a' && rest[0] <= 'z')
}
