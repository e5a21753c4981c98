package course

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// Schema names the format of exercise.json.
const Schema = "weft/exercise/v1"

// file is exercise.json.
type file struct {
	Schema string   `json:"schema"`
	Title  string   `json:"title"`
	Topic  string   `json:"topic"`
	Needs  []string `json:"needs"`
	Files  []string `json:"files"`
	// Provided names files of the package that the student gets and does not edit.
	Provided []string `json:"provided"`
	Imports  []string `json:"imports"`
	// Confinement is "processes" or "loopback" where the exercise needs them.
	Confinement string `json:"confinement"`
	Limits      limits `json:"limits"`
	// Schedules is by default defaultSchedules.
	Schedules *int        `json:"schedules"`
	Criteria  []criterion `json:"criteria"`
}

type limits struct {
	Test     string `json:"test"`
	Wall     string `json:"wall"`
	MemoryMB int64  `json:"memory_mb"`
	OutputMB int64  `json:"output_mb"`
}

type criterion struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Stage        string   `json:"stage"`
	Check        string   `json:"check"`
	Points       int      `json:"points"`
	Tests        []test   `json:"tests"`
	After        []string `json:"after"`
	AllOrNothing bool     `json:"all_or_nothing"`
	Advice       string   `json:"advice"`
}

type test struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Rule  string `json:"rule"`
}

// defaultSchedules is how many schedules of a test are explored where
// exercise.json does not say.
const defaultSchedules = 75

// LoadExercise reads one exercise and checks it.
func LoadExercise(src Source, slug string) (*grader.Exercise, error) {
	wrap := func(err error) error { return fmt.Errorf("%s: %w", slug, err) }
	if !IsSlug(slug) {
		return nil, wrap(errors.New(`the folder's name is no slug: two digits, a hyphen and a name, as in "05-semaphore"`))
	}
	raw, err := fs.ReadFile(src.Solutions, path.Join(slug, "exercise.json"))
	if err != nil {
		return nil, wrap(err)
	}
	f, err := decode(raw)
	if err != nil {
		return nil, wrap(fmt.Errorf("exercise.json: %w", err))
	}
	ex, err := f.exercise(slug)
	if err != nil {
		return nil, wrap(fmt.Errorf("exercise.json: %w", err))
	}
	if err := readSources(src, ex, f.Provided); err != nil {
		return nil, wrap(err)
	}
	if err := validate(ex); err != nil {
		return nil, wrap(err)
	}
	return ex, nil
}

// decode is strict: an unknown field is a typing mistake that would otherwise
// silently change a grade.
func decode(raw []byte) (*file, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, position(raw, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text after the closing brace")
	}
	if f.Schema != Schema {
		return nil, fmt.Errorf("schema is %q; this grader reads %q", f.Schema, Schema)
	}
	return &f, nil
}

// position puts the line in front of the message, where it is known.
func position(raw []byte, err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	offset := int64(len(raw)) // of a text that ends too early
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typ):
		offset = typ.Offset
	case strings.HasPrefix(err.Error(), unknownField):
		// The decoder does not say where; a name that is there once does.
		key := regexp.QuoteMeta(strings.TrimPrefix(err.Error(), unknownField)) + `\s*:`
		at := regexp.MustCompile(key).FindAllIndex(raw, 2)
		if len(at) != 1 {
			return err
		}
		offset = int64(at[0][0])
	}
	offset = min(offset, int64(len(raw)))
	return fmt.Errorf("line %d: %w", 1+bytes.Count(raw[:offset], []byte("\n")), err)
}

const unknownField = "json: unknown field "

func (f *file) exercise(slug string) (*grader.Exercise, error) {
	ex := &grader.Exercise{
		Slug: slug, Title: f.Title, Topic: f.Topic, Package: grader.PackageName(slug),
		Needs: f.Needs, Files: f.Files, Imports: f.Imports, Confinement: f.Confinement, Schedules: defaultSchedules,
	}
	if f.Schedules != nil {
		ex.Schedules = *f.Schedules
	}
	var err error
	if ex.Limits, err = f.Limits.parse(); err != nil {
		return nil, err
	}
	for _, c := range f.Criteria {
		out := grader.Criterion{
			ID: c.ID, Title: c.Title, Stage: c.Stage, Points: c.Points, Check: grader.Check(c.Check),
			After: c.After, AllOrNothing: c.AllOrNothing, Advice: c.Advice,
		}
		if c.Check == "" {
			out.Check = grader.CheckTests
		}
		for _, t := range c.Tests {
			out.Tests = append(out.Tests, grader.TestCase(t))
		}
		ex.Criteria = append(ex.Criteria, out)
	}
	return ex, nil
}

func (l limits) parse() (grader.Limits, error) {
	out := grader.Limits{Memory: l.MemoryMB << 20, Output: l.OutputMB << 20}
	for text, to := range map[string]*time.Duration{l.Test: &out.Test, l.Wall: &out.Wall} {
		if text == "" {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return out, fmt.Errorf("limits: %w", err)
		}
		*to = d
	}
	if l.Test == l.Wall {
		out.Test = out.Wall
	}
	return out, nil
}

// readSources reads the tests, the stub and what is provided beside it.
func readSources(src Source, ex *grader.Exercise, provided []string) error {
	var err error
	if ex.Hidden, err = readAll(src.Solutions, ex.Slug, func(n string) bool { return strings.HasSuffix(n, "_test.go") }); err != nil {
		return err
	}
	if ex.Visible, err = readAll(src.Exercises, ex.Slug, func(n string) bool { return strings.HasSuffix(n, "_test.go") }); err != nil {
		return err
	}
	if ex.Stub, err = readAll(src.Exercises, ex.Slug, func(n string) bool { return slices.Contains(ex.Files, n) }); err != nil {
		return err
	}
	ex.Provided = map[string][]byte{}
	for _, name := range provided {
		if ex.Provided[name], err = fs.ReadFile(src.Exercises, path.Join(ex.Slug, name)); err != nil {
			return fmt.Errorf("exercise.json: provided: exercises/%s/%s is not there: %w", ex.Slug, name, err)
		}
	}
	return nil
}

func readAll(from fs.FS, dir string, want func(name string) bool) (map[string][]byte, error) {
	entries, err := fs.ReadDir(from, dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if e.IsDir() || !want(e.Name()) {
			continue
		}
		if files[e.Name()], err = fs.ReadFile(from, path.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// sorted returns the names of files in order.
func sorted(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }
