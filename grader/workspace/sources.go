package workspace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
)

// guardFile lies beside the student's files and imports the channel's package,
// so that the language's rule of initialisation runs that package first.
const guardFile = "zz_weft_guard.go"

func guard(pkg string) []byte {
	return fmt.Appendf(nil, "package %s\n\nimport _ %q\n", pkg, grader.ModulePath+"/grader/gradetest/wire")
}

// edit replaces the bytes from..to of a file.
type edit struct {
	from, to int
	text     string
}

// apply makes edits that do not overlap. Lines stay where they are.
func apply(src []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(src[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(src[at:])
	return out.Bytes()
}

// harnessed returns hidden and visible tests with every test function renamed
// and called through the harness, which tells how it ended.
func harnessed(ex *grader.Exercise) (map[string][]byte, error) {
	out := map[string][]byte{}
	var calls strings.Builder
	hidden := grader.ModulePath + "/solutions/" + ex.Slug
	visible := grader.ModulePath + "/exercises/" + ex.Slug
	for prefix, files := range map[string]map[string][]byte{"h_": ex.Hidden, "v_": ex.Visible} {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			src := files[name]
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
			if err != nil {
				return nil, fmt.Errorf("workspace: hidden tests: %w", err)
			}
			offset := func(p token.Pos) int { return fset.Position(p).Offset }
			var edits []edit
			for _, im := range f.Imports {
				if im.Path.Value == strconv.Quote(visible) {
					edits = append(edits, edit{offset(im.Path.Pos()), offset(im.Path.End()), strconv.Quote(hidden)})
				}
			}
			for _, fn := range testFuncs(f) {
				edits = append(edits, edit{offset(fn.Name.Pos()), offset(fn.Name.End()), "weft" + fn.Name.Name})
				fmt.Fprintf(&calls, "func %s(t *testing.T) { gradetest.Run(t, weft%s) }\n", fn.Name.Name, fn.Name.Name)
			}
			out[prefix+name] = apply(src, edits)
		}
	}
	out["zz_weft_test.go"] = fmt.Appendf(nil, "package %s_test\n\nimport (\n\t\"testing\"\n\n\t%q\n)\n\n%s",
		ex.Package, grader.ModulePath+"/grader/gradetest", calls.String())
	return out, nil
}

func testFuncs(f *ast.File) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Recv == nil && fn.Name.Name != "TestMain" && strings.HasPrefix(fn.Name.Name, "Test") {
			list = append(list, fn)
		}
	}
	return list
}

// layVirtual writes copies of the student's files whose locks virtual time
// can see through, and the overlay that puts them in place of the originals.
func (w *Workspace) layVirtual() error {
	overlay := map[string]string{}
	for name, src := range w.sub.Files {
		text, changed := virtual(src)
		if !changed {
			continue
		}
		copied := w.path("virtual", name)
		if err := write(copied, text); err != nil {
			return err
		}
		overlay[w.path("mod", "solutions", w.ex.Slug, name)] = copied
	}
	raw, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	return write(filepath.Join(w.dir, "overlay.json"), raw)
}

// virtual points the import of sync to vsync, under the name it had.
func virtual(src []byte) ([]byte, bool) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return src, false
	}
	var edits []edit
	for _, im := range f.Imports {
		if im.Path.Value != `"sync"` {
			continue
		}
		text := strconv.Quote(grader.ModulePath + "/grader/gradetest/vsync")
		if im.Name == nil {
			text = "sync " + text
		}
		edits = append(edits, edit{fset.Position(im.Path.Pos()).Offset, fset.Position(im.Path.End()).Offset, text})
	}
	return apply(src, edits), len(edits) > 0
}
