package study

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-course/weft/grader"
)

// Kind says what an [Event] tells of.
type Kind string

// The kinds. Lines of another kind, from a later grader, are kept and left alone.
const (
	Graded Kind = "graded"
	Hinted Kind = "hint"
	GaveUp Kind = "gave-up"
	Reset  Kind = "reset"
)

// Event is one line of the progress file:
//
//	2026-11-23T22:40:01.123Z graded 05-semaphore result=failed score=75/100 failed=race,leak code=9f3a1c42
//	2026-11-23T22:41:30.000Z hint 05-semaphore number=3
//	2026-11-23T22:50:00.000Z gave-up 05-semaphore
//	2026-11-23T22:55:00.000Z reset 05-semaphore
type Event struct {
	Time     time.Time
	Kind     Kind
	Exercise string // its slug
	// Result of a grading: resultPassed, resultFailed, or resultPartial where
	// only some criteria were judged, which earns nothing and proves nothing.
	Result     string
	Score, Max int
	// Failed names the criteria that failed and the causes, hints are chosen by them.
	Failed []string
	Code   string // the first digits of the submission's hash
	Hint   int    // number of the hint that was shown
}

const (
	resultPassed  = "passed"
	resultFailed  = "failed"
	resultPartial = "partial"
)

// header stands at the top of a new progress file.
const header = `# What you did in this course, a line for each event, written by grade. Keep it under version control:
# the lines of two machines belong together in any order, and a line that is there twice counts once.
`

// FromReport makes the event of a grading; partial says that not everything was
// judged. There is none (false) for a grading in which the grader broke.
func FromReport(r *grader.Report, partial bool, now time.Time) (Event, bool) {
	e := Event{Time: now, Kind: Graded, Exercise: r.Exercise.Slug, Result: resultFailed, Score: r.Score, Max: r.MaxScore}
	e.Code = r.Submission.Hash[:min(8, len(r.Submission.Hash))]
	for _, f := range r.Findings {
		e.Failed = append(e.Failed, string(f.Cause))
	}
	for _, c := range r.Checks {
		switch c.Verdict {
		case grader.Errored:
			return Event{}, false
		case grader.Failed:
			e.Failed = append(e.Failed, c.ID, string(c.Kind))
		}
	}
	e.Failed = words(e.Failed)
	switch {
	case partial:
		e.Result = resultPartial
	case r.AllPassed():
		e.Result = resultPassed
	}
	return e, r.Status != grader.StatusError && e.Exercise != ""
}

var word = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// words keeps each word once, in order, and nothing that could break a line.
func words(list []string) (out []string) {
	for _, w := range list {
		if word.MatchString(w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// String is the event as a line, without its end.
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", e.Time.UTC().Format("2006-01-02T15:04:05.000Z"), e.Kind, e.Exercise)
	switch e.Kind {
	case Graded:
		fmt.Fprintf(&b, " result=%s score=%d/%d", e.Result, e.Score, e.Max)
		if len(e.Failed) > 0 {
			fmt.Fprintf(&b, " failed=%s", strings.Join(e.Failed, ","))
		}
		if e.Code != "" {
			fmt.Fprintf(&b, " code=%s", e.Code)
		}
	case Hinted:
		fmt.Fprintf(&b, " number=%d", e.Hint)
	}
	return b.String()
}

// parse reads one line.
func parse(line string) (Event, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 || !utf8.ValidString(line) {
		return Event{}, errors.New("it is not a time, an event and an exercise")
	}
	at, err := time.Parse(time.RFC3339Nano, fields[0])
	if err != nil {
		return Event{}, errors.New("it does not begin with a time such as 2026-11-23T22:40:01.123Z")
	}
	e := Event{Time: at, Kind: Kind(fields[1]), Exercise: fields[2]}
	for _, f := range fields[3:] {
		key, value, _ := strings.Cut(f, "=")
		if err := e.set(key, value); err != nil {
			return Event{}, err
		}
	}
	return e, e.check()
}

// set takes one key=value; a key of a later grader is left alone.
func (e *Event) set(key, value string) (err error) {
	switch key {
	case "result":
		e.Result = value
	case "score":
		got, most, _ := strings.Cut(value, "/")
		e.Score, err = strconv.Atoi(got)
		if err == nil {
			e.Max, err = strconv.Atoi(most)
		}
	case "failed":
		e.Failed = words(strings.Split(value, ","))
	case "code":
		e.Code = value
	case "number":
		e.Hint, err = strconv.Atoi(value)
	}
	if err != nil {
		return fmt.Errorf("%s=%s is no number", key, value)
	}
	return nil
}

func (e *Event) check() error {
	known := []string{resultPassed, resultFailed, resultPartial}
	switch {
	case e.Kind == Graded && !slices.Contains(known, e.Result):
		return fmt.Errorf("its result is %q, and not one of %s", e.Result, strings.Join(known, ", "))
	case e.Kind == Graded && (e.Max <= 0 || e.Score < 0 || e.Score > e.Max):
		return fmt.Errorf("its score is %d/%d", e.Score, e.Max)
	case e.Kind == Hinted && e.Hint < 1:
		return errors.New("it names no hint")
	}
	return nil
}

// Progress is what a progress file tells.
type Progress struct {
	Events []Event // in order of time, each once
	// Problems say which lines cannot be read, and why. They are left where they are.
	Problems []string
}

// Progress reads the progress file. A missing one is an empty one.
func (f *Folder) Progress() (Progress, error) {
	text, err := os.ReadFile(filepath.Join(f.Root, ProgressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Progress{}, nil
	} else if err != nil {
		return Progress{}, fmt.Errorf("progress: %w", err)
	}
	return parseProgress(text), nil
}

func parseProgress(text []byte) (p Progress) {
	seen := map[string]bool{}
	n := 0
	for raw := range bytes.Lines(text) {
		n++
		line := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") || seen[line] {
			continue
		}
		seen[line] = true
		e, err := parse(line)
		if err != nil {
			p.Problems = append(p.Problems, fmt.Sprintf("%s:%d is left out: %s", ProgressFile, n, reason(line, err)))
			continue
		}
		p.Events = append(p.Events, e)
	}
	slices.SortStableFunc(p.Events, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.String(), b.String()))
	})
	return p
}

// reason recognises what a merge has left behind.
func reason(line string, err error) string {
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(line, mark) {
			return "it is a conflict mark of git; delete such lines and keep all others"
		}
	}
	return err.Error()
}

// Record adds an event at the end of the progress file, in one piece. What is
// in the file already is never touched.
func (f *Folder) Record(e Event) (err error) {
	file, err := os.OpenFile(filepath.Join(f.Root, ProgressFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text := e.String() + "\n"
	switch end, err := lastByte(file); {
	case err != nil:
		return fmt.Errorf("progress: %w", err)
	case end == 0:
		text = header + text
	case end != '\n': // somebody's editor, or a machine that died
		text = "\n" + text
	}
	if _, err = file.WriteString(text); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	return nil
}

// lastByte returns the last byte of a file, 0 for an empty one.
func lastByte(file *os.File) (byte, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return 0, err
	}
	var last [1]byte
	if _, err = file.ReadAt(last[:], info.Size()-1); err == nil && last[0] == 0 {
		return ' ', nil
	}
	return last[0], err
}
