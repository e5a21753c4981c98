// Package explore turns Go source into source whose goroutines run in an order
// that a seed decides. Package sched, under gradetest, is its run-time half.
//
// A rewritten file keeps every line where it was, so that positions in races,
// panics and stacks are still the author's own. Only what a case of a select
// statement evaluates moves, to the line of the select.
//
// The work is done without types, a file at a time, in milliseconds. Where the
// source alone does not say what is right, the code is left as it is, and a
// note says so: a rewritten file must compile whenever the original does. The
// known exceptions: a *sync.WaitGroup or the like passed to a library that is
// not rewritten; "if v, ok = <-c; ok" where ok has a boolean type of its own; a
// local variable called true or false.
package explore

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// Paths are where rewritten code finds the packages that it then needs.
type Paths struct {
	Sched  string // package sched
	Sync   string // what stands in for package sync
	Atomic string // what stands in for package sync/atomic
	Iter   string // what stands in for package iter
	// Funcs are the functions of the whole package, from [Functions]. Without
	// them a "go f()" stays as it is when another file declares f.
	Funcs map[string]int
}

// local is the name by which rewritten code calls package sched.
const local = "weftsched"

// Functions returns the functions that the files of a package declare, and how
// many type parameters each has. Files that do not parse declare what can be read.
func Functions(files map[string][]byte) map[string]int {
	funcs := map[string]int{}
	for name, src := range files {
		f, _ := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if f == nil {
			continue
		}
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && fd.Recv == nil {
				funcs[fd.Name.Name] = fd.Type.TypeParams.NumFields()
			}
		}
	}
	return funcs
}

// Instrument rewrites one file. The notes say what was left as it is, so that
// its order is not explored, one line each with its position. A file that uses
// cgo comes back unchanged.
func Instrument(name string, src []byte, p Paths) (out []byte, notes []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
	if err != nil {
		return nil, nil, fmt.Errorf("explore: %w", err)
	}
	x := &rewriter{file: newFile(fset, f, src, p)}
	if len(x.names["C"]) > 0 {
		return src, []string{name + ": a file that uses cgo is not explored"}, nil
	}
	x.insert(f.Name.End(), fmt.Sprintf("; import %s %q", local, p.Sched))
	x.edits = append(x.edits, redirected(fset, f, map[string]string{"sync": p.Sync, "sync/atomic": p.Atomic, "iter": p.Iter})...)
	for _, d := range f.Decls {
		ast.Walk(x, d)
	}
	text, err := Apply(src, x.edits)
	err = cmp.Or(err, x.failed)
	if err != nil {
		return nil, nil, fmt.Errorf("explore: %s: %w", name, err)
	}
	return append(text, "\nvar _ = "+local+".V\n"...), x.notes, nil
}

// Visit implements [ast.Visitor]: lists of statements get their yields, and
// operations on channels become calls, wherever they stand.
func (x *rewriter) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if noSplit(n) {
			x.note(n, "a function that must not grow its stack is not explored")
			return nil
		}
	case *ast.BlockStmt:
		x.statements(n.List)
	case *ast.CaseClause:
		x.statements(n.Body)
	case *ast.ForStmt:
		x.insert(n.Body.Lbrace+1, local+".V();")
	case *ast.RangeStmt:
		x.insert(n.Body.Lbrace+1, local+".P();")
	case *ast.SelectStmt:
		x.selectStmt(n, nil)
		return nil
	case *ast.LabeledStmt:
		return x.labelled(n)
	case *ast.GoStmt:
		x.goStmt(n)
	default:
		x.expression(n)
	}
	return x
}

func (x *rewriter) expression(n ast.Node) {
	switch n := n.(type) {
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
	case *ast.CallExpr:
		x.call(n)
	}
}

func noSplit(f *ast.FuncDecl) bool {
	if f.Doc == nil {
		return false
	}
	for _, c := range f.Doc.List {
		if strings.HasPrefix(c.Text, "//go:nosplit") {
			return true
		}
	}
	return false
}

// labelled walks a statement with a label. Of a select statement the label
// moves to the switch that takes its place, unless a goto wants it outside.
func (x *rewriter) labelled(n *ast.LabeledStmt) ast.Visitor {
	switch s := n.Stmt.(type) {
	case *ast.SelectStmt:
		x.selectStmt(s, n)
		return nil
	case *ast.SendStmt, *ast.ExprStmt, *ast.AssignStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.IfStmt, *ast.DeferStmt:
		x.statements([]ast.Stmt{s}) // their labels are for goto only
	}
	return x
}

// statements puts yields between the statements of a list.
func (x *rewriter) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.EmptyStmt, *ast.BranchStmt, *ast.DeclStmt, *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.GoStmt, *ast.SelectStmt:
		case *ast.LabeledStmt: // a yield before the label would be jumped over by goto
		case *ast.SendStmt:
			x.around(s, s)
		case *ast.ExprStmt:
			if x.blocks(s.X) {
				x.around(s, s)
			} else {
				x.insert(s.Pos(), local+".V();")
			}
		case *ast.AssignStmt:
			x.assignment(s)
		default:
			x.insert(s.Pos(), local+".V();")
		}
	}
}

// assignment leaves "v, ok = <-c" a receive: its second value may be assigned
// to any boolean type, that of a call could not.
func (x *rewriter) assignment(s *ast.AssignStmt) {
	u := received(s.Rhs[0])
	if s.Tok != token.ASSIGN || len(s.Lhs) != 2 || len(s.Rhs) != 1 || u == nil {
		x.insert(s.Pos(), local+".V();")
		return
	}
	x.done[u] = true
	x.around(s, s)
}

// around yields before and after.
func (x *rewriter) around(first, last ast.Node) {
	x.insert(first.Pos(), local+".S();")
	x.closing(last.End(), ";"+local+".P()")
}

// receive turns "<-c" into a call. The first to see an expression decides.
func (x *rewriter) receive(e ast.Expr, f string) {
	u := received(e)
	if u == nil || x.done[u] {
		return
	}
	x.done[u] = true
	x.replace(u.OpPos, u.OpPos+2, local+"."+f+"(")
	x.closing(u.End(), ")")
}

// received returns the receive that an expression is, nil if it is none.
func received(e ast.Expr) *ast.UnaryExpr {
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.ARROW {
		return u
	}
	return nil
}

// blocks reports whether a call is a synchronisation that does not yield by itself.
func (x *rewriter) blocks(e ast.Expr) bool {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	return x.isBuiltin(c.Fun, "close") || x.isFunc(c, "time", "Sleep") || x.isFunc(c, "runtime", "Gosched")
}

// call rewrites calls that start goroutines by themselves, or ask synctest to wait.
func (x *rewriter) call(c *ast.CallExpr) {
	switch {
	case len(c.Args) == 2 && (x.isFunc(c, "time", "AfterFunc") || x.isFunc(c, "context", "AfterFunc")):
		x.insert(c.Args[1].Pos(), local+".Callback(")
		x.closing(c.Args[1].End(), ")")
	case len(c.Args) == 0 && !x.spawned[c] && x.isFunc(c, "testing/synctest", "Wait"):
		x.insert(c.Pos(), local+".Settle(")
		x.replace(c.Lparen, c.Rparen+1, ")")
	}
}
