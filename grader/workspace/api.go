package workspace

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/weft-course/weft/grader"
)

// apiTest returns a test file that compiles only if every exported function and
// method of the stub is there with the stub's signature. Untyped constants in
// hidden tests would let New(n int64) pass for New(n int).
func apiTest(ex *grader.Exercise) ([]byte, error) {
	a := api{pkg: ex.Package, path: grader.ModulePath + "/solutions/" + ex.Slug, imports: map[string]string{}, types: map[string]bool{}}
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(ex.Stub)) {
		f, err := parser.ParseFile(token.NewFileSet(), name, ex.Stub[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("workspace: the stub: %w", err)
		}
		files = append(files, f)
		a.declared(f)
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Provided)) {
		if f, err := parser.ParseFile(token.NewFileSet(), name, ex.Provided[name], parser.SkipObjectResolution); err == nil {
			a.declared(f)
		}
	}
	for _, f := range files {
		a.sentinels(f)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() {
				a.function(f, fn)
			}
		}
	}
	var out bytes.Buffer
	if err := apiFile.Execute(&out, map[string]any{"Package": ex.Package, "Path": a.path, "Imports": a.imports, "Lines": a.lines, "Errors": a.errors, "Module": grader.ModulePath}); err != nil {
		return nil, err
	}
	return format.Source(out.Bytes())
}

var apiFile = template.Must(template.New("").Parse(`package {{.Package}}_test

import (
	{{.Package}} "{{.Path}}"
{{- if .Errors}}
	"{{.Module}}/grader/gradetest"
{{- end}}
{{- range $name, $path := .Imports}}
	{{$name}} "{{$path}}"
{{- end}}
)

var (
	_ {{.Package}}.WeftGuard
{{- range .Lines}}
	{{.}}
{{- end}}
{{- $package := .Package}}
{{- if .Errors}}
	_ = gradetest.Sentinels(map[string]error{
	{{- range .Errors}}
		"{{.}}": {{$package}}.{{.}},
	{{- end}}
	})
{{- end}}
)
`))

// api collects assertions about one package.
type api struct {
	pkg, path string
	types     map[string]bool   // exported types of the package
	imports   map[string]string // what the assertions need
	lines     []string
	errors    []string // exported variables that hold errors
}

func (a *api) declared(f *ast.File) {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, s := range g.Specs {
				if t, ok := s.(*ast.TypeSpec); ok && t.Name.IsExported() {
					a.types[t.Name.Name] = true
				}
			}
		}
	}
}

// sentinels notes the errors that callers compare with.
func (a *api) sentinels(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				if strings.HasPrefix(name.Name, "Err") && name.IsExported() {
					a.errors = append(a.errors, name.Name)
				}
			}
		}
	}
}

// function adds the assertion for one function or method, unless its type
// cannot be written outside of the package.
func (a *api) function(f *ast.File, fn *ast.FuncDecl) {
	w := typeWriter{api: a, file: f, params: map[string]bool{}}
	value := a.pkg + "." + fn.Name.Name
	var in []string
	if fn.Recv != nil {
		recv := fn.Recv.List[0].Type
		base, args := receiverBase(recv)
		if !ast.IsExported(base) {
			return
		}
		for _, p := range args {
			w.params[p] = true
		}
		text := a.pkg + "." + base + instance(len(args))
		if _, pointer := recv.(*ast.StarExpr); pointer {
			text = "*" + text
		}
		in, value = append(in, text), "("+text+")."+fn.Name.Name
	}
	if !w.typeParams(fn.Type.TypeParams) {
		return
	}
	if n := fn.Type.TypeParams.NumFields(); n > 0 {
		value += instance(n)
	}
	in = append(in, w.fields(fn.Type.Params)...)
	out := w.fields(fn.Type.Results)
	if w.hidden {
		return
	}
	maps.Copy(a.imports, w.imports)
	a.lines = append(a.lines, fmt.Sprintf("_ func(%s) (%s) = %s", strings.Join(in, ", "), strings.Join(out, ", "), value))
}

// instance writes n type arguments.
func instance(n int) string {
	if n == 0 {
		return ""
	}
	return "[" + strings.Join(slices.Repeat([]string{"int"}, n), ", ") + "]"
}

// receiverBase returns the type's name and its type parameters.
func receiverBase(t ast.Expr) (name string, params []string) {
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	var args []ast.Expr
	switch x := t.(type) {
	case *ast.IndexExpr:
		t, args = x.X, []ast.Expr{x.Index}
	case *ast.IndexListExpr:
		t, args = x.X, x.Indices
	}
	for _, a := range args {
		if id, ok := a.(*ast.Ident); ok {
			params = append(params, id.Name)
		}
	}
	if id, ok := t.(*ast.Ident); ok {
		name = id.Name
	}
	return name, params
}

// typeWriter writes types of the package as another package would.
type typeWriter struct {
	*api
	file    *ast.File
	params  map[string]bool // type parameters, for which int stands
	imports map[string]string
	hidden  bool // something cannot be named from outside
}

// typeParams notes the type parameters, and reports whether int satisfies them.
func (w *typeWriter) typeParams(list *ast.FieldList) bool {
	if list == nil {
		return true
	}
	for _, f := range list.List {
		c, ok := f.Type.(*ast.Ident)
		if !ok || c.Name != "any" && c.Name != "comparable" {
			return false
		}
		for _, n := range f.Names {
			w.params[n.Name] = true
		}
	}
	return true
}

func (w *typeWriter) fields(list *ast.FieldList) (types []string) {
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		text := w.write(f.Type)
		for range max(1, len(f.Names)) {
			types = append(types, text)
		}
	}
	return types
}

func (w *typeWriter) write(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return w.ident(t.Name)
	case *ast.SelectorExpr:
		return w.selector(t)
	case *ast.StarExpr:
		return "*" + w.write(t.X)
	case *ast.ParenExpr:
		return "(" + w.write(t.X) + ")"
	case *ast.Ellipsis:
		return "..." + w.write(t.Elt)
	case *ast.ArrayType:
		if t.Len == nil {
			return "[]" + w.write(t.Elt)
		}
	case *ast.MapType:
		return "map[" + w.write(t.Key) + "]" + w.write(t.Value)
	case *ast.ChanType:
		return map[ast.ChanDir]string{ast.SEND: "chan<- ", ast.RECV: "<-chan ", ast.SEND | ast.RECV: "chan "}[t.Dir] + "(" + w.write(t.Value) + ")"
	case *ast.FuncType:
		return "func(" + strings.Join(w.fields(t.Params), ", ") + ") (" + strings.Join(w.fields(t.Results), ", ") + ")"
	case *ast.IndexExpr:
		return w.write(t.X) + "[" + w.write(t.Index) + "]"
	case *ast.IndexListExpr:
		var args []string
		for _, a := range t.Indices {
			args = append(args, w.write(a))
		}
		return w.write(t.X) + "[" + strings.Join(args, ", ") + "]"
	case *ast.StructType:
		if t.Fields.NumFields() == 0 {
			return "struct{}"
		}
	case *ast.InterfaceType:
		if t.Methods.NumFields() == 0 {
			return "any"
		}
	}
	w.hidden = true
	return ""
}

func (w *typeWriter) ident(name string) string {
	switch {
	case w.params[name]:
		return "int"
	case w.types[name]:
		return w.pkg + "." + name
	case ast.IsExported(name) || !isPredeclared(name):
		w.hidden = true
	}
	return name
}

func isPredeclared(name string) bool {
	return slices.Contains(strings.Fields(`any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string
uint uint8 uint16 uint32 uint64 uintptr`), name)
}

// selector writes a type of another package, and sees to its import.
func (w *typeWriter) selector(t *ast.SelectorExpr) string {
	x, ok := t.X.(*ast.Ident)
	for _, im := range w.file.Imports {
		p, err := strconv.Unquote(im.Path.Value)
		if err != nil || !ok {
			continue
		}
		name := grader.NameInCode(p)
		if im.Name != nil {
			name = im.Name.Name
		}
		if name == x.Name {
			if w.imports == nil {
				w.imports = map[string]string{}
			}
			w.imports[name] = p
			return name + "." + t.Sel.Name
		}
	}
	w.hidden = true
	return ""
}
