package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

// home is the student's folder around the current one. Its folder is nil where
// there is none: then nothing is remembered.
type home struct {
	folder   *study.Folder
	progress study.Progress
}

const homeHint = "grade init DIR sets up a folder in which your progress is kept"

// openHome finds the student's folder and reads the progress. What cannot be
// read is a note and no more: it must not keep anybody from working.
func openHome(s streams) home {
	folder, ok := study.Find(".")
	if !ok {
		return home{}
	}
	p, err := folder.Progress()
	if err != nil {
		note(s, "your progress cannot be read, so it is as if you had begun today: %v", err)
	}
	for _, problem := range p.Problems {
		note(s, "%s", problem)
	}
	return home{folder, p}
}

// note tells what is worth knowing and changes nothing.
func note(s streams, format string, args ...any) {
	fmt.Fprintf(s.err, "note: %s\n", grader.Clean(fmt.Sprintf(format, args...)))
}

// record adds an event to the progress, where there is any.
func (h home) record(s streams, e study.Event) {
	if h.folder == nil {
		return
	}
	if err := h.folder.Record(e); err != nil {
		note(s, "this was not recorded: %v", err)
	}
}

// exercise finds what the argument names: a slug, a number, a name or a folder.
// Without an argument it is the exercise of the current folder, else the next
// one that is not passed.
func (h home) exercise(c *course.Course, args []string) (*grader.Exercise, error) {
	if len(args) > 0 {
		return named(c, args[0])
	}
	if ex, _, ok := here(c); ok {
		return ex, nil
	}
	if h.folder == nil {
		return nil, usagef("name one, as in 05-semaphore; "+homeHint, "the current folder is no exercise's")
	}
	slug := h.progress.Next(slugs(c))
	if slug == "" {
		return nil, usagef("name one, as in 05-semaphore", "you have passed every exercise")
	}
	return named(c, slug)
}

func slugs(c *course.Course) (list []string) {
	for _, ex := range c.Exercises {
		list = append(list, ex.Slug)
	}
	return list
}

func named(c *course.Course, name string) (*grader.Exercise, error) {
	if strings.ContainsAny(name, `/\`) {
		name = filepath.Base(filepath.Clean(name))
	}
	if ex, ok := c.Exercise(name); ok {
		return ex, nil
	}
	if err := c.Broken[name]; err != nil {
		return nil, &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	return nil, usagef(nearHint(c, name), "%q is no exercise of this course", name)
}

// here finds the exercise whose folder the current one is or lies in, and that folder.
func here(c *course.Course) (ex *grader.Exercise, dir string, ok bool) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, "", false
	}
	for {
		base := filepath.Base(dir)
		if i := slices.IndexFunc(c.Exercises, func(e *grader.Exercise) bool { return e.Slug == base }); i >= 0 {
			return c.Exercises[i], dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil, "", false
		}
		dir = up
	}
}

// dirOf is the folder of an exercise as the student would type it: the one
// around the current folder, or the one in the student's folder.
func (h home) dirOf(c *course.Course, ex *grader.Exercise) (string, bool) {
	if e, dir, ok := here(c); ok && e == ex {
		return shorter(dir), true
	}
	if h.folder == nil {
		return "", false
	}
	return shorter(h.folder.Dir(ex.Slug)), true
}

// shorter is dir relative to the current folder, if that can be told.
func shorter(dir string) string {
	wd, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(wd, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	if real, err := filepath.EvalSymlinks(wd); err == nil {
		if rel, err := filepath.Rel(real, dir); err == nil {
			return rel
		}
	}
	return dir
}

// nextPath is what grade judges when it is given no path.
func (o *gradeOptions) nextPath() (string, error) {
	const hint = "grade ./exercises/05-semaphore"
	h := openHome(o.streams)
	c, err := openCourse(o.course)
	if err != nil {
		return "", err
	}
	if _, _, ok := here(c); o.exercise != "" || !ok && h.folder == nil {
		return "", usagef(hint+", or, to go on where you were: "+homeHint, "give the folder of an exercise")
	}
	ex, err := h.exercise(c, nil)
	if err != nil {
		return "", err
	}
	dir, _ := h.dirOf(c, ex)
	if err := exists(dir); err != nil {
		return "", err
	}
	fmt.Fprintf(o.err, "grading %s, in %s\n", ex.Slug, grader.Clean(dir))
	return dir, nil
}

// remembers reports whether gradings of this command are a student's own work:
// for people to read, and not on a machine that forgets everything.
func (o *gradeOptions) remembers() bool {
	for f := range strings.SplitSeq(o.format, ",") {
		if f = strings.TrimSpace(f); f != "text" && f != "html" {
			return false
		}
	}
	return os.Getenv("CI") == ""
}

// keep records gradings of exercises in the student's folder around the current
// one, if they are that folder's own: another person's are nobody's progress.
func (o *gradeOptions) keep(reports []*grader.Report) {
	folder, ok := study.Find(".")
	if !ok || !o.remembers() {
		return
	}
	h := home{folder: folder}
	for _, r := range reports {
		e, ok := study.FromReport(r, o.quick || len(o.only) > 0, time.Now())
		if ok && folder.Holds(r.Submission.Dir, r.Exercise.Slug) {
			h.record(o.streams, e)
		}
	}
}
