package generators_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

// Whatever a test of this file leaves behind is found at the end of its bubble.

func TestPulledUnaskedLeavesNothing(t *testing.T)  { unaskedLeavesNothing(t, generators.Pulled[int]) }
func TestSpawnedUnaskedLeavesNothing(t *testing.T) { unaskedLeavesNothing(t, generators.Spawned[int]) }

func unaskedLeavesNothing(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		of(c.upTo(3))
		of(c.upTo(3)).Close()
		for _, own := range expressions() {
			own(of(c.upTo(3)))
			own(of(c.upTo(3))).Close()
		}
		gradetest.Settle()
		require.Zero(t, c.begun.get(), "bodies that were started without a Next")
	})
}

func TestPulledEndLeavesNothing(t *testing.T)  { endLeavesNothing(t, generators.Pulled[int]) }
func TestSpawnedEndLeavesNothing(t *testing.T) { endLeavesNothing(t, generators.Spawned[int]) }

// endLeavesNothing does not close what has come to its end.
func endLeavesNothing(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		g := of(c.upTo(2))
		require.Equal(t, got(1), ask(g), "first Next")
		require.Equal(t, got(2), ask(g), "second Next")
		mustEnd(t, g, "after the last element")
		generators.Collect(of(c.upTo(3)))
	})
}

func TestPulledCloseLeavesNothing(t *testing.T)  { closeLeavesNothing(t, generators.Pulled[int]) }
func TestSpawnedCloseLeavesNothing(t *testing.T) { closeLeavesNothing(t, generators.Spawned[int]) }

func closeLeavesNothing(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		for asked := range 3 {
			g := of(c.upTo(9))
			for i := range asked {
				require.Equal(t, got(i+1), ask(g), "Next number %d", i+1)
			}
			g.Close()
		}
	})
}

func TestLoopLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			for v := range generators.All(of(c.upTo(9))) {
				if v == 2 {
					break
				}
			}
			for v := range generators.All(generators.Map(of(c.upTo(9)), func(n int) int { return -n })) {
				assert.Equal(t, -1, v, "first element of Map over a %s generator", name)
				break
			}
			assert.Panics(t, func() {
				for range generators.All(of(c.upTo(9))) {
					panic("out of the loop")
				}
			}, "a loop that panics")
		}
	})
}

func TestOwnersLeaveNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			g := generators.Take(generators.Filter(of(c.upTo(99)), func(n int) bool { return n%2 == 0 }), 2)
			assert.Equal(t, []int{2, 4}, generators.Collect(g), "the first two even numbers of a %s generator", name)
			for _, own := range expressions() {
				inner := of(c.upTo(99))
				require.Equal(t, got(1), ask(inner), "first Next of a %s generator", name)
				own(inner).Close()
			}
		}
	})
}

func TestPanicLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			g := of(func(yield func(int) bool) {
				yield(1)
				panic("no more")
			})
			require.Equal(t, got(1), ask(g), "Next before the panic")
			require.Panics(t, func() { g.Next() }, "the Next that runs into the panic of a %s generator", name)
			var c tally
			require.Panics(t, func() {
				generators.Collect(generators.Map(of(c.upTo(9)), func(int) int { panic("in f") }))
			}, "Collect of a Map that panics")
		}
	})
}
