package gotest

import (
	"fmt"
	"strings"

	"github.com/weft-course/weft/grader"
)

// race is one report of the race detector: two accesses, and for each of the
// goroutines where it was created.
type race struct {
	accesses []access
	created  map[string][]Frame // by "goroutine 7"
}

// access is one side of a race.
type access struct {
	write, atomic, previous bool
	who                     string // "goroutine 7", "main goroutine"
	frames                  []Frame
}

// readRace parses a report. Sections that it does not know are skipped.
func readRace(list []string) race {
	r := race{created: map[string][]Frame{}}
	var frames []Frame
	var pending string
	put := func([]Frame) {}
	for _, line := range list {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case indent == 0 && strings.HasSuffix(line, ":"):
			put(frames)
			frames, pending = nil, ""
			put = r.section(strings.TrimSuffix(line, ":"))
		case indent == 2:
			pending = withoutArguments(strings.TrimSpace(line))
		case indent > 2 && pending != "":
			if file, n := fileLine(strings.TrimSpace(line)); n > 0 && len(frames) < maxFrames {
				frames = append(frames, Frame{Func: pending, File: file, Line: n})
			}
			pending = ""
		}
	}
	put(frames)
	return r
}

// section begins what a headline announces and returns who takes its frames.
func (r *race) section(title string) func([]Frame) {
	if who, ok := strings.CutSuffix(title, " created at"); ok {
		who, _, _ = strings.Cut(who, " (")
		return func(f []Frame) { r.created[strings.ToLower(who)] = f }
	}
	what, who, ok := strings.Cut(title, " by ")
	what, _, located := strings.Cut(strings.ToLower(what), " at 0x")
	write := strings.HasSuffix(what, "write")
	if !ok || !located || len(r.accesses) == 2 || !write && !strings.HasSuffix(what, "read") {
		return func([]Frame) {}
	}
	r.accesses = append(r.accesses, access{
		write:    write,
		atomic:   strings.Contains(what, "atomic"),
		previous: strings.HasPrefix(what, "previous"),
		who:      who,
	})
	a := &r.accesses[len(r.accesses)-1]
	return func(f []Frame) { a.setFrames(f) }
}

func (a *access) setFrames(frames []Frame) {
	a.frames = frames
	if len(frames) > 0 && strings.Contains(frames[0].Func, "atomic.") {
		a.atomic = true
	}
}

// side is an access in a student's terms.
type side struct {
	pos   grader.Position // zero when the access is not in the student's code
	verb  string          // "writes", "reads"
	where string          // "at semaphore.go:41 (Semaphore.Acquire)"
	call  bool            // the access is in a function of the caller's, called at pos
}

func (s side) here() string {
	if s.call {
		return " in the function that is called here"
	}
	return " here"
}

// side finds the student's innermost line of an access.
func (a access) side(src Source) side {
	s := side{verb: "reads it"}
	if a.write {
		s.verb = "writes it"
	}
	if a.atomic {
		s.verb += " atomically"
	}
	viaTest := false
	for _, f := range a.frames {
		if s.pos = src.position(f); s.pos.IsValid() {
			break
		}
		viaTest = viaTest || src.isTest(f)
	}
	s.where, s.call = whereabouts(s.pos, viaTest), viaTest
	return s
}

func whereabouts(pos grader.Position, viaTest bool) string {
	switch {
	case pos.IsValid() && viaTest:
		return "in a function of the caller's that is called at " + at(pos)
	case pos.IsValid():
		return "at " + at(pos)
	case viaTest:
		return "in the caller's code (a test)"
	}
	return "at a place that the race detector has lost"
}

// raceSet merges reports of the same two lines.
type raceSet struct {
	list  []*raceReport
	byKey map[string]*raceReport
	isNew bool
}

type raceReport struct {
	race  race
	sides [2]side
	index int // place in the list of findings
	count int
	text  string
}

func (s *raceSet) latest() *raceReport { return s.list[len(s.list)-1] }

// add takes a report in. Forged ones that lack an access are dropped.
func (s *raceSet) add(b block, src Source) {
	s.isNew = false
	r := readRace(b.lines)
	if len(r.accesses) != 2 {
		return
	}
	report := &raceReport{race: r, count: 1, text: b.text()}
	for i, a := range r.accesses {
		report.sides[i] = a.side(src)
	}
	key := report.key()
	if known := s.byKey[key]; known != nil {
		known.count++
		return
	}
	if s.byKey == nil {
		s.byKey = map[string]*raceReport{}
	}
	s.byKey[key], s.list, s.isNew = report, append(s.list, report), true
}

// key is the same for both orders of a pair of lines, and for a read and a
// write of the same statement.
func (r *raceReport) key() string {
	a, b := r.sides[0].where, r.sides[1].where
	return min(a, b) + "|" + max(a, b)
}

// fill puts each finding in the place that was kept for it.
func (s *raceSet) fill(found []grader.Finding, src Source) {
	for _, r := range s.list {
		found[r.index] = r.finding(src)
	}
}

// finding words a race. The write comes first: it is the access to think about.
func (r *raceReport) finding(src Source) grader.Finding {
	first, second := 0, 1
	if r.after(r.sides[first], r.sides[second]) {
		first, second = second, first
	}
	a, b := r.sides[first], r.sides[second]
	f := grader.Finding{
		Cause:    grader.CauseRace,
		Pos:      a.pos,
		Message:  raceMessage(a, b),
		Evidence: r.text,
	}
	if b.pos.IsValid() && b.pos != a.pos {
		f.Notes = append(f.Notes, grader.Note{Pos: b.pos, Text: "Another goroutine " + b.verb + b.here() + "."})
	}
	for _, i := range []int{first, second} {
		f.Notes = append(f.Notes, r.origin(i, src)...)
	}
	if r.count > 1 {
		f.Notes = append(f.Notes, grader.Note{Text: fmt.Sprintf("The same two places were reported %d times.", r.count)})
	}
	f.Help = raceHelp(a, b)
	return f
}

// after says whether b should be told before a.
func (r *raceReport) after(a, b side) bool {
	if a.pos.IsValid() != b.pos.IsValid() {
		return b.pos.IsValid()
	}
	return !strings.HasPrefix(a.verb, "write") && strings.HasPrefix(b.verb, "write")
}

func raceMessage(a, b side) string {
	const intro = "Two goroutines use the same memory with nothing that orders them: "
	if a.verb == b.verb && a.where == b.where {
		return intro + "both " + strings.Replace(a.verb, "s it", " it", 1) + " " + a.where + "."
	}
	if a.where == b.where {
		return intro + fmt.Sprintf("one %s while another %s, both %s.", a.verb, b.verb, a.where)
	}
	return intro + fmt.Sprintf("one %s %s while another %s %s.", a.verb, a.where, b.verb, b.where)
}

func raceHelp(a, b side) string {
	atomicA, atomicB := strings.HasSuffix(a.verb, "atomically"), strings.HasSuffix(b.verb, "atomically")
	switch {
	case atomicA != atomicB:
		return "Use atomic operations for every access to this variable, or a lock for every access."
	case !a.pos.IsValid() && !b.pos.IsValid():
		return "The caller relies on your code to order these two: look at what should happen before your function returns, and whom it lets in at once."
	}
	return ""
}

// origin notes where the goroutine of access i was started, if by the student.
// The race detector does not know the callers of package sync and sync/atomic,
// so a goroutine that wg.Go started has no such line, and an atomic access often
// no line at all.
func (r *raceReport) origin(i int, src Source) []grader.Note {
	for _, f := range r.race.created[strings.ToLower(r.race.accesses[i].who)] {
		if pos := src.position(f); pos.IsValid() {
			return []grader.Note{{Pos: pos, Text: "The goroutine that " + r.sides[i].verb + " was started here."}}
		}
	}
	return nil
}

// limit words what the race detector says when it gives up, which ends the process.
func limit(b block) grader.Finding {
	if strings.HasPrefix(b.lines[0], "race: limit on ") {
		return grader.Finding{
			Cause:    grader.CauseCrash,
			Message:  "More goroutines were alive at once than the race detector can watch.",
			Help:     "Bound the number of goroutines: let a fixed set of workers take the work from a channel.",
			Evidence: b.text(),
		}
	}
	return grader.Finding{
		Cause:    grader.CauseMemory,
		Message:  "The program asks for more memory than it may have.",
		Evidence: b.text(),
	}
}
