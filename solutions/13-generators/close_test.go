package generators_test

import (
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

func TestPulledCloseCleansUp(t *testing.T)  { closeCleansUp(t, generators.Pulled[int]) }
func TestSpawnedCloseCleansUp(t *testing.T) { closeCleansUp(t, generators.Spawned[int]) }

// closeCleansUp has a body that takes its time to clean up.
func closeCleansUp(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var refused, cleaned bool
		g := of(func(yield func(int) bool) {
			defer func() {
				time.Sleep(time.Second)
				cleaned = true
			}()
			refused = !yield(1)
		})
		require.Equal(t, got(1), ask(g), "first Next")
		g.Close()
		require.True(t, refused, "has the yield that the body stood at returned false, when Close returns")
		require.True(t, cleaned, "has the body's deferred function run, when Close returns")
		mustEnd(t, g, "after Close")
	})
}

func TestPulledCloseUnasked(t *testing.T)  { closeUnasked(t, generators.Pulled[int]) }
func TestSpawnedCloseUnasked(t *testing.T) { closeUnasked(t, generators.Spawned[int]) }

func closeUnasked(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		g := of(c.upTo(3))
		g.Close()
		gradetest.Settle()
		require.Zero(t, c.begun.get(), "times that the body was started by a Close before the first Next")
		mustEnd(t, g, "after a Close before the first Next")
		require.Zero(t, c.begun.get(), "times that the body was started after Close")
	})
}

func TestCloseAgain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			g := of(c.upTo(3))
			require.Equal(t, got(1), ask(g), "first Next of a %s generator", name)
			for range 3 {
				g.Close()
			}
			mustEnd(t, g, "after three calls of Close")
			g.Close()
			assert.Equal(t, 1, c.cleaned.get(), "times that the body of a %s generator has cleaned up", name)

			g = of(c.upTo(0))
			mustEnd(t, g, "of an empty generator")
			g.Close()
			g.Close()
			assert.Equal(t, 2, c.cleaned.get(), "times that the bodies of two %s generators have cleaned up", name)
		}
	})
}

// TestYieldAfterTheEnd has a body that takes no notice of what yield returns.
func TestYieldAfterTheEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			wentOn := 0
			g := of(func(yield func(int) bool) {
				for i := range 5 {
					if !yield(i) {
						wentOn++
					}
				}
			})
			require.Equal(t, got(0), ask(g), "first Next of a %s generator", name)
			require.Panics(t, g.Close, "Close of a %s generator whose body yields again after false", name)
			require.Equal(t, 1, wentOn, "times that yield has returned false to a body that takes no notice")
			mustEnd(t, g, "after such a Close")
		}
	})
}

func TestPulledCloseMeetsNext(t *testing.T)  { closeMeetsNext(t, generators.Pulled[int]) }
func TestSpawnedCloseMeetsNext(t *testing.T) { closeMeetsNext(t, generators.Spawned[int]) }

// closeMeetsNext has both begin together, as the first calls or later: the Next
// may come before or after.
func closeMeetsNext(t *testing.T, of source) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		for asked := range 2 {
			var c tally
			g := of(c.upTo(9))
			for i := 1; i <= asked; i++ {
				require.Equal(t, got(i), ask(g), "Next number %d", i)
			}
			next := gradetest.Go(func() result { return ask(g) })
			g.Close()
			begun, cleaned := c.begun.get(), c.cleaned.get()
			gradetest.Settle()
			require.Contains(t, []result{got(asked + 1), end()}, next.MustReturn(t, "a Next that meets Close"), "result of a Next that meets Close")
			require.Equal(t, begun, cleaned, "times that the body has cleaned up when Close returns, of as many as it was started")
			require.Equal(t, begun, c.begun.get(), "times that the body was started, after Close as before")
			mustEnd(t, g, "after a Next that met Close")
		}
	})
}

func TestPulledCloseMeetsClose(t *testing.T)  { closeMeetsClose(t, generators.Pulled[int]) }
func TestSpawnedCloseMeetsClose(t *testing.T) { closeMeetsClose(t, generators.Spawned[int]) }

// closeMeetsClose has two close at once: both must wait for the clean-up.
func closeMeetsClose(t *testing.T, of source) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		var c tally
		g := of(c.upTo(9))
		require.Equal(t, got(1), ask(g), "first Next")
		closing := func() int {
			g.Close()
			return c.cleaned.get()
		}
		other := gradetest.Go(closing)
		require.Equal(t, 1, closing(), "times that the body has cleaned up when one of two Closes returns")
		gradetest.Settle()
		require.Equal(t, 1, other.MustReturn(t, "a Close that meets another Close"), "times that the body has cleaned up when the other Close returns")
	})
}

func TestLoopCloses(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			for range generators.All(of(c.upTo(9))) {
				break
			}
			require.Equal(t, 1, c.cleaned.get(), "times that the body of a %s generator has cleaned up after a loop that broke off", name)
			require.Panics(t, func() {
				for range generators.All(of(c.upTo(9))) {
					panic("out of the loop")
				}
			}, "a loop that panics")
			require.Equal(t, 2, c.cleaned.get(), "times that two bodies have cleaned up, the second after a loop that panicked")
			for range generators.All(of(c.upTo(2))) {
			}
			require.Equal(t, 3, c.cleaned.get(), "times that three bodies have cleaned up, the third after a loop to its end")
		}
	})
}

// expressions are what owns another generator; each lets everything through.
func expressions() iter.Seq2[string, func(generators.Generator[int]) generators.Generator[int]] {
	return func(yield func(string, func(generators.Generator[int]) generators.Generator[int]) bool) {
		_ = yield("Map", func(g generators.Generator[int]) generators.Generator[int] {
			return generators.Map(g, func(n int) int { return n })
		}) && yield("Filter", func(g generators.Generator[int]) generators.Generator[int] {
			return generators.Filter(g, func(int) bool { return true })
		}) && yield("Take", func(g generators.Generator[int]) generators.Generator[int] {
			return generators.Take(g, 7)
		})
	}
}

// TestOwnerCloses closes what Map, Filter and Take return, after it was asked
// for something and before.
func TestOwnerCloses(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, own := range expressions() {
			for kind, of := range kinds() {
				for asked := range 2 {
					var c tally
					inner := of(c.upTo(9))
					require.Equal(t, got(1), ask(inner), "first Next of a %s generator", kind)
					g := own(inner)
					for i := range asked {
						require.Equal(t, got(2+i), ask(g), "Next of what %s returns", name)
					}
					g.Close()
					require.Equal(t, 1, c.cleaned.get(), "times that the source of %s has cleaned up after Close, which came after %d calls of Next", name, asked)
					mustEnd(t, g, "after Close of what "+name+" returns")
				}
			}
		}
	})
}

func TestTakeClosesItsSource(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			for n := range 3 {
				var c tally
				inner := of(c.upTo(9))
				require.Equal(t, got(1), ask(inner), "first Next of a %s generator", name)
				g := generators.Take(inner, n)
				for i := range n {
					require.Equal(t, got(2+i), ask(g), "Next number %d of Take(g, %d)", i+1, n)
				}
				mustEnd(t, g, "after the last of Take")
				require.Equal(t, 1, c.cleaned.get(), "times that the source of Take(g, %d) has cleaned up at the end", n)
			}
		}
	})
}
