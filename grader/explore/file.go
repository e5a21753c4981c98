package explore

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// file is what is known of the file that is rewritten.
type file struct {
	fset    *token.FileSet
	src     []byte
	names   map[string][]string // import path → the names it has in this file
	funcs   map[string]int      // see Paths
	gotos   map[string]bool     // labels that a goto of this file names
	done    map[*ast.UnaryExpr]bool
	spawned map[*ast.CallExpr]bool
	notes   []string
	count   int   // of variables that were made up
	failed  error // the first expression that could not be moved
}

func newFile(fset *token.FileSet, f *ast.File, src []byte, p Paths) *file {
	x := &file{
		fset: fset, src: src, names: importNames(f), funcs: p.Funcs, gotos: map[string]bool{},
		done: map[*ast.UnaryExpr]bool{}, spawned: map[*ast.CallExpr]bool{},
	}
	for n := range ast.Preorder(f) {
		switch n := n.(type) {
		case *ast.BranchStmt:
			if n.Tok == token.GOTO && n.Label != nil {
				x.gotos[n.Label.Name] = true
			}
		case *ast.GoStmt:
			x.spawned[n.Call] = true
		}
	}
	return x
}

func importNames(f *ast.File) map[string][]string {
	names := map[string][]string{}
	for _, im := range f.Imports {
		where, err := strconv.Unquote(im.Path.Value)
		name := path.Base(where)
		if im.Name != nil {
			name = im.Name.Name
		}
		if err == nil {
			names[where] = append(names[where], name)
		}
	}
	return names
}

func (x *file) offset(p token.Pos) int { return x.fset.Position(p).Offset }

func (x *file) line(p token.Pos) int { return x.fset.PositionFor(p, false).Line }

func (x *file) text(from, to token.Pos) string {
	return string(x.src[x.offset(from):x.offset(to)])
}

func (x *file) note(n ast.Node, what string) {
	x.notes = append(x.notes, fmt.Sprintf("%s: %s", x.fset.Position(n.Pos()), what))
}

// declared returns what this file declares an identifier to be, nil if it is
// an import, predeclared, or declared in another file.
//
//lint:ignore SA1019 it is wrong for keys of composite literals only, and nobody calls those
func declared(id *ast.Ident) *ast.Object {
	return id.Obj
}

// isFunc reports whether c calls the function of a package.
func (x *file) isFunc(c *ast.CallExpr, where, name string) bool {
	switch f := ast.Unparen(c.Fun).(type) {
	case *ast.SelectorExpr:
		id, ok := f.X.(*ast.Ident)
		return ok && f.Sel.Name == name && declared(id) == nil && slices.Contains(x.names[where], id.Name)
	case *ast.Ident:
		_, other := x.funcs[name]
		return f.Name == name && declared(f) == nil && !other && slices.Contains(x.names[where], ".")
	}
	return false
}

// isBuiltin reports whether a function is a predeclared one of these names.
func (x *file) isBuiltin(fun ast.Expr, names ...string) bool {
	id, ok := ast.Unparen(fun).(*ast.Ident)
	if !ok || declared(id) != nil {
		return false
	}
	_, other := x.funcs[id.Name]
	return !other && slices.Contains(names, id.Name)
}
