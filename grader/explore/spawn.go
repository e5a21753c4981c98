package explore

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// builtins are the predeclared functions that a go statement may call.
var builtins = []string{"clear", "close", "copy", "delete", "panic", "print", "println", "recover"}

// plain are packages of the standard library without generic functions.
var plain = []string{"fmt", "io", "log", "net", "net/http", "os", "runtime", "time"}

// goStmt makes a new goroutine begin with its name. Function and arguments are
// still evaluated by the goroutine that says go.
//
//	go func(a int) { … }(1)  →  { g := Go(); go func(a int) { g.Start(); … }(1); P() }
//	go f(1)                  →  go Bind(Go(), f)(1); P()
//	go generic(a, b)         →  { g := Go(); a1, b1 := a, b; go func() { g.Start(); generic(a1, b1) }(); P() }
func (x *rewriter) goStmt(s *ast.GoStmt) {
	fun := ast.Unparen(s.Call.Fun)
	lit, ok := fun.(*ast.FuncLit)
	switch {
	case ok:
		x.count++
		x.insert(s.Pos(), fmt.Sprintf("{ weftgo%d := %s.Go(); ", x.count, local))
		x.insert(lit.Body.Lbrace+1, fmt.Sprintf("defer weftgo%d.Start().End();", x.count))
		x.closing(s.End(), ";"+local+".P() }")
	case x.isBuiltin(fun, builtins...):
		x.around(s, s)
	case !x.bindable(fun) && x.variables(s.Call):
		x.copied(s)
	case !x.bindable(fun):
		x.note(s, "what this starts gets no name of its own: the function may be generic, or from another package")
		x.around(s, s)
	default:
		x.insert(s.Call.Fun.Pos(), local+".Bind("+local+".Go(), ")
		x.closing(s.Call.Fun.End(), ")")
		x.closing(s.End(), ";"+local+".P()")
	}
}

// variables reports whether a call has variables for its arguments, whose types
// copies of them have too; constants and nil get a type from the parameter.
func (x *rewriter) variables(c *ast.CallExpr) bool {
	if _, plain := ast.Unparen(c.Fun).(*ast.Ident); !plain || len(c.Args) == 0 || c.Ellipsis.IsValid() {
		return false
	}
	for _, a := range c.Args {
		id, ok := a.(*ast.Ident)
		if !ok || declared(id) == nil || declared(id).Kind != ast.Var {
			return false
		}
	}
	return true
}

// copied starts a function that is no value with copies of its arguments.
func (x *rewriter) copied(s *ast.GoStmt) {
	x.count++
	var copies, names []string
	for i, a := range s.Call.Args {
		copies = append(copies, fmt.Sprintf("weftarg%d_%d", x.count, i))
		names = append(names, a.(*ast.Ident).Name)
	}
	x.insert(s.Pos(), fmt.Sprintf("{ weftgo%d := %s.Go(); %s := %s; ", x.count, local, strings.Join(copies, ", "), strings.Join(names, ", ")))
	x.insert(s.Call.Fun.Pos(), fmt.Sprintf("func() { defer weftgo%d.Start().End(); ", x.count))
	for i, a := range s.Call.Args {
		x.replace(a.Pos(), a.End(), copies[i])
	}
	x.closing(s.End(), " }(); "+local+".P() }")
}

// bindable reports whether a function surely is a value. A generic function
// whose type arguments are inferred is none, and could not be passed on.
func (x *file) bindable(fun ast.Expr) bool {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		n, ok := x.typeParams(f)
		return ok && n == 0
	case *ast.SelectorExpr:
		id, ok := f.X.(*ast.Ident)
		return !ok || declared(id) != nil || x.isPlain(id.Name)
	case *ast.IndexExpr:
		return x.indexable(f.X, 1)
	case *ast.IndexListExpr:
		return x.indexable(f.X, len(f.Indices))
	}
	return true
}

// indexable reports whether f[…] is an element, or has all the type arguments that f takes.
func (x *file) indexable(f ast.Expr, n int) bool {
	switch f := ast.Unparen(f).(type) {
	case *ast.Ident:
		want, ok := x.typeParams(f)
		return ok && (want == 0 || want == n)
	case *ast.SelectorExpr:
		id, ok := f.X.(*ast.Ident)
		return !ok || declared(id) != nil
	}
	return true
}

// typeParams returns how many type parameters an identifier has, false if that is not known.
func (x *file) typeParams(id *ast.Ident) (n int, ok bool) {
	if d := declared(id); d != nil {
		if f, ok := d.Decl.(*ast.FuncDecl); ok {
			return f.Type.TypeParams.NumFields(), true
		}
		return 0, true
	}
	n, ok = x.funcs[id.Name]
	return n, ok
}

func (x *file) isPlain(name string) bool {
	for _, where := range plain {
		if slices.Contains(x.names[where], name) {
			return true
		}
	}
	return false
}
