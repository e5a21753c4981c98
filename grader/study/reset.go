package study

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// Restored is what Reset did: the files that are stubs again, below the folder
// and with slashes, and where what they held before has been put.
type Restored struct {
	Files  []string
	Backup string // absolute; "" when nothing had to be changed
}

// Reset puts the files of an exercise back to its stub. It touches these files
// only, and first copies all of them that differ to a new folder below
// .weft/backups. If that fails nothing has been changed.
func (f *Folder) Reset(slug string, stub map[string][]byte, now time.Time) (Restored, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return Restored{}, fmt.Errorf("reset: %w", err)
	}
	defer root.Close()
	old, restore, err := differing(root, slug, stub)
	if err != nil || len(restore) == 0 {
		return Restored{}, err
	}
	var done Restored
	if len(old) > 0 {
		if done.Backup, err = f.backUp(root, old, now); err != nil {
			return Restored{}, fmt.Errorf("reset: nothing was changed: %w", err)
		}
	}
	for _, name := range restore {
		if err := replace(root, name, stub[path.Base(name)]); err != nil {
			return done, fmt.Errorf("reset: %w", err)
		}
		done.Files = append(done.Files, name)
	}
	return done, f.note(root, slug, stub)
}

// IsStub reports whether all files of an exercise's stub are there as the
// course has them, line ends aside: whether Reset would change nothing.
func (f *Folder) IsStub(slug string, stub map[string][]byte) (bool, error) {
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return false, fmt.Errorf("reset: %w", err)
	}
	defer root.Close()
	_, restore, err := differing(root, slug, stub)
	return len(restore) == 0, err
}

// differing reads the files that are not as the stub has them, and names those
// to be restored, missing ones among them.
func differing(root *os.Root, slug string, stub map[string][]byte) (old map[string][]byte, restore []string, err error) {
	old = map[string][]byte{}
	for _, base := range slices.Sorted(maps.Keys(stub)) {
		name := path.Join(exercisesDir, slug, base)
		text, err := root.ReadFile(filepath.FromSlash(name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			restore = append(restore, name)
		case err != nil:
			return nil, nil, fmt.Errorf("reset: nothing was changed: %w", err)
		case sum(text) != sum(stub[base]):
			old[name] = text
			restore = append(restore, name)
		}
	}
	return old, restore, nil
}

// backUp copies files into a folder of their own, named by the time.
func (f *Folder) backUp(root *os.Root, files map[string][]byte, now time.Time) (string, error) {
	if err := root.MkdirAll(filepath.FromSlash(backupDir), 0o755); err != nil {
		return "", err
	}
	stamp := now.Format("20060102-150405")
	dir := path.Join(backupDir, stamp)
	for i := 2; ; i++ {
		err := root.Mkdir(filepath.FromSlash(dir), 0o755)
		if err == nil {
			break
		} else if !errors.Is(err, fs.ErrExist) || i > 1000 {
			return "", err
		}
		dir = path.Join(backupDir, fmt.Sprintf("%s-%d", stamp, i))
	}
	for name, text := range files {
		if err := replace(root, path.Join(dir, name), text); err != nil {
			return "", err
		}
	}
	return filepath.Join(f.Root, filepath.FromSlash(dir)), nil
}

// note says in the manifest that these files are as they were handed out.
func (f *Folder) note(root *os.Root, slug string, stub map[string][]byte) error {
	m, err := readManifest(root)
	if err != nil {
		return err
	}
	for base, text := range stub {
		m[path.Join(exercisesDir, slug, base)] = sum(text)
	}
	return writeManifest(root, m)
}
