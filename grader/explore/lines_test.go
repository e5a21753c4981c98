package explore_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/explore"
)

// word is an identifier or a literal and its line.
type word struct {
	line int
	text string
}

// words counts the words of a source outside of the given lines.
func words(src []byte, skip map[int]bool) map[word]int {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	found := map[word]int{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return found
		}
		line := fset.PositionFor(pos, false).Line
		if tok.IsLiteral() && !skip[line] {
			found[word{line, lit}]++
		}
	}
}

// movedLines are those of the cases and labels of select statements, which may
// move, and of imports, whose paths change.
func movedLines(fset *token.FileSet, f *ast.File) map[int]bool {
	lines := map[int]bool{}
	add := func(from, to token.Pos) {
		for l := fset.PositionFor(from, false).Line; l <= fset.PositionFor(to, false).Line; l++ {
			lines[l] = true
		}
	}
	for n := range ast.Preorder(f) {
		switch n := n.(type) {
		case *ast.CommClause:
			add(n.Case, n.Colon)
		case *ast.LabeledStmt:
			add(n.Pos(), n.Colon)
		case *ast.ImportSpec:
			add(n.Pos(), n.End())
		}
	}
	return lines
}

// checkRewrite holds the rewritten file against the original: it parses, what
// was on a line still is, and comments that the toolchain reads have not moved.
// It reports false when the original does not parse.
func checkRewrite(t testing.TB, name string, src []byte) bool {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
	if err != nil {
		return false
	}
	out, notes, err := explore.Instrument(name, src, paths)
	if !assert.NoError(t, err) {
		return true
	}
	if len(notes) == 1 && strings.HasSuffix(notes[0], "uses cgo is not explored") {
		assert.Equal(t, src, out)
		return true
	}
	after := token.NewFileSet()
	g, err := parser.ParseFile(after, name, out, parser.ParseComments)
	if !assert.NoError(t, err, "%s after rewriting", name) {
		return true
	}
	skip := movedLines(fset, f)
	now := words(out, nil)
	for w, n := range words(src, skip) {
		if now[w] < n {
			t.Errorf("%s:%d: %q has gone from its line", name, w.line, w.text)
			return true
		}
	}
	assert.Equal(t, directives(fset, f, skip), directives(after, g, skip), name)
	return true
}

func directives(fset *token.FileSet, f *ast.File, skip map[int]bool) map[word]int {
	found := map[word]int{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if line := fset.PositionFor(c.Pos(), false).Line; strings.HasPrefix(c.Text, "//go:") && !skip[line] {
				found[word{line, c.Text}]++
			}
		}
	}
	return found
}

// envAll makes the tests take all code that they know, for minutes.
const envAll = "WEFT_EXPLORE_ALL"

// TestStandardLibrary rewrites files of the standard library, which nobody
// wrote for this package: one in eight, or all.
func TestStandardLibrary(t *testing.T) {
	root := filepath.Join(goEnv(t, "GOROOT"), "src")
	if _, err := os.Stat(filepath.Join(root, "net")); err != nil {
		t.Skip("the sources of the standard library are not installed")
	}
	files := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		case os.Getenv(envAll) == "" && crc32.ChecksumIEEE([]byte(path))%8 != 0:
			return nil
		}
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		if len(src) > 300_000 { // tables
			return nil
		}
		if checkRewrite(t, path, src) {
			files++
		}
		return nil
	}))
	t.Log(files, "files")
	assert.Greater(t, files, 50)
}

func TestHardCodeKeepsItsLines(t *testing.T) {
	for _, files := range hardPackages(t) {
		for name, src := range files {
			assert.True(t, checkRewrite(t, name, src))
			assert.True(t, checkRewrite(t, name, bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))))
		}
	}
}

func FuzzInstrument(f *testing.F) {
	for _, files := range hardPackages(f) {
		for _, src := range files {
			f.Add(src)
		}
	}
	for _, src := range []string{
		"package p", "package p;import\"sync\"", "package p;func f(){L:select{default:break L}}", "package p\nimport \"C\"\n", "\ufeffpackage p//",
		"package p;func f(){select{case c<-func()int{select{}}():\ncase a[<-c]=<-<-c:go f[int](<-c)(1)}}",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !checkRewrite(t, "fuzz.go", src) {
			_, _, err := explore.Instrument("fuzz.go", src, paths)
			assert.Error(t, err)
		}
	})
}
