package foreign

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weft-course/weft/grader/explore"
)

// local is the name by which rewritten tests call the harness, renamed what
// comes before the name of a test function whose place the harness takes.
const (
	local   = "weftharness"
	renamed = "weft_"
)

// hand gives a test file to the harness: each test function becomes one that
// calls the harness with the old one, and t.Run, t.Parallel, synctest.Test and
// goleak.VerifyNone go through it. Every line stays where it was. It returns
// the names of the tests.
func hand(name string, src []byte, harness string) (out []byte, tests []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	h := &handing{fset: fset, src: src, names: map[string]string{}}
	for _, im := range f.Imports {
		h.imported(im)
	}
	h.replace(f.Name.End(), f.Name.End(), fmt.Sprintf("; import %s %q", local, harness))
	tail := "\nvar _ = " + local + ".Run\n"
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && h.isTest(fn) {
			h.replace(fn.Name.Pos(), fn.Name.Pos(), renamed)
			tests = append(tests, fn.Name.Name)
			tail += fmt.Sprintf("func %s(t %s) { %s.Run(t, %s%s) }\n", fn.Name.Name, h.text(fn.Type.Params.List[0].Type), local, renamed, fn.Name.Name)
		}
		h.function(d, nil)
	}
	if h.bubbles {
		tail += "var _ = " + h.names["testing/synctest"] + ".Wait\n"
	}
	out, err = explore.Apply(src, h.edits)
	return append(out, tail...), tests, err
}

// handing rewrites one file.
type handing struct {
	fset    *token.FileSet
	src     []byte
	names   map[string]string // import path → its name in this file
	edits   []explore.Edit
	bubbles bool // a call of synctest.Test was replaced
}

func (h *handing) imported(im *ast.ImportSpec) {
	path, err := strconv.Unquote(im.Path.Value)
	if err != nil {
		return
	}
	h.names[path] = path[strings.LastIndexByte(path, '/')+1:]
	if im.Name != nil {
		h.names[path] = im.Name.Name
	}
}

func (h *handing) offset(p token.Pos) int { return h.fset.PositionFor(p, false).Offset }

func (h *handing) text(n ast.Node) string { return string(h.src[h.offset(n.Pos()):h.offset(n.End())]) }

func (h *handing) replace(from, to token.Pos, text string) {
	h.edits = append(h.edits, explore.Edit{From: h.offset(from), To: h.offset(to), Text: text})
}

// isTest reports whether go test would call the function.
func (h *handing) isTest(fn *ast.FuncDecl) bool {
	rest, ok := strings.CutPrefix(fn.Name.Name, "Test")
	if !ok || fn.Recv != nil || fn.Type.TypeParams != nil || fn.Type.Results != nil || fn.Body == nil {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && unicode.IsLower(r) {
		return false
	}
	list := fn.Type.Params.List
	return len(list) == 1 && len(list[0].Names) <= 1 && h.isT(list[0].Type)
}

// isT reports whether a type is *testing.T.
func (h *handing) isT(e ast.Expr) bool {
	star, ok := e.(*ast.StarExpr)
	if !ok {
		return false
	}
	switch x := star.X.(type) {
	case *ast.SelectorExpr:
		id, ok := x.X.(*ast.Ident)
		return ok && x.Sel.Name == "T" && id.Name == h.names["testing"]
	case *ast.Ident:
		return x.Name == "T" && h.names["testing"] == "."
	}
	return false
}

// function walks a declaration or a function literal. The names are those that
// mean a *testing.T there.
func (h *handing) function(n ast.Node, names []string) {
	ast.Inspect(n, func(in ast.Node) bool {
		switch in := in.(type) {
		case *ast.FuncDecl:
			names = h.params(in.Type, nil)
		case *ast.FuncLit:
			h.function(in.Body, h.params(in.Type, names))
			return false
		case *ast.CallExpr:
			h.call(in, names)
		}
		return true
	})
}

// params returns the names with those that a function's parameters add or hide.
func (h *handing) params(f *ast.FuncType, names []string) []string {
	names = slices.Clone(names)
	for _, field := range f.Params.List {
		for _, id := range field.Names {
			names = slices.DeleteFunc(names, func(n string) bool { return n == id.Name })
			if h.isT(field.Type) {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

func (h *handing) call(c *ast.CallExpr, names []string) {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return
	}
	is := func(path, name string) bool { return h.names[path] == id.Name && sel.Sel.Name == name }
	switch {
	case slices.Contains(names, id.Name) && sel.Sel.Name == "Run" && len(c.Args) == 2:
		h.replace(c.Pos(), c.Lparen+1, local+".Sub("+id.Name+", ")
	case slices.Contains(names, id.Name) && sel.Sel.Name == "Parallel" && len(c.Args) == 0:
		h.replace(c.Pos(), c.Rparen+1, local+".Parallel("+id.Name+")")
	case is("testing/synctest", "Test"):
		h.bubbles = true
		h.replace(sel.Pos(), sel.End(), local+".Bubble")
	case is("go.uber.org/goleak", "VerifyNone"):
		h.replace(sel.Pos(), sel.End(), local+".Unless("+h.text(sel)+")")
	}
}
