package workspace

import (
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
	"github.com/weft-course/weft/grader/explore"
)

// guardFile lies beside the student's files and imports the channel's package,
// so that the language's rule of initialisation runs that package first.
const guardFile = "zz_weft_guard.go"

func guard(pkg string) []byte {
	return fmt.Appendf(nil, "package %s\n\nimport _ %q\n\n// WeftGuard is for the grader's own use.\ntype WeftGuard struct{}\n", pkg, grader.ModulePath+"/grader/gradetest/wire")
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
			var edits []explore.Edit
			for _, im := range f.Imports {
				if im.Path.Value == strconv.Quote(visible) {
					edits = append(edits, explore.Edit{From: offset(im.Path.Pos()), To: offset(im.Path.End()), Text: strconv.Quote(hidden)})
				}
			}
			if at := testMain(f); at.IsValid() && prefix == "v_" { // for the student's own go test; the hidden one is used
				edits = append(edits, explore.Edit{From: offset(at), To: offset(at) + len("TestMain"), Text: "weftVisibleMain"})
			}
			if prefix == "v_" {
				edits = append(edits, bubbles(f, offset)...)
			}
			for _, fn := range testFuncs(f) {
				edits = append(edits, explore.Edit{From: offset(fn.Name.Pos()), To: offset(fn.Name.End()), Text: "weft" + fn.Name.Name})
				fmt.Fprintf(&calls, "func %s(t *testing.T) { gradetest.Run(t, weft%s) }\n", fn.Name.Name, fn.Name.Name)
			}
			if out[prefix+name], err = explore.Apply(src, edits); err != nil {
				return nil, fmt.Errorf("workspace: hidden tests: %s: %w", name, err)
			}
		}
	}
	out["zz_weft_test.go"] = fmt.Appendf(nil, "package %s_test\n\nimport (\n\t\"testing\"\n\n\t%q\n)\n\n%s",
		ex.Package, grader.ModulePath+"/grader/gradetest", calls.String())
	asserted, err := apiTest(ex)
	if err != nil {
		return nil, err
	}
	out["zz_weft_api_test.go"] = asserted
	return out, nil
}

// bubbles puts gradetest.Synctest in place of synctest.Test, which knows
// neither deadlocks nor leaks nor races from failures.
func bubbles(f *ast.File, offset func(token.Pos) int) (edits []explore.Edit) {
	name := ""
	for _, im := range f.Imports {
		if im.Path.Value == strconv.Quote("testing/synctest") {
			name = "synctest"
			if im.Name != nil {
				name = im.Name.Name
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Test" || name == "" {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
			edits = append(edits, explore.Edit{From: offset(s.Pos()), To: offset(s.End()), Text: "weftbubble.Synctest"})
		}
		return true
	})
	if len(edits) == 0 {
		return nil
	}
	after, end := offset(f.Name.End()), offset(f.FileEnd)
	return append(edits, explore.Edit{From: after, To: after, Text: "; import weftbubble " + strconv.Quote(grader.ModulePath+"/grader/gradetest")},
		explore.Edit{From: end, To: end, Text: "\nvar _ = " + name + ".Wait\n"})
}

// testMain returns where a file declares TestMain, if it does.
func testMain(f *ast.File) token.Pos {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "TestMain" {
			return fn.Name.Pos()
		}
	}
	return token.NoPos
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
	for name, src := range w.sources() {
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
	out, changed, err := explore.Redirect(src, map[string]string{"sync": explorePaths.Sync})
	if err != nil {
		return src, false
	}
	return out, changed
}
