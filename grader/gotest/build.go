package gotest

import (
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Build reads what go build or go test -c prints when it fails. Errors in the
// hidden tests are there because the student's package is not what they need,
// and are worded so. Nil for a failed build means that the submission is not
// to blame, as far as the text tells.
func Build(output string, src Source) []grader.Finding {
	var found []grader.Finding
	words := newPhrases(src)
	for _, d := range diagnostics(output, src) {
		if f, ok := d.finding(src, words); ok {
			found = append(found, f)
		}
	}
	return src.tidyAll(found)
}

// diagnostic is one message of the compiler, the go command or vet.
type diagnostic struct {
	base      string // the student's file, or ""
	hidden    bool   // in a hidden test
	line, col int
	text      string
	have      string // "(number)" of the lines below "too many arguments"
	want      string
	notes     []grader.Note // "other declaration of New"
	raw       []string
}

// diagnostics gathers the messages with the indented lines that continue them.
func diagnostics(output string, src Source) []diagnostic {
	var all []diagnostic
	for line := range lines(output) {
		if len(all) == 4*maxFindings {
			break
		}
		d, ok := readDiagnostic(line, src)
		switch continues := len(all) > 0 && strings.HasPrefix(line, "\t"); {
		case ok && continues && strings.HasPrefix(d.text, "other declaration of "):
			all[len(all)-1].also(d, src)
		case ok:
			all = append(all, d)
		case continues:
			all[len(all)-1].more(line)
		}
	}
	return all
}

// also takes in a second place that the compiler names.
func (d *diagnostic) also(other diagnostic, src Source) {
	if pos := src.place(other.base, other.line, other.col); pos.IsValid() && len(d.notes) < 20 {
		d.notes = append(d.notes, grader.Note{Pos: pos, Text: "The other one is here."})
	}
}

func (d *diagnostic) more(line string) {
	if len(d.raw) > 20 {
		return
	}
	d.raw = append(d.raw, line)
	line = strings.TrimSpace(line)
	if have, ok := strings.CutPrefix(line, "have "); ok {
		d.have = have
	} else if want, ok := strings.CutPrefix(line, "want "); ok {
		d.want = want
	}
}

// readDiagnostic reads "dir/file.go:3:1: text"; an import cycle has no line.
func readDiagnostic(line string, src Source) (diagnostic, bool) {
	text := strings.TrimPrefix(strings.TrimSpace(line), "vet: ")
	if strings.HasSuffix(text, ": import cycle not allowed") && strings.HasPrefix(text, "imports ") {
		_, file, _ := strings.Cut(strings.TrimSuffix(text, ": import cycle not allowed"), " from ")
		return diagnostic{text: "import cycle not allowed in " + file, raw: []string{line}}, isStudentFile(file)
	}
	place, text, ok := strings.Cut(text, ".go:")
	if !ok {
		return diagnostic{}, false
	}
	d := diagnostic{raw: []string{line}}
	d.base, d.hidden = src.owner(strings.ReplaceAll(place, `\`, "/") + ".go")
	d.line, d.col, d.text, ok = lineCol(text)
	return d, ok && (d.base != "" || d.hidden) && d.text != "too many errors"
}

// lineCol reads "3:1: text" and "3: text".
func lineCol(text string) (line, col int, rest string, ok bool) {
	place, rest, ok := strings.Cut(text, ": ")
	if !ok {
		return 0, 0, "", false
	}
	first, second, has := strings.Cut(place, ":")
	line, err := strconv.Atoi(first)
	if has && err == nil {
		col, err = strconv.Atoi(second)
	}
	return line, col, rest, err == nil && line > 0 && line < 1<<24 && col >= 0
}

// owner says whose file a path of the go command's is: relative to the module
// or to the package's folder, or absolute in whatever folder the build was in.
func (s Source) owner(path string) (base string, hidden bool) {
	path = strings.TrimPrefix(path, "./")
	i := strings.LastIndexByte(path, '/') + 1
	dir, base := path[:i], path[i:]
	switch {
	case strings.HasSuffix(base, "_test.go"):
		return "", true
	case isStudentFile(base) && (dir == "" || within(dir, s.Student)):
		return base, false
	}
	return "", within(dir, s.Tests)
}

// within reports whether a path ends with a folder of the module.
func within(dir, prefix string) bool {
	inModule := strings.TrimPrefix(folder(prefix), grader.ModulePath+"/")
	return prefix != "" && (dir == inModule || strings.HasSuffix(dir, "/"+inModule))
}

// finding words a diagnostic.
func (d diagnostic) finding(src Source, words phrases) (grader.Finding, bool) {
	f := grader.Finding{
		Cause:    grader.CauseBuild,
		Pos:      src.place(d.base, d.line, d.col),
		Got:      d.have,
		Want:     d.want,
		Notes:    d.notes,
		Evidence: strings.Join(d.raw, "\n"),
	}
	// A submission's own names can make a message as long as it likes.
	text, _ := cut(d.text, 4*maxMessage)
	if d.hidden {
		f.Message, f.Help = words.testNeeds(text)
		if strings.Contains(text, " arguments in call ") {
			// What the test has is what the student should want.
			f.Got, f.Want = d.want, d.have
		}
		return f, f.Message != ""
	}
	f.Message, f.Help = words.compilerText(text)
	return f, true
}
