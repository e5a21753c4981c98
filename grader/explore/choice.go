package explore

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// polled reports whether a select statement can be rewritten so that the seed
// chooses. What a case evaluates must not contain a function literal, or its
// own statements would have to be rewritten twice.
func (x *rewriter) polled(s *ast.SelectStmt) bool {
	if len(s.Body.List) == 0 {
		return false
	}
	for _, c := range s.Body.List {
		if comm := c.(*ast.CommClause).Comm; comm != nil && !simple(comm) {
			return false
		}
	}
	return true
}

// simple reports whether a case has no function literal and no receive inside a receive.
func simple(comm ast.Stmt) bool {
	ok, arrows := true, 0
	ast.Inspect(comm, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ok = false
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				arrows++
			}
		}
		return ok
	})
	_, send := comm.(*ast.SendStmt)
	return ok && (arrows == 1 && !send || arrows == 0 && send)
}

// commClause walks what a case of a select statement holds; its communication
// has been dealt with by selectStmt.
func (x *rewriter) commClause(c *ast.CommClause) {
	for _, s := range c.Body {
		ast.Walk(x, s)
	}
}

// selectStmt rewrites a select statement into a switch over what the seed chose:
//
//	{ c0 := ch; sel := Select(false, R(c0)); switch sel.I { case 0: v := Value(c0, sel); … } }
func (x *rewriter) selectStmt(s *ast.SelectStmt, label string) {
	if !x.polled(s) {
		x.plainSelect(s)
		return
	}
	x.count++
	sel := fmt.Sprintf("weftsel%d", x.count)
	var evaluated, cases []string
	hasDefault := "false"
	for i, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		ast.Walk(x, cc)
		if cc.Comm == nil {
			hasDefault = "true"
			x.replace(cc.Case, cc.Colon+1, "case -1:")
			continue
		}
		ch := fmt.Sprintf("weftch%d_%d", x.count, i)
		value, get := "", ""
		switch m := cc.Comm.(type) {
		case *ast.SendStmt:
			value = x.text(m.Chan.Pos(), m.Chan.End())
			cases = append(cases, fmt.Sprintf("%s.W(%s, %s)", local, ch, x.text(m.Value.Pos(), m.Value.End())))
		case *ast.ExprStmt:
			value = x.operand(m.X)
		case *ast.AssignStmt:
			value = x.operand(m.Rhs[0])
			get = x.assigned(m, ch, sel)
		}
		if _, send := cc.Comm.(*ast.SendStmt); !send {
			cases = append(cases, fmt.Sprintf("%s.R(%s)", local, ch))
		}
		evaluated = append(evaluated, ch+" := "+value)
		x.replace(cc.Case, cc.Colon+1, fmt.Sprintf("case %d: %s", len(cases)-1, get))
	}
	head := "{ " + strings.Join(append(evaluated, ""), "; ")
	head += fmt.Sprintf("%s := %s.Select(%s); ", sel, local, strings.Join(append([]string{hasDefault}, cases...), ", "))
	head += fmt.Sprintf("%sswitch %s.I {", label, sel)
	x.replace(s.Pos(), s.Body.Lbrace+1, oneLine(head))
	x.replace(s.Body.Rbrace, s.Body.Rbrace+1, `; default: panic("weft: select") }}`)
}

// operand is the text of the channel that an expression receives from.
func (x *rewriter) operand(e ast.Expr) string {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	u := e.(*ast.UnaryExpr)
	return x.text(u.X.Pos(), u.X.End())
}

func (x *rewriter) assigned(m *ast.AssignStmt, ch, sel string) string {
	f := "Value"
	if len(m.Lhs) == 2 {
		f = "Value2"
	}
	return fmt.Sprintf("%s %s %s.%s(%s, %s);", x.text(m.Lhs[0].Pos(), m.Lhs[len(m.Lhs)-1].End()), m.Tok, local, f, ch, sel)
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// plainSelect leaves the choice to the runtime and yields around it.
func (x *rewriter) plainSelect(s *ast.SelectStmt) {
	if len(s.Body.List) > 0 {
		x.note(s, "the choice of this select statement is not explored: a case holds a function literal")
		x.insert(s.Pos(), local+".S();")
	}
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		x.insert(cc.Colon+1, local+".P();")
		if cc.Comm != nil {
			x.commInside(cc.Comm)
		}
		ast.Walk(x, cc)
	}
}

// commInside walks the function literals of a communication, and leaves its
// own send or receive to the select statement.
func (x *rewriter) commInside(comm ast.Stmt) {
	ast.Inspect(comm, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			ast.Walk(x, lit.Body)
			return false
		}
		return true
	})
}
