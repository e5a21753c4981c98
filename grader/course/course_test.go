package course_test

import (
	"archive/zip"
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// onDisk writes the sound course into a folder.
func onDisk(t *testing.T) string {
	t.Helper()
	r := sound()
	r.source(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "exercises"), r.exercises))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "solutions"), r.solutions))
	return dir
}

// zipped packs a folder.
func zipped(t *testing.T, dir string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	require.NoError(t, w.AddFS(os.DirFS(dir)))
	require.NoError(t, w.Close())
	name := filepath.Join(t.TempDir(), "course.zip")
	require.NoError(t, os.WriteFile(name, buf.Bytes(), 0o600))
	return name
}

func TestOpenFolderAndZip(t *testing.T) {
	dir := onDisk(t)
	for name, root := range map[string]string{dir: dir, zipped(t, dir): ""} {
		src, err := course.Open(name)
		require.NoError(t, err)
		assert.Equal(t, root, src.Root)
		c, err := course.Load(src)
		require.NoError(t, err)
		require.NoError(t, c.Err())
		assert.Len(t, c.Exercises, 1)
	}
}

func TestZipAndFolderHashAlike(t *testing.T) {
	dir := onDisk(t)
	var hashes []string
	for _, name := range []string{dir, zipped(t, dir)} {
		src, err := course.Open(name)
		require.NoError(t, err)
		ex, err := course.LoadExercise(src, slug)
		require.NoError(t, err)
		hashes = append(hashes, course.Hash(ex))
	}
	assert.Equal(t, hashes[0], hashes[1])
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(text, []byte("no zip"), 0o600))
	half := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(half, "exercises"), 0o755))
	for name, c := range map[string]struct{ path, want string }{
		"nothing there":  {filepath.Join(dir, "none"), "course: "},
		"no zip file":    {text, "notes.txt is neither a folder nor a zip file"},
		"empty folder":   {t.TempDir(), "a course has exercises and solutions"},
		"only exercises": {half, `has no folder "solutions"`},
		"zip of another": {zipped(t, dir), "a course has exercises and solutions"},
	} {
		_, err := course.Open(c.path)
		assert.ErrorContains(t, err, c.want, name)
	}
}

func TestFind(t *testing.T) {
	dir := onDisk(t)
	deep := filepath.Join(dir, "exercises", slug, "a", "b")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	for _, from := range []string{dir, deep, filepath.Join(dir, "solutions")} {
		root, ok := course.Find(from)
		assert.True(t, ok, from)
		assert.Equal(t, dir, root, from)
	}
	half := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(half, "exercises"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(half, "solutions", "empty"), 0o755))
	_, ok := course.Find(half)
	assert.False(t, ok, "solutions without an exercise.json")
}

// named makes a course of exercises that have nothing but a slug.
func named(slugs ...string) *course.Course {
	c := &course.Course{}
	for _, s := range slugs {
		c.Exercises = append(c.Exercises, &grader.Exercise{Slug: s})
	}
	return c
}

func TestExerciseByNumberNameAndSlug(t *testing.T) {
	c := named("01-threads", "05-semaphore", "10-pools", "11-threads-again")
	for name, want := range map[string]string{
		"05-semaphore": "05-semaphore", "05": "05-semaphore", "5": "05-semaphore", "semaphore": "05-semaphore",
		"10": "10-pools", "1": "01-threads", "threads": "01-threads", "threads-again": "11-threads-again",
		"0": "", "": "", "sema": "", "5-semaphore": "", "Semaphore": "",
	} {
		ex, ok := c.Exercise(name)
		assert.Equal(t, want != "", ok, "%q", name)
		if ok {
			assert.Equal(t, want, ex.Slug, "%q", name)
		}
	}
}

func TestNearest(t *testing.T) {
	c := named("01-threads", "05-semaphore", "06-timer", "12-errgroup")
	for name, want := range map[string]string{
		"semaphor": "05-semaphore", "semahpore": "05-semaphore", "5-semaphore": "05-semaphore", "thread": "01-threads",
		"timers": "06-timer", "errgrp": "12-errgroup",
		"": "", "q": "", "kubernetes": "", "supercalifragilistic": "",
	} {
		assert.Equal(t, want, c.Nearest(name), "%q", name)
	}
	assert.Empty(t, named().Nearest("semaphore"))
}

func TestHintsAndLesson(t *testing.T) {
	r := sound()
	c, err := course.Load(r.source(t))
	require.NoError(t, err)
	hints, err := c.Hints(slug)
	require.NoError(t, err)
	assert.Contains(t, hints, "## 2\n\nmore\n")
	for lang, want := range map[string]string{"en": "# Semaphore\n", "zh": "# 信号量\n", "": "# Semaphore\n", "fr": "# Semaphore\n"} {
		text, err := c.Lesson(slug, lang)
		require.NoError(t, err)
		assert.Equal(t, want, text, "language %q", lang)
	}
	_, err = c.Hints("06-none")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = c.Lesson("06-none", "en")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

// TestHash: whatever the verdict depends on changes it, and nothing else.
func TestHash(t *testing.T) {
	hash := func(change func(r *raw)) string {
		r := sound()
		change(r)
		ex, err := course.LoadExercise(r.source(t), slug)
		require.NoError(t, err)
		return course.Hash(ex)
	}
	base := hash(func(*raw) {})
	assert.Len(t, base, 64)
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(r *raw){
		"a hidden test": func(r *raw) {
			r.solutions[slug+"/hidden_test.go"].Data = append(r.solutions[slug+"/hidden_test.go"].Data, '\n')
		},
		"a visible test": func(r *raw) {
			r.exercises[slug+"/semaphore_test.go"].Data = append(r.exercises[slug+"/semaphore_test.go"].Data, '\n')
		},
		"a file's name": func(r *raw) {
			r.solutions[slug+"/hid_test.go"] = r.solutions[slug+"/hidden_test.go"]
			delete(r.solutions, slug+"/hidden_test.go")
		},
		"points":  func(r *raw) { r.criterion(0)["points"], r.criterion(1)["points"] = 51, 19 },
		"a rule":  func(r *raw) { r.criterion(3)["tests"].([]any)[0].(object)["rule"] = "It holds still." },
		"after":   func(r *raw) { r.criterion(3)["after"] = []any{"permits"} },
		"imports": func(r *raw) { r.rubric["imports"] = []any{"net"} },
		"limits":  func(r *raw) { r.rubric["limits"] = object{"test": "1s"} },
		"order":   func(r *raw) { cs := r.rubric["criteria"].([]any); cs[2], cs[3] = cs[3], cs[2] },
	} {
		h := hash(change)
		assert.Empty(t, seen[h], "%s has the hash of another change", name)
		seen[h] = name
	}
	for name, change := range map[string]func(r *raw){
		"the title": func(r *raw) { r.rubric["title"] = "Another" },
		"the stub":  func(r *raw) { r.exercises[slug+"/semaphore.go"] = file("package semaphore\n") },
		"hints":     func(r *raw) { delete(r.solutions, slug+"/HINTS.md") },
	} {
		assert.Equal(t, base, hash(change), name)
	}
}

func TestNewWritesAnExerciseThatLoads(t *testing.T) {
	root := t.TempDir()
	names, err := course.New(root, "24-read-mostly")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "{{", name)
		assert.NotContains(t, string(text), "<no value>", name)
		if strings.HasSuffix(name, ".go") {
			checkGo(t, name, text)
		}
	}
	src, err := course.Open(root)
	require.NoError(t, err)
	c, err := course.Load(src)
	require.NoError(t, err)
	require.NoError(t, c.Err())
	require.Len(t, c.Exercises, 1)
	assert.Equal(t, "readmostly", c.Exercises[0].Package)
	assert.Equal(t, "Read mostly", c.Exercises[0].Title)
	hints, err := c.Hints("24-read-mostly")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, strings.Count("\n"+hints, "\n## "), 3)
}

func checkGo(t *testing.T, name string, text []byte) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	require.NoError(t, err)
	assert.Equal(t, "readmostly", strings.TrimSuffix(f.Name.Name, "_test"), name)
	clean, err := format.Source(text)
	require.NoError(t, err)
	assert.Equal(t, string(clean), string(text), "%s: not as gofmt writes it", name)
}

func TestNewRefuses(t *testing.T) {
	for _, bad := range []string{"", "timer", "6-timer", "06-Timer", "../06-timer", "06-timer/x"} {
		root := t.TempDir()
		names, err := course.New(root, bad)
		assert.ErrorContains(t, err, "is no slug", "%q", bad)
		assert.Empty(t, names)
		assertEmpty(t, root)
	}
	for _, part := range []string{"exercises", "solutions"} {
		root := t.TempDir()
		mine := filepath.Join(root, part, "06-timer", "mine.txt")
		require.NoError(t, os.MkdirAll(filepath.Dir(mine), 0o755))
		require.NoError(t, os.WriteFile(mine, []byte("keep"), 0o600))
		_, err := course.New(root, "06-timer")
		assert.ErrorContains(t, err, filepath.Join(part, "06-timer")+" exists already")
		text, err := os.ReadFile(mine)
		require.NoError(t, err)
		assert.Equal(t, "keep", string(text))
		entries, err := os.ReadDir(root)
		require.NoError(t, err)
		assert.Len(t, entries, 1, "nothing was written beside it")
	}
}

// TestNewTakesBackHalf: what cannot be finished leaves nothing behind.
func TestNewTakesBackHalf(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "solutions"), nil, 0o600)) // a file where a folder must be
	_, err := course.New(root, "06-timer")
	require.Error(t, err)
	assert.NoDirExists(t, filepath.Join(root, "exercises", "06-timer"))
}

func assertEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
