package generators_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

func TestPulledOneAtATime(t *testing.T)  { oneAtATime(t, generators.Pulled[int]) }
func TestSpawnedOneAtATime(t *testing.T) { oneAtATime(t, generators.Spawned[int]) }

// oneAtATime looks after every Next how far the body got, with time for one
// that runs on by itself.
func oneAtATime(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		g := of(c.upTo(4))
		defer g.Close()
		gradetest.Settle()
		require.Zero(t, c.begun.get(), "times that the body has begun before the first Next")
		for i := 1; i <= 4; i++ {
			require.Equal(t, got(i), ask(g), "Next number %d of a body that yields 1, 2, 3, 4", i)
			gradetest.Settle()
			require.Equal(t, i, c.computed.get(), "elements that the body has computed after %d calls of Next", i)
		}
		require.Zero(t, c.cleaned.get(), "ends of the body after the Next that returned its last element")
		require.Equal(t, end(), ask(g), "Next after the last element")
		require.Equal(t, 1, c.cleaned.get(), "ends of the body when Next has returned ErrStop")
	})
}

func TestPulledStaysAtTheEnd(t *testing.T)  { staysAtTheEnd(t, generators.Pulled[int]) }
func TestSpawnedStaysAtTheEnd(t *testing.T) { staysAtTheEnd(t, generators.Spawned[int]) }

func staysAtTheEnd(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		for n := range 3 {
			var c tally
			g := of(c.upTo(n))
			for i := 1; i <= n; i++ {
				require.Equal(t, got(i), ask(g), "Next number %d of a body with %d elements", i, n)
			}
			mustEnd(t, g, "after the last element")
			require.Equal(t, 1, c.begun.get(), "times that the body was started, with %d elements and then three more calls of Next", n)
		}
	})
}

func TestPulledMeetsNext(t *testing.T)  { nextMeetsNext(t, generators.Pulled[int]) }
func TestSpawnedMeetsNext(t *testing.T) { nextMeetsNext(t, generators.Spawned[int]) }

// nextMeetsNext has two ask at once for the only element there is.
func nextMeetsNext(t *testing.T, of source) {
	gradetest.Stress(t, 30, func(t *testing.T) {
		var c tally
		g := of(c.upTo(1))
		other := gradetest.Go(func() result { return ask(g) })
		mine := ask(g)
		gradetest.Settle()
		both := []result{mine, other.MustReturn(t, "a Next that meets another Next")}
		require.ElementsMatch(t, []result{got(1), end()}, both, "results of two calls of Next that begin together, of a body with one element")
		require.Equal(t, 1, c.begun.get(), "times that the body was started by two calls of Next")
	})
}

// TestFirstElementCostsTheSame counts the work for the first element of a short
// sequence and of a long one.
func TestFirstElementCostsTheSame(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			for _, n := range []int{10, 10_000} {
				var c tally
				g := of(c.upTo(n))
				require.Equal(t, got(1), ask(g), "first Next of a %s generator", name)
				gradetest.Settle()
				assert.Equal(t, 1, c.computed.get(), "elements computed for the first Next of a %s generator of %d", name, n)
				g.Close()
			}
		}
	})
}

func TestGeneratorsOfOneBody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			body := c.upTo(3)
			a, b := of(body), of(body)
			require.Equal(t, got(1), ask(a), "first Next of one %s generator", name)
			require.Equal(t, got(2), ask(a), "second Next of it")
			require.Equal(t, got(1), ask(b), "first Next of another %s generator of the same body", name)
			a.Close()
			require.Equal(t, got(2), ask(b), "Next of the other one, after Close of the first")
			b.Close()
		}
	})
}

// under reports whether the body of a generator of this kind runs below
// iter.Pull: the function that calls it, or one above, is in there.
func under(of source) (found bool) {
	g := of(func(yield func(int) bool) {
		pcs := make([]uintptr, 64)
		frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
		for {
			frame, more := frames.Next()
			found = found || strings.HasPrefix(frame.Function, "iter.Pull")
			if !more {
				break
			}
		}
		yield(1)
	})
	defer g.Close()
	g.Next()
	return found
}

func TestPulledIsPulled(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.True(t, under(generators.Pulled[int]), "does iter.Pull run the body of a Pulled generator")
	})
}

func TestSpawnedIsSpawned(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var c tally
		g := generators.Spawned(c.upTo(1))
		defer g.Close()
		require.Equal(t, got(1), ask(g), "Next of a Spawned generator")
		require.False(t, under(generators.Spawned[int]), "does iter.Pull run the body of a Spawned generator")
	})
}
