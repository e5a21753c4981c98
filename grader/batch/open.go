package batch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// work is one exercise of one submission.
type work struct {
	ex      *grader.Exercise
	dir     string // absolute
	problem string // why it is refused without a look into it
}

// open lays an archive out, where it is one, and finds the exercises in the
// submission. An error of the kind [refusal] is about the submission. Close
// removes what was laid out.
func (r *run) open(e entry) (list []work, close func(), err error) {
	close = func() {}
	if e.kind == unreadable {
		return nil, close, refusef(e.help, "%s", e.problem)
	}
	dir, err := filepath.Abs(e.path)
	if err != nil {
		return nil, close, err
	}
	if e.kind != folder {
		tmp, err := os.MkdirTemp(r.store.tmp(), "unpacked-")
		if err != nil {
			return nil, close, err
		}
		close = func() { os.RemoveAll(tmp) }
		r.opened.Lock()
		err = unpack(dir, e.kind, tmp)
		r.opened.Unlock()
		if err != nil {
			close()
			return nil, func() {}, err
		}
		if dir, err = filepath.Abs(tmp); err != nil {
			return nil, close, err
		}
	}
	list, err = r.exercises(dir)
	return list, close, err
}

// exercises finds the exercises in a folder.
func (r *run) exercises(dir string) ([]work, error) {
	list, deepest, err := recognise(r.o.Course, dir)
	if err != nil {
		return nil, err
	}
	if want := r.o.Exercise; want != nil {
		return []work{only(want, list, deepest)}, nil
	}
	if len(list) == 0 {
		return nil, refusef("give its folders the names of the exercises, as 05-semaphore, or name the one exercise of all submissions with --exercise",
			"no folder in it bears the name of an exercise")
	}
	return list, nil
}

// only takes the folder of the one exercise that is asked for, or else the
// submission as a whole.
func only(want *grader.Exercise, list []work, deepest string) work {
	for _, w := range list {
		if w.ex.Slug == want.Slug {
			return w
		}
	}
	return work{ex: want, dir: deepest}
}

// recognise looks for folders that bear the slug of an exercise: in dir, in
// its folder "exercises", or further down while a folder holds nothing but one
// other folder. It returns also the last folder that it looked into.
func recognise(c *course.Course, dir string) (list []work, deepest string, err error) {
	for range maxDepth {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, dir, err
		}
		if list = named(c, dir, entries); len(list) > 0 {
			return list, dir, nil
		}
		if ex, ok := bySlug(c, filepath.Base(dir)); ok {
			return []work{{ex: ex, dir: dir}}, dir, nil
		}
		next, ok := onward(entries)
		if !ok {
			break
		}
		dir = filepath.Join(dir, next)
	}
	return nil, dir, nil
}

// named lists the entries that bear the slug of an exercise.
func named(c *course.Course, dir string, entries []fs.DirEntry) (list []work) {
	for _, e := range entries {
		ex, ok := bySlug(c, e.Name())
		switch {
		case !ok:
		case e.Type()&fs.ModeSymlink != 0:
			list = append(list, work{ex: ex, dir: filepath.Join(dir, e.Name()), problem: e.Name() + " is a symbolic link; the folder itself must lie here"})
		case e.IsDir():
			list = append(list, work{ex: ex, dir: filepath.Join(dir, e.Name())})
		}
	}
	return list
}

// onward returns the folder to look into next: "exercises", or the only one
// where no source lies beside it.
func onward(entries []fs.DirEntry) (string, bool) {
	var folders []string
	source := false
	for _, e := range entries {
		switch {
		case ignored(e.Name()):
		case e.IsDir() && e.Name() == "exercises":
			return e.Name(), true
		case e.IsDir():
			folders = append(folders, e.Name())
		case wanted(e.Name()):
			source = true
		}
	}
	if len(folders) != 1 || source {
		return "", false
	}
	return folders[0], true
}

// bySlug finds an exercise by its slug only: a folder called 5 or queue may be
// anything.
func bySlug(c *course.Course, name string) (*grader.Exercise, bool) {
	ex, ok := c.Exercise(name)
	if !ok || ex.Slug != name {
		return nil, false
	}
	return ex, true
}

func isNoFolder(err error) bool {
	return errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}
