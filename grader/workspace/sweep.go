package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	scratchPrefix = "weft-scratch-"
	newPrefix     = "weft-new-" // of a folder that has no lock yet
	lockFile      = "lock"
	// abandoned is the age after which a folder without a lock is nobody's: its
	// grader was killed between two system calls.
	abandoned = time.Hour
)

// scratch makes a folder in temp, or in the system's own folder for such, that
// bears a lock for as long as its grader lives. What killed graders have left
// there is removed first.
func scratch(temp string) (dir string, lock *flock.Flock, err error) {
	if temp == "" {
		temp = os.TempDir()
	}
	sweep(temp)
	if dir, err = os.MkdirTemp(temp, fmt.Sprintf("%s%d-", newPrefix, os.Getpid())); err != nil {
		return "", nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", nil, err
	}
	lock = flock.New(filepath.Join(dir, lockFile))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return "", nil, errors.Join(err, remove(dir))
	}
	if runtime.GOOS == "windows" { // no folder with an open file can be renamed there
		return dir, lock, nil
	}
	locked := filepath.Join(filepath.Dir(dir), scratchPrefix+strings.TrimPrefix(filepath.Base(dir), newPrefix))
	if err := os.Rename(dir, locked); err != nil {
		return "", nil, errors.Join(err, lock.Unlock(), remove(dir))
	}
	return locked, lock, nil
}

// sweep removes the folders whose graders are gone. What cannot be removed is
// left to the next one.
func sweep(temp string) {
	dirs, _ := filepath.Glob(filepath.Join(temp, scratchPrefix+"*"))
	for _, dir := range dirs {
		lock := flock.New(filepath.Join(dir, lockFile), flock.SetFlag(os.O_RDWR))
		switch ok, err := lock.TryLock(); {
		case ok && err == nil:
			lock.Unlock()
			remove(dir)
		case errors.Is(err, fs.ErrNotExist): // half removed: a compiler still wrote there
			remove(dir)
		}
	}
	dirs, _ = filepath.Glob(filepath.Join(temp, newPrefix+"*"))
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > abandoned {
			remove(dir)
		}
	}
}

// removePatience is how long programs that were just killed may go on writing.
const removePatience = 5 * time.Second

// remove deletes a folder, with those in it that a student's process made
// read-only, and what killed compilers write while it does.
func remove(dir string) (err error) {
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(p, 0o700)
		}
		return nil
	})
	for end := time.Now().Add(removePatience); ; {
		if err = os.RemoveAll(dir); err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
