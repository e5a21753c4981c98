package batch

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Student is one row of a roster. All but ID may be empty.
type Student struct {
	ID, Name, Email string
	Path            string // of the work tree or archive, under the roster's folder
	Commit          string
	SubmittedAt     *time.Time
	Due             *time.Time // an extension: this student's own due time
}

var rosterColumns = []string{"id", "path", "folder", "name", "email", "commit", "submitted_at", "due"}

const rosterHint = "a roster is a CSV file whose first line names its columns: id, and any of path, name, email, commit, submitted_at, due"

// ReadRoster reads a CSV file with one student a row. Unknown columns are left
// alone. The error is an [InputError] that names the line.
func ReadRoster(name string) ([]Student, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, inputf(rosterHint, "cannot read the roster: %v", err)
	}
	body := strings.TrimPrefix(string(text), "\ufeff")
	head, _, _ := strings.Cut(body, "\n")
	r := csv.NewReader(strings.NewReader(body))
	if strings.Contains(head, ";") && !strings.Contains(head, ",") { // some spreadsheets, in some countries
		r.Comma = ';'
	}
	columns, err := r.Read()
	if err != nil {
		return nil, inputf(rosterHint, "%s: %v", name, err)
	}
	for i, c := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(c))
		if slices.Contains(rosterColumns, columns[i]) && slices.Index(columns, columns[i]) < i {
			return nil, inputf(rosterHint, "%s: two columns are called %s", name, columns[i])
		}
	}
	if !slices.Contains(columns, "id") {
		return nil, inputf(rosterHint, "%s has no column id", name)
	}
	return students(name, columns, r)
}

func students(name string, columns []string, r *csv.Reader) ([]Student, error) {
	var list []Student
	lines := map[string]int{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, inputf(rosterHint, "%s: %v", name, err)
		}
		line, _ := r.FieldPos(0)
		s, err := student(columns, row)
		if err != nil {
			return nil, inputf("mend the line", "%s:%d: %v", name, line, err)
		}
		if before := lines[strings.ToLower(s.ID)]; before > 0 {
			return nil, inputf("a student has one line", "%s:%d: the id %s is that of line %d", name, line, s.ID, before)
		}
		lines[strings.ToLower(s.ID)] = line
		list = append(list, s)
	}
}

func student(columns, row []string) (s Student, err error) {
	for i, c := range columns {
		v := strings.TrimSpace(row[i])
		switch c {
		case "id":
			s.ID = v
		case "path", "folder":
			if v != "" {
				s.Path = v
			}
		case "name":
			s.Name = v
		case "email":
			s.Email = v
		case "commit":
			s.Commit = v
		case "submitted_at":
			s.SubmittedAt, err = optionalTime(v)
		case "due":
			s.Due, err = optionalTime(v)
		}
		if err != nil {
			return s, errors.Join(errors.New(c), err)
		}
	}
	if s.ID == "" {
		return s, errors.New("the id is empty")
	}
	if safeID(s.ID) != s.ID {
		return s, errors.New("the id " + s.ID + " cannot name a folder on every system; use letters, digits, hyphens and dots")
	}
	return s, nil
}

func optionalTime(v string) (*time.Time, error) {
	if v == "" {
		return nil, nil
	}
	t, err := ParseTime(v)
	return &t, err
}

// ParseTime reads a time with its offset from UTC: without one, nobody could
// say when a submission was late.
func ParseTime(v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return t, errors.New(`"` + v + `" is no time with an offset, as 2026-11-23T18:00:00+01:00 or 2026-11-23T17:00:00Z`)
	}
	return t, nil
}

// findByRoster lists the submissions that a roster names.
func findByRoster(name string) ([]entry, error) {
	list, err := ReadRoster(name)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, s := range list {
		if s.Path == "" {
			return nil, inputf("add a column path with the folder or archive of each student", "%s names no path for %s", name, s.ID)
		}
		entries = append(entries, s.entry(filepath.Dir(name)))
	}
	return entries, nil
}

func (s Student) entry(base string) entry {
	e := entry{id: s.ID, path: filepath.FromSlash(s.Path), commit: s.Commit, submitted: s.SubmittedAt}
	if !filepath.IsAbs(e.path) {
		e.path = filepath.Join(base, e.path)
	}
	_, e.kind = archiveKind(filepath.Base(e.path))
	info, err := os.Stat(e.path)
	switch {
	case err != nil:
		e.unreadable("nothing was handed in: %s cannot be opened", s.Path)
		e.help = "look at the path in the roster"
	case info.IsDir():
		e.kind = folder
	case e.kind == folder || e.kind == unreadable || !info.Mode().IsRegular():
		e.unreadable("%s is neither a folder nor a .zip, .tar.gz or .tar", s.Path)
	}
	return e
}
