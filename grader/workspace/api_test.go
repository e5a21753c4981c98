package workspace

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

const stubAPI = `package latch

import (
	"context"
	clock "time"
)

type Latch[K comparable, V any] struct{ hidden int }

type inner struct{}

type Task func() error

func New[K comparable, V any](n int, name ...string) *Latch[K, V] { return nil }

func (l *Latch[K, V]) Get(ctx context.Context, k K) (v V, ok bool) { return }

func (l *Latch[K, V]) each(func(K, V)) {}

func (t Task) Run(d clock.Duration, c chan<- Task, m map[string][]*Task) error { return nil }

func Ordered[T interface{ ~int | ~string }](T) {}

func Hidden(inner) {}

func Calls(func(int) (string, error), any, struct{}, [3]int) {}

func Empty(x interface{}, y struct{}, done <-chan struct{}) {}
`

// TestAPIOfTheStub: every exported function whose type can be written is asserted.
func TestAPIOfTheStub(t *testing.T) {
	text, err := apiTest(&grader.Exercise{Slug: "24-latch", Package: "latch", Stub: map[string][]byte{"latch.go": []byte(stubAPI)}})
	require.NoError(t, err)
	assert.Equal(t, `package latch_test

import (
	context "context"
	latch "github.com/weft-course/weft/solutions/24-latch"
	clock "time"
)

var (
	_ latch.WeftGuard
	_ func(int, ...string) *latch.Latch[int, int]                                           = latch.New[int, int]
	_ func(*latch.Latch[int, int], context.Context, int) (int, bool)                        = (*latch.Latch[int, int]).Get
	_ func(latch.Task, clock.Duration, chan<- (latch.Task), map[string][]*latch.Task) error = (latch.Task).Run
	_ func(any, struct{}, <-chan (struct{}))                                                = latch.Empty
)
`, string(text))
}

// TestAnotherSignatureIsAFinding: constants in tests do not hide it.
func TestAnotherSignatureIsAFinding(t *testing.T) {
	w := bench(t, "package tiny\n\nfunc F(n int64) int64 { return n }\n", Options{})
	built, err := w.Build(t.Context(), []grader.Flavour{grader.FlavourPlain})
	require.NoError(t, err)
	require.NotEmpty(t, built.Findings)
	assert.Equal(t, grader.CauseBuild, built.Findings[0].Cause)
	assert.Equal(t, "F must be func(int) int, and yours is func(n int64) int64.", built.Findings[0].Message)
}
