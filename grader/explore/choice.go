package explore

import (
	"fmt"
	"go/ast"
	"strings"
)

// selectStmt rewrites a select statement into a switch over what the seed
// chose. Operands are evaluated in the order of the source:
//
//	{ c0 := ch; c1 := W(out)(1); sel := Select(false, R(c0), c1); switch sel.I { case 0: v := Value(c0, sel); … } }
func (x *rewriter) selectStmt(s *ast.SelectStmt, label *ast.LabeledStmt) {
	if why := x.unpolled(s, label); why != "" {
		x.plainSelect(s, label, why)
		return
	}
	x.count++
	sel := fmt.Sprintf("weftsel%d", x.count)
	head, args := "{ ", []string{"false"}
	for i, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		if cc.Comm == nil {
			args[0] = "true"
			x.replace(cc.Case, cc.Colon+1, "case -1: ")
		} else {
			operand, arg, get := x.communication(cc.Comm, fmt.Sprintf("%s_%d", sel, i), sel)
			head += operand + "; "
			args = append(args, arg)
			x.replace(cc.Case, cc.Colon+1, fmt.Sprintf("case %d: %s", len(args)-2, get))
		}
		x.clause(cc)
	}
	from, name := s.Pos(), ""
	if label != nil {
		from, name = label.Pos(), label.Label.Name+": "
	}
	head += fmt.Sprintf("%s := %s.Select(%s); ", sel, local, strings.Join(args, ", "))
	if label != nil { // the select stays on its own line
		x.replace(from, s.Pos(), "")
	}
	x.replace(s.Pos(), s.Body.Lbrace+1, fmt.Sprintf("%s%sswitch %s.I {", head, name, sel))
	// never reached; it makes the switch a terminating statement where the select is one
	x.replace(s.Body.Rbrace, s.Body.Rbrace+1, "; default: select {} }}")
}

// communication returns what is evaluated before the choice, the argument of
// Select, and what the chosen case does first.
func (x *rewriter) communication(comm ast.Stmt, c, sel string) (operand, arg, get string) {
	switch m := comm.(type) {
	case *ast.SendStmt:
		return fmt.Sprintf("%s := %s.W(%s)(%s)", c, local, x.moved(m.Chan), x.moved(m.Value)), c, ""
	case *ast.ExprStmt:
		operand = x.moved(received(m.X).X)
	case *ast.AssignStmt:
		operand = x.moved(received(m.Rhs[0]).X)
		get = fmt.Sprintf("%s %s %s.Value(%s, %s);", x.moved(m.Lhs[0]), m.Tok, local, c, sel)
		if len(m.Lhs) == 2 { // a comparison can be assigned to any boolean type
			get = fmt.Sprintf("%s, %s %s %s.Value(%s, %s), %s.OK == true;", x.moved(m.Lhs[0]), x.moved(m.Lhs[1]), m.Tok, local, c, sel, sel)
		}
	}
	return c + " := " + operand, local + ".R(" + c + ")", get
}

// clause walks what a case holds.
func (x *rewriter) clause(cc *ast.CommClause) {
	x.statements(cc.Body)
	for _, s := range cc.Body {
		ast.Walk(x, s)
	}
}

// unpolled says why the runtime has to choose; nothing if the seed can.
func (x *rewriter) unpolled(s *ast.SelectStmt, label *ast.LabeledStmt) string {
	if len(s.Body.List) == 0 {
		return "it has no cases"
	}
	if label != nil && x.gotos[label.Label.Name] {
		return "a goto jumps to it"
	}
	for _, c := range s.Body.List {
		comm := c.(*ast.CommClause).Comm
		switch {
		case comm == nil:
		case !communicates(comm): // the parser takes it, the compiler will not
			return "a case neither sends nor receives"
		case !x.movable(comm):
			return "a case holds a function literal of several lines"
		}
	}
	return ""
}

func communicates(comm ast.Stmt) bool {
	switch m := comm.(type) {
	case *ast.SendStmt:
		return true
	case *ast.ExprStmt:
		return received(m.X) != nil
	case *ast.AssignStmt:
		return len(m.Lhs) <= 2 && len(m.Rhs) == 1 && received(m.Rhs[0]) != nil
	}
	return false
}

// movable reports whether a case can move to the line of its select: of a
// function literal the statements would not keep their lines.
func (x *rewriter) movable(comm ast.Stmt) bool {
	for n := range ast.Preorder(comm) {
		if lit, ok := n.(*ast.FuncLit); ok && x.line(lit.Pos()) != x.line(lit.End()) {
			return false
		}
	}
	return true
}

// plainSelect leaves the choice to the runtime and yields around it.
func (x *rewriter) plainSelect(s *ast.SelectStmt, label *ast.LabeledStmt, why string) {
	if len(s.Body.List) > 0 {
		x.note(s, "the choice of this select statement is not explored: "+why)
	}
	first := ast.Node(s)
	if label != nil { // which must stay with the select, for break
		first = label
	}
	x.insert(first.Pos(), local+".S();")
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		x.insert(cc.Colon+1, local+".P();")
		if cc.Comm != nil {
			x.literals(cc.Comm)
		}
		x.clause(cc)
	}
}

// literals walks the function literals of a communication, and leaves its own
// send or receive to the select statement.
func (x *rewriter) literals(comm ast.Stmt) {
	ast.Inspect(comm, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if ok {
			ast.Walk(x, lit.Body)
		}
		return !ok
	})
}
