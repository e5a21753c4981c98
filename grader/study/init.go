package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Action is what Init did about a file.
type Action string

// The actions. A file that was as it should be is not reported.
const (
	Added   Action = "added"   // it was not there
	Updated Action = "updated" // the student had not edited it
	Kept    Action = "kept"    // edited, and the course has a new version, written beside it
	Retired Action = "retired" // the course has it no longer; it was left where it is
)

// Change is what Init did about one file.
type Change struct {
	Path   string // below the folder, with slashes
	Action Action
	Beside string // where the new version of a kept file was written
}

// Init writes the files, named by slash-separated paths, into the folder dir,
// which may be missing, empty, or one that Init has written before. It never
// overwrites a file that was edited: a new version of such a file goes beside
// it, as FILE.new. Killed half-way, it is finished by the next call. The error
// is a [RefusedError] for a folder that is something else.
func Init(dir string, files map[string][]byte) ([]Change, error) {
	if err := alone(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &RefusedError{Msg: "cannot make the folder: " + err.Error(), Hint: "name a folder that you may write to"}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	defer root.Close()
	if err := begin(root, dir); err != nil {
		return nil, err
	}
	before, err := readManifest(root)
	if err != nil {
		return nil, err
	}
	after := manifest{}
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(files)) {
		c, err := bring(root, name, files[name], before, after)
		if err != nil {
			return nil, fmt.Errorf("init: %w", err)
		}
		changes = append(changes, c...)
	}
	changes = append(changes, retired(root, files, before)...)
	return changes, writeManifest(root, after)
}

// alone refuses a folder within another student's folder.
func alone(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	up := filepath.Dir(abs)
	for up != filepath.Dir(up) {
		if _, err := os.Stat(up); err == nil {
			break
		}
		up = filepath.Dir(up)
	}
	if other, ok := Find(up); ok {
		return &RefusedError{Msg: fmt.Sprintf("%s lies within %s, which grade init has set up already", dir, other.Root), Hint: "to update that one, go there and run: grade init ."}
	}
	return nil
}

// begin refuses a folder that holds somebody's work, and marks a new one before
// anything else is written.
func begin(root *os.Root, dir string) error {
	if _, err := root.Stat(filepath.FromSlash(manifestFile)); err == nil {
		return nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	for _, e := range entries {
		if !harmless.MatchString(e.Name()) {
			return &RefusedError{Msg: fmt.Sprintf("%s is not empty: it holds %s", dir, e.Name()), Hint: "name an empty or a new folder, as in: grade init weft"}
		}
	}
	return writeManifest(root, manifest{})
}

// harmless is what lies in a repository that was just made.
var harmless = regexp.MustCompile(`(?i)^(\.git|\.github|\.gitignore|\.gitattributes|\.DS_Store|\.devcontainer|\.weft|README(\.md)?|LICENSE(\.md|\.txt)?)$`)

// bring makes one file what it should be, or leaves it to the student, and
// notes in after which version they have been given.
func bring(root *os.Root, name string, text []byte, before, after manifest) ([]Change, error) {
	after[name] = sum(text)
	got, err := root.ReadFile(filepath.FromSlash(name))
	_, missing := root.Lstat(filepath.FromSlash(name)) // a link that leads nowhere is not missing
	switch {
	case errors.Is(missing, fs.ErrNotExist):
		return []Change{{Path: name, Action: Added}}, replace(root, name, text)
	case err == nil && sum(got) == after[name]:
		return nil, nil
	case err == nil && sum(got) == before[name]:
		return []Change{{Path: name, Action: Updated}}, replace(root, name, text)
	case before[name] == after[name]:
		return nil, nil // edited, and the course has nothing new
	}
	beside, err := freeName(root, name+".new", text)
	if err != nil {
		return nil, err
	}
	return []Change{{Path: name, Action: Kept, Beside: beside}}, replace(root, beside, text)
}

// freeName is name, or name with a number where that holds another text.
func freeName(root *os.Root, name string, text []byte) (string, error) {
	try := name
	for i := 2; ; i++ {
		got, err := root.ReadFile(filepath.FromSlash(try))
		if errors.Is(err, fs.ErrNotExist) || err == nil && sum(got) == sum(text) {
			return try, nil
		}
		if i > 100 {
			return "", fmt.Errorf("%s: too many of them; look through them and delete them", name)
		}
		try = fmt.Sprintf("%s.%d", name, i)
	}
}

// retired finds what an earlier version of the course has written and this one does not have.
func retired(root *os.Root, files map[string][]byte, before manifest) (list []Change) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, there := files[name]; there {
			continue
		}
		if _, err := root.Lstat(filepath.FromSlash(name)); err == nil {
			list = append(list, Change{Path: name, Action: Retired})
		}
	}
	return list
}

// manifest holds, for each file that Init has written or offered, the hash of
// the version. It has the form that sha256sum checks.
type manifest map[string]string

// sum is the SHA-256 of a text in hex. It does not see what git may do to line
// ends, so that a checkout on another system counts as unedited.
func sum(text []byte) string {
	h := sha256.Sum256(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(h[:])
}

var manifestLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S.*)$`)

// readManifest leaves out lines that it cannot read, such as git's conflict
// marks: what they would have named then counts as edited, and is kept.
func readManifest(root *os.Root) (manifest, error) {
	text, err := root.ReadFile(filepath.FromSlash(manifestFile))
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	m := manifest{}
	for line := range strings.Lines(string(text)) {
		if f := manifestLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); f != nil {
			m[f[2]] = f[1]
		}
	}
	return m, nil
}

func writeManifest(root *os.Root, m manifest) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s  %s\n", m[name], name)
	}
	return replace(root, manifestFile, []byte(b.String()))
}
