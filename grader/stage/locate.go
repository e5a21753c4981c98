package stage

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/weft-course/weft/grader"
)

// explain completes the findings of a test with the rule it stands for and a
// place in the student's file.
func explain(p *grader.Pass, t grader.TestCase, fs []grader.Finding) []grader.Finding {
	out := make([]grader.Finding, 0, len(fs))
	for _, f := range fs {
		f.Rule = t.Rule
		out = append(out, locate(p, t, f))
	}
	return out
}

// locate points a finding without a place at the declaration that its test is about.
func locate(p *grader.Pass, t grader.TestCase, f grader.Finding) grader.Finding {
	if !f.Pos.IsValid() && t.About != "" {
		f.Pos = declaration(p.Submission, t.About)
	}
	return f
}

// declaration finds "New", "Semaphore" or "Semaphore.Acquire" in a submission.
func declaration(sub *grader.Submission, about string) grader.Position {
	recv, name, method := strings.Cut(about, ".")
	if !method {
		recv, name = "", about
	}
	for _, file := range sub.Names {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, sub.Files[file], parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			if pos := declares(d, recv, name); pos.IsValid() {
				at := fset.PositionFor(pos, false)
				return grader.Position{File: filepath.Join(sub.Dir, file), Line: at.Line, Func: about}
			}
		}
	}
	return grader.Position{}
}

func declares(d ast.Decl, recv, name string) token.Pos {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.Name == name && receiver(d) == recv {
			return d.Pos()
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if recv == "" && s.Name.Name == name {
					return s.Pos()
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if recv == "" && n.Name == name {
						return n.Pos()
					}
				}
			}
		}
	}
	return token.NoPos
}

// receiver returns the type's name of a method's receiver, or "".
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
