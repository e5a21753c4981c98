// Package submission reads what a student hands in. It takes the declared
// files only, follows no links, trusts no size, and applies the rules that can
// be checked before anything is compiled.
package submission

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/weft-course/weft/grader"
)

// Limits on what is read at all.
const (
	maxFile  = 128 << 10
	maxTotal = 512 << 10
	// maxEntries is how many files and folders may lie beside one another.
	maxEntries = 4096
)

// InputError is bad input that is no mistake in the code: a folder that is not
// there, a file that may not be read. Hint says what to do.
type InputError struct {
	Msg  string
	Hint string
	Err  error
}

func (e *InputError) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Open reads the submission for ex that lies in dir. Mistakes of the student's
// come back as findings; the error is an [InputError] or a fault of the machine.
func Open(dir string, ex *grader.Exercise) (*grader.Submission, []grader.Finding, error) {
	if err := folder(dir, ex); err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, unreadable(dir, err)
	}
	defer root.Close()
	entries, err := list(root)
	if err != nil {
		return nil, nil, unreadable(dir, err)
	}
	if len(entries) > maxEntries {
		return nil, nil, &InputError{Msg: fmt.Sprintf("%s holds more than %d files", dir, maxEntries), Hint: "give the folder of an exercise, as in: grade ./exercises/" + ex.Slug}
	}
	sub := &grader.Submission{Dir: dir, ID: filepath.Base(mustAbs(dir)), Files: map[string][]byte{}}
	var findings []grader.Finding
	for _, e := range entries {
		f, err := sub1(root, sub, ex, e)
		if err != nil {
			return nil, nil, err
		}
		findings = append(findings, f...)
	}
	findings = append(findings, missing(sub, ex)...)
	slices.Sort(sub.Names)
	sub.Hash = hash(sub)
	return sub, findings, nil
}

// list reads the names in a folder, in order, and never many more than there may be.
func list(root *os.Root) ([]fs.DirEntry, error) {
	d, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(maxEntries + 1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// folder explains what is wrong with dir, if it is no folder.
func folder(dir string, ex *grader.Exercise) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &InputError{Msg: fmt.Sprintf("there is no folder %s", dir), Hint: "give the folder of an exercise, as in: grade ./exercises/" + ex.Slug}
	case errors.Is(err, syscall.ELOOP):
		return &InputError{Msg: fmt.Sprintf("%s is a symbolic link that leads back to itself", dir), Hint: "give the real folder"}
	case err != nil:
		return unreadable(dir, err)
	case !info.IsDir():
		return &InputError{Msg: fmt.Sprintf("%s is a file", dir), Hint: "give its folder: grade " + shellPath(filepath.Dir(dir))}
	}
	return nil
}

func shellPath(p string) string {
	if filepath.IsAbs(p) || strings.HasPrefix(p, ".") {
		return p
	}
	return "." + string(filepath.Separator) + p
}

func unreadable(name string, err error) error {
	return &InputError{Msg: "cannot read " + name, Hint: "look at its permissions: you must be able to read it", Err: err}
}

func mustAbs(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	return abs
}

// sub1 takes one folder entry into sub, leaves it, or finds fault with it.
func sub1(root *os.Root, sub *grader.Submission, ex *grader.Exercise, e fs.DirEntry) ([]grader.Finding, error) {
	name := e.Name()
	declared := slices.Contains(ex.Files, name)
	given, provided := ex.Provided[name]
	switch {
	case !declared && (e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go")):
		return nil, nil // lessons, notes, the visible tests: not ours to read
	case provided && changed(root, name, given):
		return refuse(sub, name, "%s is given and has been changed: the course's own is used, so put it back and write into %s", name, strings.Join(ex.Files, " and ")), nil
	case provided:
		return nil, nil
	case !declared:
		return refuse(sub, name, "%s is not part of this exercise: put everything into %s", name, strings.Join(ex.Files, " and ")), nil
	case e.Type()&fs.ModeSymlink != 0:
		return refuse(sub, name, "%s is a symbolic link; the file itself must lie here", name), nil
	case !e.Type().IsRegular():
		return refuse(sub, name, "%s is no ordinary file", name), nil
	}
	info, err := e.Info()
	if err == nil && info.Size() > maxFile {
		return refuse(sub, name, "%s has %d bytes; at most %d are read", name, info.Size(), maxFile), nil
	}
	text, err := read(root, name)
	if err != nil {
		return nil, unreadable(filepath.Join(sub.Dir, name), err)
	}
	if len(text) > maxFile || total(sub)+len(text) > maxTotal {
		return refuse(sub, name, "the submission is too large: at most %d bytes a file and %d in all are read", maxFile, maxTotal), nil
	}
	sub.Files[name] = text
	sub.Names = append(sub.Names, name)
	return nil, nil
}

// changed reports whether the file is another one than was handed out, line
// ends aside.
func changed(root *os.Root, name string, given []byte) bool {
	text, err := read(root, name)
	unix := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
	return err != nil || !bytes.Equal(unix(text), unix(given))
}

// read reads a regular file and never more than it should.
func read(root *os.Root, name string) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("no ordinary file"))
	}
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func total(sub *grader.Submission) (n int) {
	for _, f := range sub.Files {
		n += len(f)
	}
	return n
}

func refuse(sub *grader.Submission, name, format string, args ...any) []grader.Finding {
	return []grader.Finding{{
		Cause: grader.CausePolicy, Message: fmt.Sprintf(format, args...),
		Pos: grader.Position{File: filepath.Join(sub.Dir, name), Line: 1},
	}}
}

func missing(sub *grader.Submission, ex *grader.Exercise) []grader.Finding {
	var out []grader.Finding
	for _, name := range ex.Files {
		if sub.Files[name] == nil && !hasEntry(sub.Dir, name) {
			out = append(out, grader.Finding{
				Cause: grader.CausePolicy, Message: fmt.Sprintf("%s is missing", filepath.Join(sub.Dir, name)),
				Help: fmt.Sprintf("this exercise is written in %s; is this the right folder?", name),
			})
		}
	}
	return out
}

func hasEntry(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}

func hash(sub *grader.Submission) string {
	h := sha256.New()
	for _, n := range sub.Names {
		fmt.Fprintf(h, "%s %d\n", n, len(sub.Files[n]))
		h.Write(sub.Files[n])
	}
	return hex.EncodeToString(h.Sum(nil))
}
