package explore

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// edit replaces the bytes from..to. Of edits at the same place the one with
// the lower order comes first.
type edit struct {
	from, to, order int
	text            string
}

// rewriter collects the edits of a file, or of an expression in it that moves.
type rewriter struct {
	*file
	edits []edit
}

func (x *rewriter) insert(at token.Pos, text string) { x.replace(at, at, text) }

// replace keeps as many lines as there were.
func (x *rewriter) replace(from, to token.Pos, text string) {
	lost := strings.Count(x.text(from, to), "\n") - strings.Count(text, "\n")
	x.edits = append(x.edits, edit{x.offset(from), x.offset(to), len(x.edits), text + strings.Repeat("\n", max(lost, 0))})
}

// closing inserts after a node; at the same place it comes before what was
// inserted earlier, because brackets close in reverse.
func (x *rewriter) closing(at token.Pos, text string) {
	x.edits = append(x.edits, edit{x.offset(at), x.offset(at), -len(x.edits) - 1, text})
}

// apply returns the bytes from..to with their edits.
func (x *rewriter) apply(from, to int) ([]byte, error) {
	slices.SortFunc(x.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.order, b.order))
	})
	var out bytes.Buffer
	for _, e := range x.edits {
		if e.from < from || x.failed {
			return nil, fmt.Errorf("edits overlap at byte %d", e.from)
		}
		out.Write(x.src[from:e.from])
		out.WriteString(e.text)
		from = e.to
	}
	out.Write(x.src[from:to])
	return out.Bytes(), nil
}

// moved is an expression rewritten, on one line, to stand in another place.
func (x *rewriter) moved(e ast.Expr) string {
	inner := &rewriter{file: x.file}
	ast.Walk(inner, e)
	text, err := inner.apply(x.offset(e.Pos()), x.offset(e.End()))
	if err != nil {
		x.failed = true
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
