package iter_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	viter "github.com/weft-course/weft/grader/gradetest/viter"
)

// TestTheSameNames: whatever the next Go release adds must be added here.
func TestTheSameNames(t *testing.T) {
	from := importer.ForCompiler(token.NewFileSet(), "source", nil)
	names := func(path string) (list []string) {
		p, err := from.Import(path)
		require.NoError(t, err)
		for _, n := range p.Scope().Names() {
			if types.Object(p.Scope().Lookup(n)).Exported() {
				list = append(list, n)
			}
		}
		return list
	}
	assert.Equal(t, names("iter"), names("github.com/weft-course/weft/grader/gradetest/viter"))
}

func TestPull(t *testing.T) {
	next, stop := viter.Pull(slices.Values([]int{1, 2}))
	defer stop()
	for _, want := range []int{1, 2} {
		v, ok := next()
		assert.True(t, ok)
		assert.Equal(t, want, v)
	}
	_, ok := next()
	assert.False(t, ok)
	next2, stop2 := viter.Pull2(slices.All([]string{"a"}))
	k, v, ok := next2()
	assert.True(t, ok)
	assert.Equal(t, 0, k)
	assert.Equal(t, "a", v)
	stop2()
	_, _, ok = next2()
	assert.False(t, ok)
}
