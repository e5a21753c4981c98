package submission

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Imports are what every exercise may use: what pure, in-memory code needs.
// An exercise's own list comes on top.
var Imports = []string{
	"bytes", "cmp", "container/heap", "container/list", "container/ring", "context", "errors", "fmt", "hash/fnv", "iter", "maps",
	"math", "math/bits", "math/rand", "math/rand/v2", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time",
	"unicode", "unicode/utf8", "runtime", "weak", "unique",
}

// maxNesting bounds brackets within brackets, and prefixes before prefixes:
// deeper code would exhaust the stack of parser and compiler.
const maxNesting = 200

// Check applies the rules that need no compiler. Code that does not parse
// gives findings of cause build; the rest are of cause policy.
func Check(sub *grader.Submission, ex *grader.Exercise) []grader.Finding {
	var out []grader.Finding
	for _, name := range sub.Names {
		c := checker{name: filepath.Join(sub.Dir, name), ex: ex, fset: token.NewFileSet(), src: sub.Files[name]}
		c.file()
		out = append(out, c.findings...)
	}
	return out
}

type checker struct {
	name     string
	src      []byte
	ex       *grader.Exercise
	fset     *token.FileSet
	findings []grader.Finding
}

func (c *checker) refuse(pos token.Pos, help, format string, args ...any) {
	p := c.fset.PositionFor(pos, false) // line directives must not move it
	c.findings = append(c.findings, grader.Finding{
		Cause: grader.CausePolicy, Message: fmt.Sprintf(format, args...), Help: help,
		Pos: grader.Position{File: c.name, Line: p.Line, Col: p.Column},
	})
}

func (c *checker) file() {
	if !c.tokens() {
		return
	}
	f, err := parser.ParseFile(c.fset, c.name, c.src, parser.ParseComments)
	if err != nil {
		c.syntax(err)
		return
	}
	if f.Name.Name != c.ex.Package {
		c.refuse(f.Name.Pos(), "change the first line back to: package "+c.ex.Package, "the package is called %s; this exercise is package %s", f.Name.Name, c.ex.Package)
	}
	c.imports(f)
	c.comments(f)
	c.symbols(f)
	c.shadows(f)
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		switch {
		case ok && fn.Body == nil:
			c.refuse(fn.Pos(), "write the function in Go", "%s has no body", fn.Name.Name)
		case ok && fn.Recv != nil && (fn.Name.Name == "Is" || fn.Name.Name == "As"):
			c.refuse(fn.Pos(), "give it another name; errors.Is and errors.As find wrapped errors without it", "a method called %s decides what an error is taken for, and is not allowed", fn.Name.Name)
		}
	}
}

// syntax turns a parser's errors into findings of cause build.
func (c *checker) syntax(err error) {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		list = scanner.ErrorList{{Msg: err.Error()}}
	}
	for i, e := range list {
		if i == 5 {
			break
		}
		c.findings = append(c.findings, grader.Finding{
			Cause: grader.CauseBuild, Message: "the code does not parse: " + e.Msg,
			Pos: grader.Position{File: c.name, Line: max(e.Pos.Line, 1), Col: e.Pos.Column}, Help: "gofmt -l " + c.name + " says the same",
		})
	}
}

// tokens refuses what must not even reach a parser, brackets that nest beyond
// the limit, and types or expressions with too many prefixes, as in ******int;
// and names that the grader uses in the copies it makes. It reports whether the
// code may be parsed.
func (c *checker) tokens() bool {
	file := c.fset.AddFile(c.name, -1, len(c.src))
	var s scanner.Scanner
	s.Init(file, c.src, nil, 0)
	ours := false
	for depth, prefixes := 0, 0; ; {
		pos, tok, name := s.Scan()
		switch tok {
		case token.EOF:
			return true
		case token.IDENT:
			if !ours && strings.HasPrefix(strings.ToLower(name), "weft") {
				ours = true
				c.refuse(pos, "choose another name", "names that begin with weft belong to the grader; %s is one", name)
			}
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		switch tok {
		case token.MUL, token.SUB, token.ADD, token.NOT, token.AND, token.XOR, token.TILDE, token.ARROW, token.CHAN, token.FUNC, token.MAP, token.LBRACK, token.RBRACK:
			prefixes++
		default:
			prefixes = 0
		}
		if depth > maxNesting || prefixes > maxNesting {
			c.refuse(pos, "", "the code is nested more than %d deep", maxNesting)
			return false
		}
	}
}

func (c *checker) imports(f *ast.File) {
	for _, im := range f.Imports {
		p, err := strconv.Unquote(im.Path.Value)
		switch {
		case err != nil:
			continue
		case p == "C":
			c.refuse(im.Pos(), "write the exercise in Go", "cgo is not allowed")
		case !slices.Contains(Imports, p) && !slices.Contains(c.ex.Imports, p) && len(c.named(p)) == 0:
			c.refuse(im.Pos(), "remove the import; the lesson says what this exercise needs", "package %s is not needed here, and not allowed", p)
		case im.Name != nil && (im.Name.Name == "." || im.Name.Name == "_"):
			c.refuse(im.Pos(), "import it under its own name", "an import as %q is not allowed", im.Name.Name)
		}
	}
}

// comments refuses directives: they change what is compiled, or what the
// race detector sees, without a word in the code.
func (c *checker) comments(f *ast.File) {
	for _, g := range f.Comments {
		for _, cm := range g.List {
			text := cm.Text
			switch {
			case strings.HasPrefix(text, "//go:") || strings.HasPrefix(text, "//export ") || constraint.IsPlusBuild(text):
				c.refuse(cm.Pos(), "delete the line", "the directive %q is not allowed", firstWord(text))
			case strings.HasPrefix(text, "//line ") || strings.HasPrefix(text, "/*line "):
				c.refuse(cm.Pos(), "delete the comment", "line directives are not allowed")
			}
		}
	}
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}
