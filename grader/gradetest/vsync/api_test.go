package sync_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStandsInForPackageSync holds the two packages against each other as the
// compiler sees them: what compiles with sync must compile with vsync. A new
// Go release that adds to package sync makes it fail.
func TestStandsInForPackageSync(t *testing.T) {
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	real, err := imp.Import("sync")
	require.NoError(t, err)
	ours, err := imp.Import("github.com/weft-course/weft/grader/gradetest/vsync")
	require.NoError(t, err)
	for _, name := range real.Scope().Names() {
		if !token.IsExported(name) {
			continue
		}
		want, got := real.Scope().Lookup(name), ours.Scope().Lookup(name)
		if assert.NotNil(t, got, "vsync has no %s", name) {
			assert.IsType(t, want, got, name)
			sameShape(t, name, want.Type(), got.Type())
		}
	}
}

// sameShape compares two types as code outside of their packages can use them.
func sameShape(t *testing.T, name string, want, got types.Type) {
	t.Helper()
	assert.Equal(t, text(want), text(got), name)
	assert.Equal(t, types.Comparable(want), types.Comparable(got), "%s is comparable: a struct with it can be compared and be the key of a map", name)
	assert.Equal(t, methods(want), methods(got), "methods of %s", name)
	assert.Equal(t, methods(types.NewPointer(want)), methods(types.NewPointer(got)), "methods of *%s", name)
	assert.Equal(t, fields(want), fields(got), "fields of %s", name)
	_, wantInterface := want.Underlying().(*types.Interface)
	_, gotInterface := got.Underlying().(*types.Interface)
	assert.Equal(t, wantInterface, gotInterface, "%s is an interface", name)
}

// text writes a type without its package, and with int and string for its type parameters.
func text(typ types.Type) string {
	if f, ok := typ.(*types.Signature); ok && f.TypeParams().Len() > 0 {
		with := []types.Type{types.Typ[types.Int], types.Typ[types.String]}[:f.TypeParams().Len()]
		if one, err := types.Instantiate(nil, f, with, true); err == nil {
			typ = one
		}
	}
	if f, ok := typ.(*types.Signature); ok {
		typ = types.NewSignatureType(nil, nil, nil, bare(f.Params()), bare(f.Results()), f.Variadic())
	}
	return types.TypeString(types.Unalias(typ), func(*types.Package) string { return "" })
}

// bare drops the names of parameters, which no caller sees.
func bare(vars *types.Tuple) *types.Tuple {
	var list []*types.Var
	for v := range vars.Variables() {
		list = append(list, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(list...)
}

func methods(typ types.Type) map[string]string {
	set := map[string]string{}
	for sel := range types.NewMethodSet(typ).Methods() {
		if sel.Obj().Exported() {
			set[sel.Obj().Name()] = text(sel.Type())
		}
	}
	return set
}

func fields(typ types.Type) map[string]string {
	set := map[string]string{}
	if s, ok := typ.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() {
				set[f.Name()] = text(f.Type())
			}
		}
	}
	return set
}
