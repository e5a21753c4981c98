package generators_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

// step is how long the bodies of this file take for an element.
const step = 1234567 * time.Nanosecond

// slow yields 1 to n and takes a step for each, and half a step to clean up.
func slow(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		defer time.Sleep(step / 2)
		for i := 1; i <= n; i++ {
			time.Sleep(step)
			if !yield(i) {
				return
			}
		}
	}
}

func TestPulledTakesItsTime(t *testing.T)  { takesItsTime(t, generators.Pulled[int]) }
func TestSpawnedTakesItsTime(t *testing.T) { takesItsTime(t, generators.Spawned[int]) }

// takesItsTime lets an hour pass between two calls: who computes ahead is early.
func takesItsTime(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := of(slow(3))
		for i := 1; i <= 3; i++ {
			time.Sleep(time.Hour)
			took := gradetest.Took(func() { assert.Equal(t, got(i), ask(g), "Next number %d", i) })
			require.Equal(t, step, took, "time of Next number %d, of a body that takes 1.234567 ms for an element, an hour after the last", i)
		}
		time.Sleep(time.Hour)
		took := gradetest.Took(func() { assert.Equal(t, end(), ask(g), "Next after the last element") })
		require.Equal(t, step/2, took, "time of the Next that finds the end, of a body that takes half a step to clean up")
		took = gradetest.Took(func() { mustEnd(t, g, "after the end") })
		require.Zero(t, took, "time of Next after the end")
	})
}

// TestFirstElementTakesTheSame is the price of laziness, and its reward.
func TestFirstElementTakesTheSame(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for name, of := range kinds() {
			for _, n := range []int{10, 100_000} {
				squares := generators.Map(of(slow(n)), func(n int) int { time.Sleep(step); return n * n })
				first := generators.Take(generators.Filter(squares, func(n int) bool { return n >= 4 }), n)
				took := gradetest.Took(func() { assert.Equal(t, got(4), ask(first), "first Next") })
				require.Equal(t, 4*step, took, "time for the first square above 3, two elements and two squares of a step each, of a %s generator of %d", name, n)
				first.Close()
			}
		}
	})
}

func TestPulledCloseIsPrompt(t *testing.T)  { closeIsPrompt(t, generators.Pulled[int]) }
func TestSpawnedCloseIsPrompt(t *testing.T) { closeIsPrompt(t, generators.Spawned[int]) }

func closeIsPrompt(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := of(slow(9))
		require.Equal(t, got(1), ask(g), "first Next")
		time.Sleep(time.Second)
		require.Equal(t, step/2, gradetest.Took(g.Close), "time of Close, of a body that takes half a step to clean up")
		require.Zero(t, gradetest.Took(g.Close), "time of a second Close")

		var c tally
		g = of(c.upTo(9))
		require.Equal(t, got(1), ask(g), "first Next")
		require.Zero(t, gradetest.Took(g.Close), "time of Close, of a body that cleans up in no time")
	})
}

func TestPulledTurns(t *testing.T)  { turns(t, generators.Pulled[int]) }
func TestSpawnedTurns(t *testing.T) { turns(t, generators.Spawned[int]) }

// turns has calls begin while another runs: each takes over at the very moment
// when that one returns.
func turns(t *testing.T, of source) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := of(slow(9))
		first := gradetest.Go(func() result { return ask(g) })
		synctest.Wait()
		second := gradetest.Go(func() result { return ask(g) })
		require.Equal(t, got(1), first.Wait(), "the first of two calls of Next at once")
		require.Equal(t, step, first.Took(), "time of the first of two calls of Next at once")
		require.Equal(t, got(2), second.Wait(), "the second of two calls of Next at once")
		require.Equal(t, 2*step, second.Took(), "time of the second of two calls of Next at once")

		third := gradetest.Go(func() result { return ask(g) })
		synctest.Wait()
		one, other := gradetest.GoDo(g.Close), gradetest.GoDo(g.Close)
		require.Equal(t, step+step/2, one.Took(), "time of a Close that waits its turn behind a Next, and then for the clean-up")
		require.Equal(t, step+step/2, other.Took(), "time of another Close beside it")
		require.Equal(t, got(3), third.Wait(), "the Next that ran when they began")
		require.Equal(t, step, third.Took(), "time of that Next")
	})
}

// TestWaitingIsFree looks at generators that stand at a yield, bodies that wait,
// and callers that wait their turn.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		goOn := make(chan struct{})
		var paused []generators.Generator[int]
		var calls []*gradetest.Call[result]
		for _, of := range kinds() {
			var c tally
			standing := of(c.upTo(9))
			standing.Next()
			paused = append(paused, standing)
			waiting := of(func(yield func(int) bool) {
				<-goOn
				yield(1)
			})
			for range 2 {
				calls = append(calls, gradetest.Go(func() result { return ask(waiting) }))
			}
			paused = append(paused, waiting)
		}
		return func() {
			close(goOn)
			for _, c := range calls {
				c.Wait()
			}
			for _, g := range paused {
				g.Close()
			}
		}
	})
}
