package foreign

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// shortest is the virtual time below which what a test counts on may come too
// late because of the delays of a schedule, which add up.
const shortest = time.Second

// shortTimeouts warns of durations in a test that a schedule's delays may exceed.
func (s *session) shortTimeouts(test string, took time.Duration) []grader.Note {
	top, _, _ := strings.Cut(test, "/")
	for _, name := range slices.Concat(s.pkg.TestGoFiles, s.pkg.XTestGoFiles) {
		file := filepath.Join(s.pkg.Dir, name)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Name.Name != top {
				continue
			}
			if at := shortDuration(fn); at.IsValid() {
				pos := fset.Position(at)
				return []grader.Note{{
					Pos:  grader.Position{File: s.show(file), Line: pos.Line},
					Text: fmt.Sprintf("This test counts on durations below a second. The delays of a schedule add up (this one took %v of virtual time) and may be what fails here: make them longer to be sure, virtual time costs nothing.", took),
				}}
			}
		}
	}
	return nil
}

// shortDuration finds "20 * time.Millisecond" and the like.
func shortDuration(fn *ast.FuncDecl) (at token.Pos) {
	units := map[string]time.Duration{"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond}
	ast.Inspect(fn, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || b.Op != token.MUL || at.IsValid() {
			return true
		}
		for _, side := range [][2]ast.Expr{{b.X, b.Y}, {b.Y, b.X}} {
			lit, isLit := side[0].(*ast.BasicLit)
			sel, isSel := side[1].(*ast.SelectorExpr)
			if !isLit || !isSel || units[sel.Sel.Name] == 0 {
				continue
			}
			if v, err := strconv.ParseInt(lit.Value, 0, 64); err == nil && v > 0 && v < int64(shortest/units[sel.Sel.Name]) {
				at = b.Pos()
			}
		}
		return true
	})
	return at
}
