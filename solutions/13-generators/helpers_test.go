package generators_test

import (
	"errors"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/13-generators"
)

// source makes a generator of one of the two kinds.
type source func(iter.Seq[int]) generators.Generator[int]

// kinds are both, by name and in order.
func kinds() iter.Seq2[string, source] {
	return func(yield func(string, source) bool) {
		_ = yield("Pulled", generators.Pulled[int]) && yield("Spawned", generators.Spawned[int])
	}
}

// many stands for "no end in sight": a solution that computes everything in
// advance is to fail, and not to hang.
const many = 500

// count is a number that any goroutine may add one to.
type count struct{ n atomic.Int32 }

func (c *count) add()     { c.n.Add(1) }
func (c *count) get() int { return int(c.n.Load()) }

// tally is a body that notes what happens to it.
type tally struct {
	begun    count // times that it was started
	computed count // elements that it got to
	cleaned  count // times that its deferred function ran
}

// upTo yields 1 to n.
func (c *tally) upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		c.begun.add()
		defer c.cleaned.add()
		for i := 1; i <= n; i++ {
			c.computed.add()
			if !yield(i) {
				return
			}
		}
	}
}

// result is what a Next has returned.
type result struct {
	Value int
	End   bool // ErrStop
	Other error
}

func ask(g generators.Generator[int]) result {
	v, err := g.Next()
	if errors.Is(err, generators.ErrStop) {
		return result{Value: v, End: true}
	}
	return result{Value: v, Other: err}
}

func got(v int) result { return result{Value: v} }

// end is what Next returns after the last element.
func end() result { return result{End: true} }

// mustEnd asks a few times: the end is the end for ever.
func mustEnd(t *testing.T, g generators.Generator[int], when string) {
	t.Helper()
	for range 3 {
		require.Equal(t, end(), ask(g), "Next %s", when)
	}
}
