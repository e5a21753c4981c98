// Package timeline turns the trace of a schedule into what a person can read:
// a lane for each goroutine, its steps on the student's lines, the stretches in
// which it waits, and for whom.
package timeline

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what a step is.
type Kind byte

// The kinds, as package sched writes them.
const (
	Statement Kind = 'v' // runs the line
	Sync      Kind = 's' // runs the line, which synchronises
	After     Kind = 'p' // has come back from it
	Wait      Kind = 'w' // begins to wait for a lock
	Begin     Kind = 'g' // the goroutine begins
	End       Kind = 'e' // the schedule is over
)

// Frame is a place in the stack of a step.
type Frame struct {
	Func, File string
	Line       int
}

// Step is one line of a trace.
type Step struct {
	Kind      Kind
	Goroutine int // from 1
	Other     int // who started it, or who holds the lock; 0 is unknown
	At        time.Duration
	What      string
	Stack     []Frame // innermost first
}

// Parse reads a trace. Lines that make no sense are left out: the program
// under test may have written into the file.
func Parse(trace []byte) (steps []Step) {
	for line := range strings.Lines(string(trace)) {
		if s, ok := parseStep(strings.TrimSuffix(line, "\n")); ok {
			steps = append(steps, s)
		}
	}
	return steps
}

func parseStep(line string) (Step, bool) {
	words := strings.Split(line, "\t")
	if len(words) != 7 || len(words[0]) != 1 || !strings.Contains("vspwge", words[0]) {
		return Step{}, false
	}
	g, err1 := strconv.Atoi(words[1])
	other, err2 := strconv.Atoi(words[2])
	at, err3 := strconv.ParseInt(words[3], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || g < 1 || g > maxLanes {
		return Step{}, false
	}
	s := Step{Kind: Kind(words[0][0]), Goroutine: g, Other: other, At: time.Duration(at), What: words[5]}
	for f := range strings.SplitSeq(words[6], ";") {
		if f, ok := parseFrame(f); ok {
			s.Stack = append(s.Stack, f)
		}
	}
	return s, true
}

const maxLanes = 10_000

func parseFrame(text string) (Frame, bool) {
	fn, place, ok := strings.Cut(text, " ")
	at := strings.LastIndexByte(place, ':')
	if !ok || at < 0 {
		return Frame{}, false
	}
	n, err := strconv.Atoi(place[at+1:])
	return Frame{Func: fn, File: place[:at], Line: n}, err == nil
}

// Source is the code that lanes show. Everything else is somebody else's, and
// shown without its text.
type Source struct {
	// Prefix is what paths of the code begin with in a trace.
	Prefix string
	Files  map[string][]byte
	// Elsewhere says what runs where a step is on none of the files' lines; empty
	// is "the test".
	Elsewhere string
}

// line returns the name of the file and the text of a line, when it is shown.
func (s Source) line(f Frame) (name, text string, ok bool) {
	name, ok = strings.CutPrefix(f.File, s.Prefix)
	src, known := s.Files[name]
	if !ok || !known || strings.Contains(name, "/") {
		return "", "", false
	}
	lines := bytes.Split(src, []byte("\n"))
	if f.Line < 1 || f.Line > len(lines) {
		return "", "", false
	}
	return name, strings.TrimSpace(string(lines[f.Line-1])), true
}

// Row is one row of a timeline: something that happens in one lane.
type Row struct {
	Lane  int // index into Timeline.Lanes
	File  string
	Line  int
	Text  string // the source, or what happens
	Note  string // "waits for the lock, held by goroutine 2"
	Mark  bool   // the step at which it failed
	Own   bool   // on a line of the student's
	Other int    // the goroutine that started it, or that holds the lock; 0 is unknown
	Times int    // how many steps of the same kind it stands for
	At    time.Duration
}

// Lane is one goroutine.
type Lane struct {
	Goroutine int
	Name      string // "the test", or what it is busy with
}

// Timeline is what happened, in order.
type Timeline struct {
	Lanes []Lane
	Rows  []Row
	Steps int // of the trace
}

// New makes a timeline. Failing is the line at which the failure was seen, or
// the zero Frame; full keeps what a reader can do without.
func New(steps []Step, src Source, failing Frame, full bool) *Timeline {
	t := &Timeline{Steps: len(steps)}
	lanes := map[int]int{}
	for _, s := range steps {
		if s.Kind == End {
			break
		}
		lane, known := lanes[s.Goroutine]
		if !known {
			lane = len(t.Lanes)
			lanes[s.Goroutine] = lane
			t.Lanes = append(t.Lanes, Lane{Goroutine: s.Goroutine, Name: "the test"})
		}
		if s.Kind == Begin && s.Other == 0 && s.Goroutine == 1 {
			continue
		}
		t.step(lane, s, src, full)
	}
	t.name(steps, src)
	t.mark(failing)
	t.lost(steps)
	return t
}

// step adds what a step shows, if it shows anything new.
func (t *Timeline) step(lane int, s Step, src Source, full bool) {
	row := Row{Lane: lane, At: s.At, Times: 1, Other: s.Other}
	for _, f := range s.Stack {
		if name, text, ok := src.line(f); ok {
			row.File, row.Line, row.Text, row.Own = name, f.Line, text, true
			break
		}
	}
	switch s.Kind {
	case Begin:
		row.Text, row.File, row.Line, row.Own = "begins", "", 0, false
	case Wait:
		row.Note = "waits for " + s.What
		if s.Other > 0 {
			row.Note += ", held by goroutine " + strconv.Itoa(s.Other)
		}
	case After:
		row.Note = "goes on"
	}
	if !row.Own && s.Kind != Begin {
		row.Text = cmp.Or(src.Elsewhere, "the test")
	}
	if !full && t.repeats(row) {
		t.Rows[len(t.Rows)-1].Times++
		return
	}
	t.Rows = append(t.Rows, row)
}

// repeats reports whether the row says what the last one said already: the
// same goroutine is still at the same line, or still somewhere in the test.
func (t *Timeline) repeats(r Row) bool {
	if len(t.Rows) == 0 {
		return false
	}
	last := t.Rows[len(t.Rows)-1]
	return last.Lane == r.Lane && last.File == r.File && last.Line == r.Line && (r.Note == "" || r.Note == last.Note || r.Note == "goes on") && r.Text == last.Text
}

// name gives lanes their titles: what the goroutine is busy with, as far as it
// is the student's code.
func (t *Timeline) name(steps []Step, src Source) {
	for i := range t.Lanes {
		l := &t.Lanes[i]
		for _, s := range steps {
			if f, ok := outermost(s, src); ok && s.Goroutine == l.Goroutine && s.Kind != Begin {
				l.name(f, f == s.Stack[len(s.Stack)-1], i == 0)
				break
			}
		}
	}
}

// outermost returns the frame of the student's that the others were called from.
func outermost(s Step, src Source) (last Frame, ok bool) {
	for _, f := range s.Stack {
		if _, _, own := src.line(f); own {
			last, ok = f, true
		}
	}
	return last, ok
}

func (l *Lane) name(f Frame, own, first bool) {
	switch {
	case first:
	case own:
		l.Name = fmt.Sprintf("started by your code, in %s", function(f.Func))
	default:
		l.Name = fmt.Sprintf("started by the test, calls %s", function(f.Func))
	}
}

// neverBack is what a row ends in when nothing follows it.
const neverBack = "   … and never comes back"

// lost marks goroutines that begin something and never come back from it.
func (t *Timeline) lost(steps []Step) {
	last := map[int]Kind{}
	for _, s := range steps {
		if s.Kind == End {
			break
		}
		last[s.Goroutine] = s.Kind
	}
	for i, l := range t.Lanes {
		if k := last[l.Goroutine]; k != Sync && k != Wait {
			continue
		}
		for n, r := range slices.Backward(t.Rows) {
			if r.Lane == i {
				if r.Own && r.Note == "" {
					t.Rows[n].Text += neverBack
				}
				break
			}
		}
	}
}

// function is the last part of a symbol: "Semaphore.Acquire".
func function(symbol string) string {
	symbol = symbol[strings.LastIndexByte(symbol, '/')+1:]
	_, name, _ := strings.Cut(symbol, ".")
	name = strings.NewReplacer("(*", "", ")", "").Replace(name)
	name, _, _ = strings.Cut(name, ".func")
	return name
}

// mark finds the last row at the line where it failed, else the last of all.
func (t *Timeline) mark(failing Frame) {
	for i, r := range slices.Backward(t.Rows) {
		if failing.Line > 0 && r.Line == failing.Line && path.Base(failing.File) == r.File {
			t.Rows[i].Mark = true
			return
		}
	}
	if len(t.Rows) > 0 {
		t.Rows[len(t.Rows)-1].Mark = true
	}
}
