// Package explore turns Go source into source whose goroutines run in an order
// that a seed decides. Package sched, under gradetest, is its run-time half.
//
// A rewritten file keeps every line where it was, so that positions in races,
// panics and stacks are still the author's own.
package explore

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Paths are where rewritten code finds the packages that it then needs.
type Paths struct {
	Sched  string // package sched
	Sync   string // what stands in for package sync
	Atomic string // what stands in for package sync/atomic
}

// local is the name by which rewritten code calls package sched.
const local = "weftsched"

// Instrument rewrites one file. The notes say what was left as it is, so that
// its order is not explored, one line each with its position.
func Instrument(name string, src []byte, p Paths) (out []byte, notes []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("explore: %w", err)
	}
	x := &rewriter{fset: fset, src: src, names: importNames(f)}
	x.insert(f.Name.End(), fmt.Sprintf("; import %s %q", local, p.Sched))
	x.imports(f, map[string]string{"sync": p.Sync, "sync/atomic": p.Atomic})
	for _, d := range f.Decls {
		ast.Walk(x, d)
	}
	text, err := x.apply()
	if err != nil {
		return nil, nil, fmt.Errorf("explore: %s: %w", name, err)
	}
	return append(text, "\nvar _ = "+local+".V\n"...), x.notes, nil
}

// edit replaces the bytes from..to. Of edits at the same place the one with
// the lower order comes first.
type edit struct {
	from, to, order int
	text            string
}

type rewriter struct {
	fset  *token.FileSet
	src   []byte
	names map[string]string // import path → the name it has in this file
	edits []edit
	notes []string
	count int // select statements
	skip  map[ast.Node]bool
}

func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, im := range f.Imports {
		path, err := strconv.Unquote(im.Path.Value)
		switch {
		case err != nil:
		case im.Name != nil:
			names[path] = im.Name.Name
		default:
			names[path] = path[strings.LastIndexByte(path, '/')+1:]
		}
	}
	return names
}

func (x *rewriter) offset(p token.Pos) int { return x.fset.Position(p).Offset }

func (x *rewriter) text(from, to token.Pos) string {
	return string(x.src[x.offset(from):x.offset(to)])
}

func (x *rewriter) insert(at token.Pos, text string) { x.replace(at, at, text) }

// replace keeps as many lines as there were.
func (x *rewriter) replace(from, to token.Pos, text string) {
	lost := strings.Count(x.text(from, to), "\n") - strings.Count(text, "\n")
	x.edits = append(x.edits, edit{x.offset(from), x.offset(to), len(x.edits), text + strings.Repeat("\n", max(lost, 0))})
}

func (x *rewriter) note(n ast.Node, what string) {
	x.notes = append(x.notes, fmt.Sprintf("%s: %s", x.fset.Position(n.Pos()), what))
}

// closing inserts after a node; at the same place it comes before what was
// inserted earlier, because brackets close in reverse.
func (x *rewriter) closing(at token.Pos, text string) {
	x.edits = append(x.edits, edit{x.offset(at), x.offset(at), -len(x.edits) - 1, text})
}

func (x *rewriter) apply() ([]byte, error) {
	slices.SortFunc(x.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.order, b.order))
	})
	var out bytes.Buffer
	at := 0
	for _, e := range x.edits {
		if e.from < at {
			return nil, fmt.Errorf("edits overlap at byte %d", e.from)
		}
		out.Write(x.src[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(x.src[at:])
	return out.Bytes(), nil
}

func (x *rewriter) imports(f *ast.File, instead map[string]string) {
	for _, im := range f.Imports {
		path, _ := strconv.Unquote(im.Path.Value)
		other, ok := instead[path]
		if !ok {
			continue
		}
		text := strconv.Quote(other)
		if im.Name == nil {
			text = x.names[path] + " " + text
		}
		x.replace(im.Path.Pos(), im.Path.End(), text)
	}
}

// Visit implements [ast.Visitor]: lists of statements get their yields, and
// operations on channels become calls, wherever they stand.
func (x *rewriter) Visit(n ast.Node) ast.Visitor {
	if x.skip[n] {
		return nil
	}
	switch n := n.(type) {
	case *ast.BlockStmt:
		x.statements(n.List)
	case *ast.CaseClause:
		x.statements(n.Body)
	case *ast.CommClause:
		x.statements(n.Body)
		x.commClause(n)
		return nil
	case *ast.ForStmt:
		x.insert(n.Body.Lbrace+1, local+".V();")
	case *ast.RangeStmt:
		x.insert(n.Body.Lbrace+1, local+".P();")
	case *ast.SelectStmt:
		x.selectStmt(n, "")
		return nil
	case *ast.LabeledStmt:
		if s, ok := n.Stmt.(*ast.SelectStmt); ok && x.polled(s) {
			x.replace(n.Pos(), n.Stmt.Pos(), "") // the label moves to the switch
			x.selectStmt(s, n.Label.Name+": ")
			return nil
		}
	case *ast.AssignStmt:
		if len(n.Lhs) == 2 && len(n.Rhs) == 1 {
			x.receive(n.Rhs[0], "Recv2")
		}
	case *ast.ValueSpec:
		if len(n.Names) == 2 && len(n.Values) == 1 {
			x.receive(n.Values[0], "Recv2")
		}
	case *ast.UnaryExpr:
		x.receive(n, "Recv")
	case *ast.GoStmt:
		x.goStmt(n)
	case *ast.CallExpr:
		x.call(n)
	}
	return x
}

// receive turns "<-c" into a call. The first to see an expression decides.
func (x *rewriter) receive(e ast.Expr, f string) {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	u, ok := e.(*ast.UnaryExpr)
	if !ok || u.Op != token.ARROW || x.seen(u) {
		return
	}
	x.replace(u.OpPos, u.OpPos+2, local+"."+f+"(")
	x.closing(u.End(), ")")
}

// seen remembers receives that have been rewritten.
func (x *rewriter) seen(u *ast.UnaryExpr) bool {
	at := x.offset(u.OpPos)
	return slices.ContainsFunc(x.edits, func(e edit) bool { return e.from == at && e.to == at+2 })
}

// statements puts yields between the statements of a list.
func (x *rewriter) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.EmptyStmt, *ast.BranchStmt, *ast.DeclStmt, *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.GoStmt, *ast.SelectStmt:
		case *ast.LabeledStmt: // a yield before the label would be jumped over by goto
		case *ast.SendStmt:
			x.around(s)
		case *ast.ExprStmt:
			if x.blocks(s.X) {
				x.around(s)
			} else {
				x.insert(s.Pos(), local+".V();")
			}
		default:
			x.insert(s.Pos(), local+".V();")
		}
	}
}

func (x *rewriter) around(s ast.Stmt) {
	x.insert(s.Pos(), local+".S();")
	x.closing(s.End(), ";"+local+".P()")
}

// blocks reports whether a call is a synchronisation that does not yield by itself.
func (x *rewriter) blocks(e ast.Expr) bool {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	if id, ok := c.Fun.(*ast.Ident); ok {
		return id.Name == "close" && len(c.Args) == 1
	}
	return x.isFunc(c, "time", "Sleep") || x.isFunc(c, "runtime", "Gosched")
}

// isFunc reports whether c calls the function of a package.
func (x *rewriter) isFunc(c *ast.CallExpr, path, name string) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && x.names[path] != "" && id.Name == x.names[path]
}

// call rewrites calls that start goroutines by themselves, or ask synctest to wait.
func (x *rewriter) call(c *ast.CallExpr) {
	switch {
	case len(c.Args) == 2 && (x.isFunc(c, "time", "AfterFunc") || x.isFunc(c, "context", "AfterFunc")):
		x.insert(c.Args[1].Pos(), local+".Callback(")
		x.closing(c.Args[1].End(), ")")
	case len(c.Args) == 0 && x.isFunc(c, "testing/synctest", "Wait"):
		x.insert(c.Pos(), local+".Settle(")
		x.replace(c.Lparen, c.Rparen+1, ")")
	}
}

// goStmt turns "go f(a)" into "go Bind(Go(), f)(a)": f and a are still
// evaluated by the goroutine that says go.
func (x *rewriter) goStmt(s *ast.GoStmt) {
	if id, ok := s.Call.Fun.(*ast.Ident); ok && builtins[id.Name] {
		x.insert(s.Pos(), local+".S();")
		x.closing(s.End(), ";"+local+".P()")
		return
	}
	x.insert(s.Call.Fun.Pos(), local+".Bind("+local+".Go(), ")
	x.closing(s.Call.Fun.End(), ")")
	x.closing(s.End(), ";"+local+".P()")
}

var builtins = map[string]bool{"close": true, "panic": true, "print": true, "println": true, "delete": true, "clear": true, "copy": true, "recover": true}
