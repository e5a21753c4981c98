package batch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// entry is one submission before it is read.
type entry struct {
	id        string
	path      string
	kind      kind
	problem   string // for unreadable
	help      string
	commit    string
	submitted *time.Time
}

type kind int

const (
	folder kind = iota
	zipped
	tarred
	unreadable
)

type discovery struct {
	entries []entry
	aside   []string // names of entries that are no submissions
}

// find lists the submissions of a folder or a roster, in order, without
// reading them.
func find(from, out string) (discovery, error) {
	info, err := os.Stat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return discovery{}, inputf("give the folder that holds a folder or an archive for each student, or a roster: grade batch ./submissions --out ./results", "there is no folder or roster %s", from)
	case err != nil:
		return discovery{}, inputf("look at its permissions", "cannot read %s: %v", from, err)
	case !info.IsDir() && !strings.EqualFold(filepath.Ext(from), ".csv"):
		return discovery{}, inputf("give the folder that it lies in, or a roster whose name ends in .csv", "%s is a file", from)
	}
	if err := outside(from, out, info); err != nil {
		return discovery{}, err
	}
	var d discovery
	if info.IsDir() {
		d, err = findIn(from)
	} else {
		d.entries, err = findByRoster(from)
	}
	if err != nil {
		return d, err
	}
	if len(d.entries) == 0 {
		return d, inputf("it should hold a folder, a .zip, a .tar.gz or a .tar for each student", "%s holds no submission", from)
	}
	return d, distinct(d.entries)
}

// outside refuses results among the submissions: they would be graded next time.
func outside(from, out string, info fs.FileInfo) error {
	if out == "" {
		return inputf("as in: grade batch ./submissions --out ./results", "--out is missing: the folder for the results")
	}
	if !info.IsDir() {
		return nil
	}
	from, e1 := filepath.Abs(from)
	to, e2 := filepath.Abs(out)
	if err := errors.Join(e1, e2); err != nil {
		return err
	}
	if rel, err := filepath.Rel(from, to); err == nil && filepath.IsLocal(rel) {
		return inputf("name a folder beside it, as in: --out "+filepath.Join(filepath.Dir(from), "results"), "the results would lie among the submissions, in %s", out)
	}
	return nil
}

func findIn(dir string) (discovery, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return discovery{}, inputf("look at its permissions", "cannot read %s: %v", dir, err)
	}
	var d discovery
	for _, de := range list {
		if ignored(de.Name()) {
			continue
		}
		e, is := entryFor(filepath.Join(dir, de.Name()), de)
		if is {
			d.entries = append(d.entries, e)
		} else {
			d.aside = append(d.aside, de.Name())
		}
	}
	return d, nil
}

// ignored are names that systems and tools leave behind.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX" || strings.EqualFold(name, "Thumbs.db") || strings.EqualFold(name, "desktop.ini")
}

// entryFor says what one entry of a folder is, and whether it is a submission at all.
func entryFor(path string, de fs.DirEntry) (entry, bool) {
	name := filepath.Base(path)
	stem, k := archiveKind(name)
	e := entry{path: path, kind: k}
	switch {
	case de.Type()&fs.ModeSymlink != 0:
		e.unreadable("%s is a symbolic link; the submission itself must lie there", name)
		stem = name
	case de.IsDir():
		e.kind, stem = folder, name
	case !de.Type().IsRegular():
		e.unreadable("%s is no ordinary file", name)
		stem = name
	case k == folder:
		return e, false
	case k == unreadable:
		e.unreadable("%s is an archive of a kind that is not read", name)
		e.help = "hand in a .zip, a .tar.gz or a .tar"
	}
	if !utf8.ValidString(name) {
		e.unreadable("the name of %q is not UTF-8", name)
		e.help = "rename it, as in student-17"
	}
	e.id = safeID(stem)
	return e, true
}

func (e *entry) unreadable(format string, args ...any) {
	e.kind, e.problem = unreadable, fmt.Sprintf(format, args...)
}

// archiveKind tells from a file's name how to read it; folder means that it is no archive.
func archiveKind(name string) (stem string, k kind) {
	lower := strings.ToLower(name)
	for _, x := range []struct {
		ext string
		k   kind
	}{
		{".zip", zipped}, {".tar.gz", tarred}, {".tgz", tarred}, {".tar", tarred},
		{".tar.bz2", unreadable}, {".tar.xz", unreadable}, {".tar.zst", unreadable}, {".rar", unreadable}, {".7z", unreadable},
		{".gz", unreadable}, {".bz2", unreadable}, {".xz", unreadable}, {".zst", unreadable},
	} {
		if strings.HasSuffix(lower, x.ext) && len(name) > len(x.ext) {
			return name[:len(name)-len(x.ext)], x.k
		}
	}
	return name, folder
}

// distinct refuses ids that cannot be kept apart in the folder of results, on
// some systems at least.
func distinct(entries []entry) error {
	seen := map[string]entry{}
	for _, e := range entries {
		key := strings.ToLower(e.id)
		if other, twice := seen[key]; twice {
			return inputf("rename one of them, or take it out", "two submissions bear the id %s: %s and %s", e.id, other.path, e.path)
		}
		seen[key] = e
	}
	return nil
}

// maxID is how long an id may be, in bytes.
const maxID = 150

// safeID makes a name fit to be the name of a folder on every system. What
// does not fit is written as % and two hexadecimal digits a byte, so that
// different names stay different.
func safeID(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		first, last := i == 0, i+n == len(name)
		if unfit(r, n) || first && r == '.' || last && (r == '.' || r == ' ') || first && reserved(name) {
			for _, c := range []byte(name[i : i+n]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	if id := b.String(); len(id) <= maxID {
		return id
	}
	return strings.ToValidUTF8(b.String()[:maxID-20], "") + "%" + digest([]byte(name))[:16]
}

func unfit(r rune, size int) bool {
	return r == utf8.RuneError && size == 1 || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`%/\:*?"<>|`, r)
}

// reserved are the names of devices on Windows, and our own folder.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch stem {
	case ownFolder, "con", "prn", "aux", "nul":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
