package atomic_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	vatomic "github.com/weft-course/weft/grader/gradetest/vatomic"
)

// TestStandsInForPackageAtomic holds the two packages against each other as the
// compiler sees them: what compiles with sync/atomic must compile with vatomic.
// A new Go release that adds to package sync/atomic makes it fail.
func TestStandsInForPackageAtomic(t *testing.T) {
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	real, err := imp.Import("sync/atomic")
	require.NoError(t, err)
	ours, err := imp.Import("github.com/weft-course/weft/grader/gradetest/vatomic")
	require.NoError(t, err)
	for _, name := range real.Scope().Names() {
		if !token.IsExported(name) {
			continue
		}
		want, got := real.Scope().Lookup(name), ours.Scope().Lookup(name)
		if assert.NotNil(t, got, "vatomic has no %s", name) {
			assert.Equal(t, text(want.Type()), text(got.Type()), name)
			assert.Equal(t, types.Comparable(want.Type()), types.Comparable(got.Type()), name)
			assert.Equal(t, methods(want.Type()), methods(got.Type()), name)
		}
	}
	for _, name := range ours.Scope().Names() {
		if token.IsExported(name) {
			assert.NotNil(t, real.Scope().Lookup(name), "a dot import would bring %s, too", name)
		}
	}
}

// text writes a type without its package and the names of parameters.
func text(typ types.Type) string {
	sig, ok := typ.(*types.Signature)
	if !ok {
		return types.TypeString(typ, func(*types.Package) string { return "" })
	}
	var words []string
	for _, list := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range list.Variables() {
			words = append(words, text(v.Type()))
		}
		words = append(words, ";")
	}
	return strings.Join(words, " ")
}

func methods(typ types.Type) map[string]string {
	set := map[string]string{}
	for sel := range types.NewMethodSet(types.NewPointer(typ)).Methods() {
		if sel.Obj().Exported() {
			set[sel.Obj().Name()] = text(sel.Obj().Type())
		}
	}
	return set
}

func TestOperations(t *testing.T) {
	var i vatomic.Int64
	i.Store(6)
	assert.EqualValues(t, 7, i.Add(1))
	assert.EqualValues(t, 7, i.And(3))
	assert.EqualValues(t, 3, i.Or(8))
	assert.EqualValues(t, 11, i.Swap(1))
	assert.True(t, i.CompareAndSwap(1, 2))
	assert.False(t, i.CompareAndSwap(1, 2))
	assert.EqualValues(t, 2, i.Load())
	var u uint32 = 6
	assert.EqualValues(t, 5, vatomic.AddUint32(&u, ^uint32(0)))
	assert.EqualValues(t, 5, vatomic.SwapUint32(&u, 9))
	assert.EqualValues(t, 9, vatomic.LoadUint32(&u))
	var p vatomic.Pointer[string]
	s := "s"
	assert.True(t, p.CompareAndSwap(nil, &s))
	assert.Same(t, &s, p.Load())
	var v vatomic.Value
	assert.Nil(t, v.Load())
	v.Store("a")
	assert.Panics(t, func() { v.Store(1) })
}
