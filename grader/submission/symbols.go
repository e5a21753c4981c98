package submission

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
)

// rule says what of a package may be used.
type rule struct {
	only []string          // if not empty, nothing else
	not  map[string]string // names that may not be used, with what to do instead
}

const (
	noGlobal   = "it changes what the tests see too; use a value of your own"
	noTables   = "use the functions of the package, as in unicode.IsLetter"
	noRuntime  = "what a goroutine is, and who calls it, must not matter; pass what you need as an argument"
	zeroProcs  = "ask with runtime.GOMAXPROCS(0); the number belongs to the program, not to a package"
	notReplace = "a package's variables are everybody's: leave them as they are"
)

// rules are for the packages of [Imports] that hold more than computing needs.
// An exercise may allow a name in its own imports, as in "runtime.Goexit", or
// "runtime/debug.Stack" where nothing else of the package is needed.
var rules = map[string]rule{
	"runtime": {
		only: []string{"Gosched", "NumCPU", "NumGoroutine", "GOMAXPROCS", "KeepAlive", "GC", "Error", "TypeAssertionError", "GOOS", "GOARCH", "Version"},
		not: map[string]string{
			"Goexit": "return instead, so that whoever called you goes on", "Stack": noRuntime, "Callers": noRuntime, "Caller": noRuntime, "CallersFrames": noRuntime,
			"LockOSThread": "a goroutine is enough", "SetFinalizer": "clean up in a method that the caller calls", "AddCleanup": "clean up in a method that the caller calls",
		},
	},
	"time": {not: map[string]string{"UTC": noGlobal, "Local": noGlobal}},
	"unicode": {only: []string{
		"IsLetter", "IsDigit", "IsSpace", "IsUpper", "IsLower", "IsTitle", "IsPunct", "IsNumber", "IsControl", "IsGraphic", "IsPrint", "IsMark", "IsSymbol",
		"ToUpper", "ToLower", "ToTitle", "SimpleFold", "MaxRune", "ReplacementChar", "MaxASCII", "MaxLatin1",
	}, not: map[string]string{"": noTables}},
	"math/rand": {not: map[string]string{"Seed": "make a generator of your own with rand.New"}},
}

// named lists what the exercise allows of a package by name, as "Stack" for
// "runtime/debug.Stack".
func (c *checker) named(pkg string) (names []string) {
	for _, im := range c.ex.Imports {
		if name, ok := strings.CutPrefix(im, pkg+"."); ok && !strings.Contains(name, "/") && ast.IsExported(name) {
			names = append(names, name)
		}
	}
	return names
}

// refusal says why name of a package may not be used, or "".
func (c *checker) refusal(pkg, name string) string {
	r, strict := rules[pkg]
	named := c.named(pkg)
	switch {
	case slices.Contains(named, name) || slices.Contains(c.ex.Imports, pkg):
		return ""
	case !slices.Contains(Imports, pkg) && len(named) > 0:
		return "of this package the exercise needs " + strings.Join(named, ", ")
	case !strict:
		return ""
	}
	if why := r.not[name]; why != "" {
		return why
	}
	if len(r.only) > 0 && !slices.Contains(r.only, name) {
		if why := r.not[""]; why != "" {
			return why
		}
		return "the lesson says what this exercise needs"
	}
	return ""
}

// local returns the packages of a file by the names they have in it.
func local(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, im := range f.Imports {
		p, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			continue
		}
		name := grader.NameInCode(p)
		if im.Name != nil {
			name = im.Name.Name
		}
		names[name] = p
	}
	return names
}

// symbols checks every use of another package's names. The parser has resolved
// the identifiers that the file declares; what is left bears a package's name
// only where it is that package: Go lets no other file of the package declare it.
func (c *checker) symbols(f *ast.File) {
	packages := local(f)
	foreign := func(e ast.Expr) (pkg, name string, ok bool) {
		s, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			return "", "", false
		}
		x, ok := s.X.(*ast.Ident)
		if !ok || x.Obj != nil || packages[x.Name] == "" {
			return "", "", false
		}
		return packages[x.Name], s.Sel.Name, true
	}
	changed := func(e ast.Expr) {
		if pkg, name, ok := foreign(root(e)); ok {
			c.refuse(e.Pos(), notReplace, "%s.%s must not be changed", grader.NameInCode(pkg), name)
		}
	}
	fixed := map[ast.Node]bool{} // uses of GOMAXPROCS that only ask
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if pkg, name, ok := foreign(n.Fun); ok && pkg == "runtime" && name == "GOMAXPROCS" && asks(n) {
				fixed[ast.Unparen(n.Fun)] = true
			}
		case *ast.SelectorExpr:
			pkg, name, ok := foreign(n)
			why := ""
			if ok {
				why = c.refusal(pkg, name)
			}
			if pkg == "runtime" && name == "GOMAXPROCS" && !fixed[n] {
				why = zeroProcs
			}
			if why != "" {
				c.refuse(n.Pos(), why, "%s.%s is not allowed here", grader.NameInCode(pkg), name)
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				changed(e)
			}
		case *ast.IncDecStmt:
			changed(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				changed(n.X)
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if e != nil {
					changed(e)
				}
			}
		}
		return true
	})
}

// asks reports whether a call of GOMAXPROCS changes nothing.
func asks(call *ast.CallExpr) bool {
	if len(call.Args) != 1 {
		return false
	}
	zero, ok := ast.Unparen(call.Args[0]).(*ast.BasicLit)
	return ok && zero.Value == "0"
}

// root is what an expression reaches into: x for x.f[1], *x and (x).
func root(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.CompositeLit:
			return nil // &T{} makes a new value
		case *ast.SelectorExpr:
			if _, plain := x.X.(*ast.Ident); plain {
				return x
			}
			e = x.X
		default:
			return e
		}
	}
}

// predeclared are names whose meaning every reader relies on. Functions such as
// min and max are not among them: older code brings its own.
var predeclared = strings.Fields(`any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string
uint uint8 uint16 uint32 uint64 uintptr true false iota nil`)

// shadows refuses declarations of the package's that take a predeclared name.
func (c *checker) shadows(f *ast.File) {
	taken := func(name *ast.Ident) {
		if slices.Contains(predeclared, name.Name) {
			c.refuse(name.Pos(), "choose another name", "%s means something else in every Go program, and must not be declared anew", name.Name)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				taken(d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					taken(s.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						taken(name)
					}
				case *ast.ImportSpec:
					if s.Name != nil {
						taken(s.Name)
					}
				}
			}
		}
	}
}
