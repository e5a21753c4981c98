package generators_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

func TestMapIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			var calls count
			g := generators.Map(of(c.upTo(many)), func(n int) int { calls.add(); return n * n })
			gradetest.Settle()
			require.Zero(t, c.computed.get()+calls.get(), "elements and calls of the function before Map's generator is asked")
			for i := 1; i <= 3; i++ {
				require.Equal(t, got(i*i), ask(g), "Next number %d of the squares of a %s generator", i, name)
				gradetest.Settle()
				assert.Equal(t, i, c.computed.get(), "elements that Map's source has computed after %d calls of Next", i)
				assert.Equal(t, i, calls.get(), "calls of the function after %d calls of Next", i)
			}
			g.Close()
		}
	})
}

func TestFilterIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			var calls count
			g := generators.Filter(of(c.upTo(many)), func(n int) bool { calls.add(); return n%3 == 0 })
			gradetest.Settle()
			require.Zero(t, c.computed.get()+calls.get(), "elements and calls of the function before Filter's generator is asked")
			for i := 3; i <= 9; i += 3 {
				require.Equal(t, got(i), ask(g), "Next of the multiples of three of a %s generator", name)
				gradetest.Settle()
				assert.Equal(t, i, c.computed.get(), "elements that Filter's source has computed when the generator is at %d", i)
				assert.Equal(t, i, calls.get(), "calls of the function when the generator is at %d", i)
			}
			g.Close()
		}
	})
}

func TestFilterEnds(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			g := generators.Filter(of(c.upTo(5)), func(n int) bool { return n == 2 })
			require.Equal(t, got(2), ask(g), "Next of the one element that a filter lets through, of a %s generator", name)
			mustEnd(t, g, "of a filter that lets nothing more through")
		}
	})
}

func TestTakeAsksForNoMore(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			for _, n := range []int{0, 1, 3} {
				var c tally
				g := generators.Take(of(c.upTo(many)), n)
				for i := 1; i <= n; i++ {
					require.Equal(t, got(i), ask(g), "Next number %d of Take(g, %d) of a %s generator", i, n, name)
					gradetest.Settle()
					require.Equal(t, i, c.computed.get(), "elements computed after %d calls of Next of Take(g, %d)", i, n)
				}
				mustEnd(t, g, "after the last of Take")
				gradetest.Settle()
				require.Equal(t, n, c.computed.get(), "elements computed when Take(g, %d) has ended", n)
			}
		}
	})
}

func TestTakeOfFewer(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			g := generators.Take(of(c.upTo(2)), 5)
			assert.Equal(t, []int{1, 2}, generators.Collect(g), "Take(g, 5) of a %s generator of two elements", name)
			inner := of(c.upTo(2))
			assert.Panics(t, func() { generators.Take(inner, -1) }, "Take(g, -1)")
			inner.Close()
		}
	})
}

func TestCollectIsEager(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			assert.Equal(t, []int{1, 2, 3, 4}, generators.Collect(of(c.upTo(4))), "Collect of a %s generator", name)
			assert.Empty(t, generators.Collect(of(c.upTo(0))), "Collect of an empty %s generator", name)
			g := of(c.upTo(4))
			require.Equal(t, got(1), ask(g), "first Next of a %s generator", name)
			assert.Equal(t, []int{2, 3, 4}, generators.Collect(g), "Collect of a %s generator that has been asked once", name)
			assert.Empty(t, generators.Collect(g), "Collect of a generator that has ended")
		}
	})
}

func TestAllRanges(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			g := of(c.upTo(many))
			var seen []int
			for v := range generators.All(g) {
				require.Equal(t, v, c.computed.get(), "elements computed when the loop has got as many")
				if seen = append(seen, v); v == 3 {
					break
				}
			}
			assert.Equal(t, []int{1, 2, 3}, seen, "elements of a loop over a %s generator up to the third", name)
			for v := range generators.All(g) {
				assert.Fail(t, "a second loop over a closed generator got an element", "%d", v)
				break
			}
		}
	})
}

func TestFibonacci(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		want := []uint64{0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89}
		assert.Equal(t, want, generators.Collect(generators.Take(generators.Pulled(generators.Fibonacci), 12)), "the first twelve Fibonacci numbers")
		assert.Equal(t, want, generators.Collect(generators.Take(generators.Spawned(generators.Fibonacci), 12)), "the same, spawned")
		g := generators.Take(generators.Pulled(generators.Fibonacci), 94)
		last := uint64(0)
		for v := range generators.All(g) {
			last = v
		}
		assert.Equal(t, uint64(12200160415121876738), last, "the 94th Fibonacci number")
	})
}

// TestExpressionsNest puts one into the other, over a source without end.
func TestExpressionsNest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			even := generators.Filter(of(c.upTo(many)), func(n int) bool { return n%2 == 0 })
			squares := generators.Map(even, func(n int) float64 { return float64(n*n) / 2 })
			assert.Equal(t, []float64{2, 8, 18}, generators.Collect(generators.Take(squares, 3)), "half the squares of the first three even numbers of a %s generator", name)
			assert.Equal(t, 6, c.computed.get(), "elements computed for the first three even numbers")
			assert.Equal(t, 1, c.cleaned.get(), "ends of the innermost body")
		}
	})
}
