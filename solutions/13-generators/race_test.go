package generators_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/13-generators"
)

func TestHammerPulled(t *testing.T)  { hammer(t, generators.Pulled[int]) }
func TestHammerSpawned(t *testing.T) { hammer(t, generators.Spawned[int]) }

// hammer has four goroutines call Next and nothing else. What each gets is kept
// apart, so that nothing but the generator orders them.
func hammer(t *testing.T, of source) {
	const elements = 400
	computed := 0
	g := of(func(yield func(int) bool) {
		for computed < elements && yield(computed) {
			computed++
		}
	})
	drain(t, g, elements)
	require.Equal(t, elements, computed, "elements that the body counts")
}

// drain asks g from four goroutines until all have seen the end.
func drain(t *testing.T, g generators.Generator[int], want int) {
	t.Helper()
	const askers = 4
	var shares [askers][]int
	var all sync.WaitGroup
	for i := range askers {
		all.Go(func() {
			for range want + 1 {
				v, err := g.Next()
				if err != nil {
					return
				}
				shares[i] = append(shares[i], v)
			}
		})
	}
	all.Wait()
	times := map[int]int{}
	for _, share := range shares {
		for _, v := range share {
			times[v]++
		}
	}
	require.Len(t, times, want, "different elements that four goroutines got")
	for v, n := range times {
		require.Equal(t, 1, n, "times that the element %d was handed out", v)
	}
}

// TestHammerExpressions: what Map, Filter and Take return are generators like
// any other, and call their functions for one element at a time.
func TestHammerExpressions(t *testing.T) {
	for name, own := range expressions() {
		for _, of := range kinds() {
			var c tally
			want := 200
			if name == "Take" {
				want = 7
			}
			drain(t, own(of(c.upTo(200))), want)
		}
	}
	for _, of := range kinds() {
		var c tally
		calls := 0
		drain(t, generators.Map(of(c.upTo(200)), func(n int) int { calls++; return n }), 200)
		require.Equal(t, 200, calls, "calls of Map's function")
		calls = 0
		drain(t, generators.Filter(of(c.upTo(200)), func(n int) bool { calls++; return n%2 == 0 }), 100)
		require.Equal(t, 200, calls, "calls of Filter's function")
	}
}

// TestHammerClose has two goroutines that only ask, and two that only close.
func TestHammerClose(t *testing.T) {
	for _, of := range kinds() {
		for range 20 {
			cleaned, computed := false, 0
			g := of(func(yield func(int) bool) {
				defer func() { cleaned = true }()
				for computed = 1; yield(computed); computed++ {
				}
			})
			g.Next()
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() {
					for range 1_000_000 {
						if _, err := g.Next(); err != nil {
							return
						}
					}
				})
				all.Go(g.Close)
			}
			all.Wait()
			require.True(t, cleaned, "has the body cleaned up after two Closes")
			require.Positive(t, computed, "elements computed")
		}
	}
}

// TestBodyAndCallerTakeTurns lets both sides write to one variable, without a
// lock: it is never theirs at the same time.
func TestBodyAndCallerTakeTurns(t *testing.T) {
	for name, of := range kinds() {
		shared := 0
		g := of(func(yield func(int) bool) {
			defer func() { shared *= 2 }()
			for shared++; yield(shared); shared++ {
			}
		})
		for i := range 50 {
			require.Equal(t, got(i*2+1), ask(g), "Next of a %s generator that counts together with its caller", name)
			shared++
		}
		g.Close()
		require.Equal(t, 200, shared, "count of body and caller together, doubled by the clean-up")
	}
}

// TestHandedFromOneToTheNext asks one element each in goroutines that run one
// after the other.
func TestHandedFromOneToTheNext(t *testing.T) {
	for _, of := range kinds() {
		var c tally
		g := of(c.upTo(9))
		for i := 1; i <= 9; i++ {
			require.Equal(t, got(i), gradetest.Go(func() result { return ask(g) }).Wait(), "Next in a goroutine of its own, number %d", i)
		}
		require.Equal(t, end(), gradetest.Go(func() result { return ask(g) }).Wait(), "Next after the last element, in a goroutine of its own")
	}
}
