package generators_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

func TestPulledPanic(t *testing.T)  { panics(t, generators.Pulled[int]) }
func TestSpawnedPanic(t *testing.T) { panics(t, generators.Spawned[int]) }

func panics(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		broken := errors.New("broken")
		begun, cleaned := 0, 0
		g := of(func(yield func(int) bool) {
			begun++
			defer func() { cleaned++ }()
			yield(1)
			panic(broken)
		})
		require.Equal(t, got(1), ask(g), "Next before the panic")
		require.PanicsWithValue(t, broken, func() { g.Next() }, "the Next that runs into the panic")
		require.Equal(t, 1, cleaned, "times that the body's deferred function has run when the panic comes out of Next")
		mustEnd(t, g, "after the panic")
		require.NotPanics(t, g.Close, "Close after the panic")
		require.Equal(t, 1, begun, "times that the body was started")
	})
}

func TestPulledCleanUpPanic(t *testing.T)  { cleanUpPanics(t, generators.Pulled[int]) }
func TestSpawnedCleanUpPanic(t *testing.T) { cleanUpPanics(t, generators.Spawned[int]) }

func cleanUpPanics(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := of(func(yield func(int) bool) {
			defer panic("in the clean-up")
			yield(1)
		})
		require.Equal(t, got(1), ask(g), "Next before Close")
		require.PanicsWithValue(t, "in the clean-up", g.Close, "Close of a body that panics when it cleans up")
		require.NotPanics(t, g.Close, "second Close")
		mustEnd(t, g, "after Close")
	})
}

func TestPulledGoexit(t *testing.T)  { exits(t, generators.Pulled[int]) }
func TestSpawnedGoexit(t *testing.T) { exits(t, generators.Spawned[int]) }

// exits has a body that ends its goroutine, as t.FailNow does.
func exits(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := of(func(yield func(int) bool) {
			yield(1)
			runtime.Goexit()
		})
		require.Equal(t, got(1), ask(g), "Next before the Goexit")
		wentOn := false
		asking := gradetest.GoDo(func() {
			g.Next()
			wentOn = true
		})
		gradetest.Settle()
		asking.MustReturn(t, "the goroutine whose Next runs into runtime.Goexit")
		require.False(t, wentOn, "has the goroutine gone on after the Next that runs into runtime.Goexit")
		mustEnd(t, g, "after the Goexit")
	})
}

func TestPanicInFunction(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			var c tally
			mapped := generators.Map(of(c.upTo(9)), func(n int) int {
				if n == 2 {
					panic("in f")
				}
				return n
			})
			require.Equal(t, got(1), ask(mapped), "Next before the panic")
			require.PanicsWithValue(t, "in f", func() { mapped.Next() }, "the Next in which the function of Map panics, over a %s generator", name)
			assert.Equal(t, 1, c.cleaned.get(), "times that Map's source has cleaned up after the panic")
			mustEnd(t, mapped, "after the panic in the function of Map")

			filtered := generators.Filter(of(c.upTo(9)), func(n int) bool { panic("in keep") })
			require.PanicsWithValue(t, "in keep", func() { filtered.Next() }, "the Next in which the function of Filter panics, over a %s generator", name)
			assert.Equal(t, 2, c.cleaned.get(), "times that the two sources have cleaned up after the panics")
			mustEnd(t, filtered, "after the panic in the function of Filter")
		}
	})
}

// TestPanicComesThrough has a body panic below two expressions and a loop.
func TestPanicComesThrough(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			inner := of(func(yield func(int) bool) {
				yield(1)
				panic("far below")
			})
			g := generators.Take(generators.Map(inner, func(n int) int { return -n }), 5)
			require.PanicsWithValue(t, "far below", func() { generators.Collect(g) }, "Collect over a %s generator that panics", name)
			mustEnd(t, g, "after the panic")
			mustEnd(t, inner, "of the source, after the panic")
		}
	})
}
