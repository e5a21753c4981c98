// Package course reads a course from a file system: two mirrored folders per
// exercise, one with what the student gets and one with what judges it. It is
// strict, and says everything that is wrong at once.
package course

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"github.com/weft-course/weft/grader"
)

// Source is where a course lies. Both file systems have a folder per exercise.
type Source struct {
	Exercises fs.FS
	Solutions fs.FS
	// Root is the folder on disk that holds exercises and solutions, when
	// there is one: the author's commands need it.
	Root string
}

// Course is a set of exercises in order of their slugs.
type Course struct {
	Source    Source
	Exercises []*grader.Exercise
	// Broken holds what is wrong with exercises that cannot be used. One of
	// them does not keep the others from being graded.
	Broken map[string]error
}

// Err joins what is wrong with all exercises.
func (c *Course) Err() error {
	var errs []error
	for _, slug := range slices.Sorted(maps.Keys(c.Broken)) {
		errs = append(errs, c.Broken[slug])
	}
	return errors.Join(errs...)
}

var slugForm = regexp.MustCompile(`^[0-9]{2}-[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// IsSlug reports whether s has the form of an exercise's slug.
func IsSlug(s string) bool { return slugForm.MatchString(s) }

// Open finds a course in a folder or a zip file that holds the folders
// exercises and solutions.
func Open(name string) (Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Source{}, fmt.Errorf("course: %w", err)
	}
	root, dir := fs.FS(nil), ""
	if info.IsDir() {
		root, dir = os.DirFS(name), name
	} else if root, err = zip.OpenReader(name); err != nil {
		return Source{}, fmt.Errorf("course: %s is neither a folder nor a zip file: %w", name, err)
	}
	src := Source{Root: dir}
	for sub, to := range map[string]*fs.FS{"exercises": &src.Exercises, "solutions": &src.Solutions} {
		if _, err := fs.Stat(root, sub); err != nil {
			return Source{}, fmt.Errorf("course: %s has no folder %q; a course has exercises and solutions", name, sub)
		}
		if *to, err = fs.Sub(root, sub); err != nil {
			return Source{}, fmt.Errorf("course: %w", err)
		}
	}
	return src, nil
}

// Find looks for a checkout of a course around dir: the nearest folder upwards
// that holds exercises and solutions.
func Find(dir string) (root string, ok bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		_, e1 := os.Stat(filepath.Join(dir, "exercises"))
		s, e2 := filepath.Glob(filepath.Join(dir, "solutions", "*", "exercise.json"))
		if e1 == nil && e2 == nil && len(s) > 0 {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// Load reads and checks every exercise. The error is for a course that cannot
// be read at all; see [Course.Err] for what is wrong within.
func Load(src Source) (*Course, error) {
	c := &Course{Source: src, Broken: map[string]error{}}
	slugs, err := Slugs(src)
	if err != nil {
		return nil, err
	}
	loaded := make([]*grader.Exercise, len(slugs))
	failed := make([]error, len(slugs))
	var all sync.WaitGroup
	for i, slug := range slugs {
		all.Go(func() { loaded[i], failed[i] = LoadExercise(src, slug) })
	}
	all.Wait()
	for i, slug := range slugs {
		if failed[i] != nil {
			c.Broken[slug] = failed[i]
			continue
		}
		ex := loaded[i]
		c.Exercises = append(c.Exercises, ex)
		for _, need := range ex.Needs {
			if !slices.Contains(slugs, need) {
				c.Broken[slug] = errors.Join(c.Broken[slug], fmt.Errorf("%s: exercise.json: needs %q, which is no exercise of this course", slug, need))
			}
		}
	}
	return c, nil
}

// Slugs lists the exercises of a course without reading them.
func Slugs(src Source) ([]string, error) {
	entries, err := fs.ReadDir(src.Solutions, ".")
	if err != nil {
		return nil, fmt.Errorf("course: %w", err)
	}
	var slugs []string
	for _, e := range entries {
		if _, err := fs.Stat(src.Solutions, path.Join(e.Name(), "exercise.json")); err == nil {
			slugs = append(slugs, e.Name())
		}
	}
	if len(slugs) == 0 {
		return nil, errors.New("course: no exercise found: no folder in solutions holds an exercise.json")
	}
	slices.Sort(slugs)
	return slugs, nil
}

// Exercise finds an exercise by its slug, its number or its name.
func (c *Course) Exercise(name string) (*grader.Exercise, bool) {
	for _, ex := range c.Exercises {
		num, short, _ := strings.Cut(ex.Slug, "-")
		if name == ex.Slug || name == num || name == short || name == strings.TrimPrefix(num, "0") {
			return ex, true
		}
	}
	return nil, false
}

// Nearest returns the slug most like name, or "" when none is near.
func (c *Course) Nearest(name string) string {
	best, at := "", 5
	for _, ex := range c.Exercises {
		_, short, _ := strings.Cut(ex.Slug, "-")
		d := min(levenshtein.ComputeDistance(name, ex.Slug), levenshtein.ComputeDistance(name, short))
		if d < at && d < max(len(name), 2) {
			best, at = ex.Slug, d
		}
	}
	return best
}

// Hints returns an exercise's HINTS.md.
func (c *Course) Hints(slug string) (string, error) {
	text, err := fs.ReadFile(c.Source.Solutions, path.Join(slug, "HINTS.md"))
	if err != nil {
		return "", fmt.Errorf("course: hints: %w", err)
	}
	return string(text), nil
}

// Lesson returns an exercise's README in the language "en" or "zh".
func (c *Course) Lesson(slug, lang string) (string, error) {
	name := map[string]string{"en": "README.md", "zh": "README.zh.md"}[lang]
	text, err := fs.ReadFile(c.Source.Exercises, path.Join(slug, cmp.Or(name, "README.md")))
	if err != nil {
		return "", fmt.Errorf("course: lesson: %w", err)
	}
	return string(text), nil
}
