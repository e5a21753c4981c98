package explore

import (
	"cmp"
	"go/ast"
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
)

// rewriter collects the edits of a file, or of an expression in it that moves.
type rewriter struct {
	*file
	edits []Edit
}

func (x *rewriter) insert(at token.Pos, text string) { x.replace(at, at, text) }

// replace keeps as many lines as there were.
func (x *rewriter) replace(from, to token.Pos, text string) {
	lost := strings.Count(x.text(from, to), "\n") - strings.Count(text, "\n")
	x.edits = append(x.edits, Edit{x.offset(from), x.offset(to), len(x.edits), text + strings.Repeat("\n", max(lost, 0))})
}

// closing inserts after a node; at the same place it comes before what was
// inserted earlier, because brackets close in reverse.
func (x *rewriter) closing(at token.Pos, text string) {
	x.edits = append(x.edits, Edit{x.offset(at), x.offset(at), -len(x.edits) - 1, text})
}

// moved is an expression rewritten, on one line, to stand in another place.
func (x *rewriter) moved(e ast.Expr) string {
	inner := &rewriter{file: x.file}
	ast.Walk(inner, e)
	text, err := splice(x.src, x.offset(e.Pos()), x.offset(e.End()), inner.edits)
	if err != nil {
		x.failed = cmp.Or(x.failed, err)
	}
	return oneLine(string(text))
}

// oneLine writes text without line breaks and the comments that need them.
func oneLine(text string) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	var out strings.Builder
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return strings.TrimSuffix(out.String(), "; ")
		case tok == token.SEMICOLON:
			lit = ";"
		case tok == token.STRING && strings.Contains(lit, "\n"):
			raw, _ := strconv.Unquote(lit)
			lit = strconv.Quote(raw)
		case lit == "":
			lit = tok.String()
		}
		out.WriteString(lit + " ")
	}
}
