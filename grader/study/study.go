// Package study keeps what belongs to one student's work: the folder that
// "grade init" writes and updates, the progress file in it, which hint comes
// next, and the way back to the stub. It knows files and the kernel's words,
// and neither runs nor prints anything.
package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Names of what lies in a folder besides the exercises.
const (
	// ProgressFile is the record of what was graded; see [Progress].
	ProgressFile = "weft-progress.txt"
	manifestFile = ".weft/manifest.txt"
	backupDir    = ".weft/backups"
	exercisesDir = "exercises"
)

// Folder is a student's own folder, as Init writes it.
type Folder struct {
	Root string // absolute, with symbolic links resolved
}

// Find looks for the student's folder around dir: the nearest one upwards that
// Init has written.
func Find(dir string) (*Folder, bool) {
	dir, err := real(dir)
	if err != nil {
		return nil, false
	}
	for {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(manifestFile)))
		if err == nil && info.Mode().IsRegular() {
			return &Folder{Root: dir}, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil, false
		}
		dir = up
	}
}

// real is dir as an absolute path without symbolic links.
func real(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// Dir is where an exercise lies.
func (f *Folder) Dir(slug string) string { return filepath.Join(f.Root, exercisesDir, slug) }

// Holds reports whether dir is the folder of that exercise here, and not a
// copy of it somewhere else.
func (f *Folder) Holds(dir, slug string) bool {
	got, err1 := os.Stat(dir)
	want, err2 := os.Stat(f.Dir(slug))
	return err1 == nil && err2 == nil && os.SameFile(got, want)
}

// Edited reports whether one of the files that an exercise's stub consists of
// is no longer as it was handed out, line ends aside.
func (f *Folder) Edited(slug string, stub map[string][]byte) (bool, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return false, fmt.Errorf("study: %w", err)
	}
	defer root.Close()
	given, err := readManifest(root)
	if err != nil {
		return false, err
	}
	for base, text := range stub {
		name := path.Join(exercisesDir, slug, base)
		got, err := root.ReadFile(filepath.FromSlash(name))
		if err == nil && sum(got) != given[name] && sum(got) != sum(text) {
			return true, nil
		}
	}
	return false, nil
}

// RefusedError says that a folder cannot become, or is not, a student's. Hint
// says what to do.
type RefusedError struct{ Msg, Hint string }

func (e *RefusedError) Error() string { return e.Msg }

// replace writes a file at once: whoever looks finds the old text or the new one.
func replace(root *os.Root, name string, text []byte) error {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	tmp := filepath.Join(filepath.Dir(name), ".weft-"+strings.TrimPrefix(filepath.Base(name), ".")+".tmp")
	err := root.WriteFile(tmp, text, 0o644)
	if err == nil {
		err = root.Rename(tmp, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, ignoreMissing(root.Remove(tmp))))
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
