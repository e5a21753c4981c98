package study_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/study"
)

// files is a small course in a certain version.
func files(version string) map[string][]byte {
	return map[string][]byte{
		"go.mod":                              []byte("module x\n"),
		"README.md":                           []byte("readme " + version + "\n"),
		"exercises/05-semaphore/semaphore.go": []byte("package semaphore // " + version + "\n"),
		"exercises/05-semaphore/limit.go":     []byte("package semaphore\n"),
	}
}

const (
	stubFile  = "exercises/05-semaphore/semaphore.go"
	limitFile = "exercises/05-semaphore/limit.go"
)

func stub() map[string][]byte {
	return map[string][]byte{"semaphore.go": files("v1")[stubFile], "limit.go": files("v1")[limitFile]}
}

func edit(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

func mustInit(t *testing.T, dir string, files map[string][]byte) []study.Change {
	t.Helper()
	changes, err := study.Init(dir, files)
	require.NoError(t, err)
	return changes
}

// tree lists the files below a folder with their texts.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(root, p)
			all[filepath.ToSlash(name)] = read(t, p)
		}
		return err
	}))
	return all
}

func TestInitWritesEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my folder", "练习")
	changes := mustInit(t, dir, files("v1"))
	assert.Len(t, changes, 4)
	got := tree(t, dir)
	assert.Len(t, got, 5, "the files, the manifest, and nothing half-written")
	for name, text := range files("v1") {
		assert.Equal(t, string(text), got[name], name)
		assert.Contains(t, got[".weft/manifest.txt"], "  "+name+"\n")
	}
	assert.Empty(t, mustInit(t, dir, files("v1")), "a second time")
	assert.Equal(t, got, tree(t, dir))
}

func TestInitKeepsWhatWasEdited(t *testing.T) {
	f := newFolder(t)
	edit(t, f.Root, stubFile, "package semaphore // mine\n")
	assert.Empty(t, mustInit(t, f.Root, files("v1")), "edited, and nothing new")
	want := []study.Change{{Path: "README.md", Action: study.Updated}, {Path: stubFile, Action: study.Kept, Beside: stubFile + ".new"}}
	assert.Equal(t, want, mustInit(t, f.Root, files("v2")))
	assert.Equal(t, "package semaphore // mine\n", read(t, f.Root, stubFile))
	assert.Equal(t, "package semaphore // v2\n", read(t, f.Root, stubFile+".new"))
	assert.Equal(t, "readme v2\n", read(t, f.Root, "README.md"))
	assert.Empty(t, mustInit(t, f.Root, files("v2")), "what was offered is not offered again")
	edit(t, f.Root, stubFile+".new", "notes\n")
	want = []study.Change{{Path: "README.md", Action: study.Updated}, {Path: stubFile, Action: study.Kept, Beside: stubFile + ".new.2"}}
	assert.Equal(t, want, mustInit(t, f.Root, files("v3")))
	assert.Equal(t, "notes\n", read(t, f.Root, stubFile+".new"), "not even an edited offer is overwritten")
	edit(t, f.Root, stubFile, read(t, f.Root, stubFile+".new.2"))
	assert.Contains(t, mustInit(t, f.Root, files("v4")), study.Change{Path: stubFile, Action: study.Updated}, "whoever takes the offer is up to date again")
}

func TestInitMendsAndLeaves(t *testing.T) {
	f := newFolder(t)
	require.NoError(t, os.Remove(filepath.Join(f.Root, filepath.FromSlash(limitFile))))
	edit(t, f.Root, "exercises/05-semaphore/notes.txt", "mine")
	less := files("v1")
	delete(less, "README.md")
	want := []study.Change{{Path: limitFile, Action: study.Added}, {Path: "README.md", Action: study.Retired}}
	assert.Equal(t, want, mustInit(t, f.Root, less))
	assert.Equal(t, "readme v1\n", read(t, f.Root, "README.md"))
	assert.Equal(t, "mine", read(t, f.Root, "exercises/05-semaphore/notes.txt"))
	assert.Empty(t, mustInit(t, f.Root, less), "it is said once")
}

// TestInitAfterGitChangedLineEnds: a checkout on another system is not edited.
func TestInitAfterGitChangedLineEnds(t *testing.T) {
	f := newFolder(t)
	for name, text := range files("v1") {
		edit(t, f.Root, name, strings.ReplaceAll(string(text), "\n", "\r\n"))
	}
	edited, err := f.Edited(slug, stub())
	require.NoError(t, err)
	assert.False(t, edited)
	for _, c := range mustInit(t, f.Root, files("v2")) {
		assert.Equal(t, study.Updated, c.Action, c.Path)
	}
}

// TestInitFinishesWhatWasInterrupted: of a first time only the mark and some files are there.
func TestInitFinishesWhatWasInterrupted(t *testing.T) {
	dir := t.TempDir()
	edit(t, dir, ".weft/manifest.txt", "")
	edit(t, dir, stubFile, string(files("v1")[stubFile]))
	edit(t, dir, "exercises/05-semaphore/.weft-limit.go.tmp", "pack")
	assert.Len(t, mustInit(t, dir, files("v1")), 3)
	got := tree(t, dir)
	assert.Len(t, got, 5)
	assert.Equal(t, string(files("v1")[limitFile]), got[limitFile])
}

// TestInitWithABrokenManifest: without knowing, nothing is overwritten.
func TestInitWithABrokenManifest(t *testing.T) {
	f := newFolder(t)
	edit(t, f.Root, ".weft/manifest.txt", "<<<<<<< HEAD\nnonsense\n")
	changes := mustInit(t, f.Root, files("v2"))
	assert.Equal(t, []study.Change{{Path: "README.md", Action: study.Kept, Beside: "README.md.new"}, {Path: stubFile, Action: study.Kept, Beside: stubFile + ".new"}}, changes)
	assert.Equal(t, "readme v1\n", read(t, f.Root, "README.md"))
}

func TestInitRefuses(t *testing.T) {
	full := t.TempDir()
	edit(t, full, "thesis.txt", "mine")
	f := newFolder(t)
	inner := filepath.Join(f.Root, "exercises", "deep", "er")
	file := filepath.Join(full, "thesis.txt")
	for dir, want := range map[string]string{full: "is not empty: it holds thesis.txt", inner: "lies within", file: "cannot make the folder"} {
		changes, err := study.Init(dir, files("v1"))
		var refused *study.RefusedError
		require.ErrorAs(t, err, &refused, dir)
		assert.ErrorContains(t, err, want)
		assert.NotEmpty(t, refused.Hint)
		assert.Empty(t, changes)
	}
	assert.Equal(t, map[string]string{"thesis.txt": "mine"}, tree(t, full))
	assert.NoDirExists(t, filepath.Join(f.Root, "exercises", "deep"))
}

// TestInitInAFreshRepository: what a forge puts into it is kept.
func TestInitInAFreshRepository(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"README.md": "# homework\n", "LICENSE": "mit", ".gitignore": "*.o\n", ".git/HEAD": "ref: refs/heads/main\n"} {
		edit(t, dir, name, text)
	}
	assert.Contains(t, mustInit(t, dir, files("v1")), study.Change{Path: "README.md", Action: study.Kept, Beside: "README.md.new"})
	assert.Equal(t, "# homework\n", read(t, dir, "README.md"))
}

// TestLinksLeadNowhere: nothing outside of the folder is written or read.
func TestLinksLeadNowhere(t *testing.T) {
	f := newFolder(t)
	outside := filepath.Join(t.TempDir(), "outside.go")
	require.NoError(t, os.WriteFile(outside, []byte("theirs"), 0o644))
	link := filepath.Join(f.Root, filepath.FromSlash(stubFile))
	require.NoError(t, os.Remove(link))
	if err := os.Symlink(outside, link); err != nil {
		t.Skip("no symbolic links here")
	}
	changes := mustInit(t, f.Root, files("v2"))
	assert.Contains(t, changes, study.Change{Path: stubFile, Action: study.Kept, Beside: stubFile + ".new"})
	_, err := f.Reset(slug, stub(), noon)
	assert.ErrorContains(t, err, "nothing was changed")
	assert.Equal(t, "theirs", read(t, outside))
}

func TestReset(t *testing.T) {
	f := newFolder(t)
	done, err := f.Reset(slug, stub(), noon)
	require.NoError(t, err)
	assert.Equal(t, study.Restored{}, done, "nothing to do")
	edit(t, f.Root, stubFile, "mine")
	edit(t, f.Root, "exercises/05-semaphore/notes.txt", "notes")
	same, err := f.IsStub(slug, stub())
	require.NoError(t, err)
	assert.False(t, same)
	done, err = f.Reset(slug, stub(), noon)
	require.NoError(t, err)
	assert.Equal(t, study.Restored{Files: []string{stubFile}, Backup: filepath.Join(f.Root, ".weft", "backups", "20261123-120000")}, done)
	assert.Equal(t, map[string]string{stubFile: "mine"}, tree(t, done.Backup), "what differed, and nothing else")
	assert.Equal(t, string(stub()["semaphore.go"]), read(t, f.Root, stubFile))
	assert.Equal(t, "notes", read(t, f.Root, "exercises/05-semaphore/notes.txt"))
	edit(t, f.Root, stubFile, "mine, later")
	require.NoError(t, os.Remove(filepath.Join(f.Root, filepath.FromSlash(limitFile))))
	done, err = f.Reset(slug, stub(), noon)
	require.NoError(t, err)
	assert.Equal(t, []string{limitFile, stubFile}, done.Files, "what was deleted comes back")
	assert.Equal(t, "20261123-120000-2", filepath.Base(done.Backup), "within the same second")
	assert.Equal(t, "mine, later", read(t, done.Backup, stubFile))
	assert.Contains(t, mustInit(t, f.Root, files("v2")), study.Change{Path: stubFile, Action: study.Updated}, "a stub is not an edited file")
}

// TestResetToALaterStub: with a grader that is newer than the folder. What was
// put back is not edited, whichever version comes next.
func TestResetToALaterStub(t *testing.T) {
	f := newFolder(t)
	edit(t, f.Root, stubFile, "mine")
	_, err := f.Reset(slug, map[string][]byte{"semaphore.go": files("v2")[stubFile]}, noon)
	require.NoError(t, err)
	assert.Contains(t, mustInit(t, f.Root, files("v3")), study.Change{Path: stubFile, Action: study.Updated})
}

// TestResetWithoutABackup changes nothing.
func TestResetWithoutABackup(t *testing.T) {
	f := newFolder(t)
	edit(t, f.Root, stubFile, "mine")
	edit(t, f.Root, ".weft/backups", "a file where a folder must be")
	_, err := f.Reset(slug, stub(), noon)
	assert.ErrorContains(t, err, "nothing was changed")
	assert.Equal(t, "mine", read(t, f.Root, stubFile))
}

func TestEditedAndHolds(t *testing.T) {
	f := newFolder(t)
	edited := func() bool {
		is, err := f.Edited(slug, stub())
		require.NoError(t, err)
		return is
	}
	assert.False(t, edited())
	mustInit(t, f.Root, files("v2"))
	assert.False(t, edited(), "a stub of another version is not edited")
	edit(t, f.Root, stubFile, "mine")
	assert.True(t, edited())
	t.Chdir(f.Dir(slug))
	assert.True(t, f.Holds(".", slug))
	assert.False(t, f.Holds("..", slug))
	assert.False(t, f.Holds(t.TempDir(), slug))
	found, ok := study.Find(".")
	assert.True(t, ok)
	assert.Equal(t, f.Root, found.Root)
}

// TestFilesMakeAModule: what is written is a module in which the visible tests
// run with nothing from the network.
func TestFilesMakeAModule(t *testing.T) {
	ex := &grader.Exercise{
		Slug: slug, Stub: map[string][]byte{"semaphore.go": []byte("package semaphore\n\nfunc N() int { return 1 }\n")},
		Visible: map[string][]byte{"semaphore_test.go": []byte("package semaphore_test\n\nimport (\n\t\"testing\"\n\n\t\"github.com/weft-course/weft/exercises/05-semaphore\"\n)\n\nfunc TestN(t *testing.T) {\n\tif semaphore.N() != 1 {\n\t\tt.Fatal()\n\t}\n}\n")},
		Hidden:  map[string][]byte{"hidden_test.go": []byte("package semaphore_test")},
	}
	all, err := study.Files([]study.Exercise{{Exercise: ex, Lessons: map[string]string{"README.md": "go run ./cmd/grade ./exercises/05-semaphore\n"}}}, "v1.2.3")
	require.NoError(t, err)
	assert.NotContains(t, all, "exercises/05-semaphore/hidden_test.go")
	assert.Equal(t, "grade ./exercises/05-semaphore\n", string(all["exercises/05-semaphore/README.md"]))
	assert.Contains(t, string(all[".github/workflows/grade.yml"]), "/cmd/grade@v1.2.3\n")
	assert.Contains(t, string(all[".gitattributes"]), study.ProgressFile+" merge=union\n")
	for name, text := range all {
		assert.NotRegexp(t, `@[A-Z]+@`, string(text), name)
	}
	dir := filepath.Join(t.TempDir(), "a b")
	mustInit(t, dir, all)
	cmd := exec.Command("go", "test", "./exercises/05-semaphore")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	for _, version := range []string{"devel", "(devel)", "v0.0.0-20261123-abcdef", "v1.2.3+dirty", "v1.2.3; rm -rf /"} {
		all, err := study.Files(nil, version)
		require.NoError(t, err)
		assert.Contains(t, string(all[".github/workflows/grade.yml"]), "/cmd/grade@latest\n", version)
	}
}
