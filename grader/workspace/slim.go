package workspace

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/explore"
)

const testify = "github.com/stretchr/testify"

// heavy are the packages that testify imports for a few assertions on HTTP
// handlers. They are a third of what every program with hidden tests is linked from.
var heavy = []string{"net/http", "net/http/httptest"}

var testifyVersion = regexp.MustCompile(regexp.QuoteMeta(testify) + ` (v\S+)`)

// slimmed is testify without its assertions on HTTP handlers.
type slimmed struct {
	files   map[string][]byte // by path within the module, with slashes
	dropped []string          // the functions that are not there
}

// slim returns testify's packages assert and require without their assertions on
// HTTP handlers, or nil if the module cache does not hold testify (yet) or
// something in it is not as expected.
func (t *Toolchain) slim() *slimmed {
	t.slimming.Lock()
	defer t.slimming.Unlock()
	version := testifyVersion.FindSubmatch(scratchMod)
	if t.slimTestify == nil && version != nil {
		s, err := slimModule(filepath.Join(t.env["GOMODCACHE"], filepath.FromSlash(testify)+"@"+string(version[1])))
		if err == nil {
			t.slimTestify = s
		}
	}
	return t.slimTestify
}

// serves reports whether the tests of an exercise get by with s.
func (s *slimmed) serves(ex *grader.Exercise) bool {
	for _, files := range []map[string][]byte{ex.Hidden, ex.Visible} {
		for _, text := range files {
			for _, im := range testifyImport.FindAllSubmatch(text, -1) {
				if p := string(im[1]); p != "assert" && p != "require" {
					return false
				}
			}
			if slices.ContainsFunc(s.dropped, func(name string) bool { return bytes.Contains(text, []byte("."+name)) }) {
				return false
			}
		}
	}
	return true
}

var testifyImport = regexp.MustCompile(`"` + regexp.QuoteMeta(testify) + `/?([^"]*)"`)

// slimModule reads testify's packages assert and require, and what they import of
// testify's, from the module cache, and leaves out what is heavy.
func slimModule(dir string) (*slimmed, error) {
	s := &slimmed{files: map[string][]byte{}}
	for _, name := range []string{"go.mod", "LICENSE"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		s.files[name] = text
	}
	packages := []string{"assert", "require"}
	for i := 0; i < len(packages); i++ {
		imports, err := s.add(dir, packages[i])
		if err != nil {
			return nil, fmt.Errorf("workspace: %s: %w", packages[i], err)
		}
		for _, p := range imports {
			if rest, ok := strings.CutPrefix(p, testify+"/"); ok && !slices.Contains(packages, rest) {
				packages = append(packages, rest)
			}
		}
	}
	return s, nil
}

// add reads one package of the module in dir and returns what it imports.
func (s *slimmed) add(dir, pkg string) (imports []string, err error) {
	names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pkg), "*.go"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no Go files in %s", dir)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text, dropped, err := without(text, heavy)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.dropped = append(s.dropped, dropped...)
		s.files[pkg+"/"+filepath.Base(name)] = text
		f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, im := range f.Imports {
			p, _ := strconv.Unquote(im.Path.Value)
			imports = append(imports, p)
		}
	}
	return imports, nil
}

// without leaves out of a file the imports of some packages and the functions
// that mention them, and then the imports that nothing uses any more. Lines keep
// their numbers. An error says that something else mentions the packages.
func without(src []byte, packages []string) (out []byte, dropped []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	gone := map[string]bool{}
	for _, im := range f.Imports {
		if p, _ := strconv.Unquote(im.Path.Value); slices.Contains(packages, p) {
			gone[nameOf(im)] = true
		}
	}
	if len(gone) == 0 {
		return src, nil, nil
	}
	var edits []explore.Edit
	blank := func(n ast.Node) {
		from, to := fset.Position(n.Pos()).Offset, fset.Position(n.End()).Offset
		edits = append(edits, explore.Edit{From: from, To: to, Text: strings.Repeat("\n", bytes.Count(src[from:to], []byte("\n")))})
	}
	used := map[string]bool{}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		names := qualifiers(d)
		if !slices.ContainsFunc(names, func(n string) bool { return gone[n] }) {
			for _, n := range names {
				used[n] = true
			}
			continue
		}
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			return nil, nil, fmt.Errorf("line %d: not a function", fset.Position(d.Pos()).Line)
		}
		dropped = append(dropped, fn.Name.Name)
		blank(fn)
	}
	for _, im := range f.Imports {
		if name := nameOf(im); name != "_" && name != "." && !used[name] {
			blank(im)
		}
	}
	out, err = explore.Apply(src, edits)
	return out, dropped, err
}

// nameOf is the name of an import within its file. Packages that are called
// otherwise than the last element of their path are not known here: if such an
// import is taken for unused, the file does not build.
func nameOf(im *ast.ImportSpec) string {
	if im.Name != nil {
		return im.Name.Name
	}
	p, _ := strconv.Unquote(im.Path.Value)
	return path.Base(p)
}

// qualifiers lists what stands before a dot in a declaration.
func qualifiers(d ast.Decl) (names []string) {
	ast.Inspect(d, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				names = append(names, x.Name)
			}
		}
		return true
	})
	return names
}
