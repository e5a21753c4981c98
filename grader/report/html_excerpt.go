package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Bounds of an excerpt.
const (
	maxLine   = 400 // characters of a line
	maxPlaces = 12  // marked places of a finding
	around    = 2   // lines shown before and after a marked one
)

// excerpt is a part of a file of the submission.
type excerpt struct {
	File  string
	Lines []codeLine
}

// codeLine is a line of an excerpt.
type codeLine struct {
	Number int
	Text   string
	// Mark is "▶" for the line of the finding, the numbers of its notes for
	// theirs, and empty for others; Says is the same in words.
	Mark, Says string
	Gap        bool // lines were left out before it
}

// spot is a place that a finding or a note of it names.
type spot struct {
	line       int
	mark, says string
}

// excerpts shows the lines that a finding and its notes name, file by file.
func (d *drafter) excerpts(f grader.Finding) (all []excerpt) {
	var files []string
	spots := map[string][]spot{}
	add := func(p grader.Position, mark, says string) {
		if !p.IsValid() || p.Line > len(d.linesOf(p.File)) {
			return
		}
		if spots[p.File] == nil {
			files = append(files, p.File)
		}
		spots[p.File] = append(spots[p.File], spot{p.Line, mark, says})
	}
	add(f.Pos, "▶", "the finding")
	for i, n := range f.Notes[:min(len(f.Notes), maxPlaces)] {
		add(n.Pos, strconv.Itoa(i+1), "note "+strconv.Itoa(i+1))
	}
	for _, file := range files {
		all = append(all, excerpt{File: cut(file, maxText), Lines: snippet(d.linesOf(file), spots[file])})
	}
	return all
}

// linesOf returns the lines of a file of the submission, or nothing where it
// is not known.
func (d *drafter) linesOf(file string) []string {
	lines, known := d.lines[file]
	if !known && d.o.Source != nil {
		if text := d.o.Source(file); len(text) > 0 {
			lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		}
		d.lines[file] = lines
	}
	return lines
}

// snippet returns the lines around the spots, in order.
func snippet(lines []string, spots []spot) (out []codeLine) {
	slices.SortStableFunc(spots, func(a, b spot) int { return a.line - b.line })
	next := 1
	for _, s := range spots {
		from := max(s.line-around, next)
		for n := from; n <= min(s.line+around, len(lines)); n++ {
			out = append(out, codeLine{Number: n, Text: cut(lines[n-1], maxLine), Gap: n == from && n > next && len(out) > 0})
		}
		next = max(next, min(s.line+around, len(lines))+1)
	}
	for _, s := range spots {
		at := slices.IndexFunc(out, func(l codeLine) bool { return l.Number == s.line })
		out[at].Mark = strings.TrimSpace(out[at].Mark + " " + s.mark)
		out[at].Says = strings.TrimPrefix(out[at].Says+", "+s.says, ", ")
	}
	return out
}
