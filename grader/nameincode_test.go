package grader

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNameInCode(t *testing.T) {
	for path, want := range map[string]string{"sync": "sync", "sync/atomic": "atomic", "math/rand/v2": "rand", "v": "v", "a/vet": "vet"} {
		assert.Equal(t, want, NameInCode(path), path)
	}
}
