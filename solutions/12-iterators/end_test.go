package iterators_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/12-iterators"
)

func TestEndLasts(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, of := range ofThree(t) {
			require.Equal(t, []int{1, 2, 3}, some(of.it, 3), "elements from %s", of.name)
			mustEnd(t, of.it, of.name+", after the end")
		}
		runes := begin(t, iterators.FromString("ab"), "FromString")
		some(runes, 2)
		mustEnd(t, runes, "FromString, after the end")
		pairs := begin(t, iterators.FromMap(map[int]int{1: 2}), "FromMap")
		some(pairs, 1)
		mustEnd(t, pairs, "FromMap, after the end")
		numbered := begin[pair[int, int]](t, iterators.Enumerate[int](upTo(2), 0), "Enumerate")
		some(numbered, 2)
		mustEnd(t, numbered, "Enumerate, after the end")
		mustEnd(t, begin[int](t, iterators.Chain[int](), "Chain()"), "Chain of no sources")
	})
}

// TestFunctionThatGoesOn has a function come back to life after its end.
func TestFunctionThatGoesOn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		calls := 0
		f := func() (int, bool) { calls++; return calls, calls != 2 }
		it := begin[int](t, iterators.FromFunc(f), "FromFunc")
		mustGive(t, it, 1, "FromFunc")
		mustEnd(t, it, "FromFunc, after the function has said false")
		require.Equal(t, 2, calls, "calls of the function, which said false the second time")

		calls = 0
		g := func() int { calls++; return calls }
		until := begin[int](t, iterators.Until(g, 2), "Until")
		mustGive(t, until, 1, "Until")
		mustEnd(t, until, "Until, after the sentinel")
		require.Equal(t, 2, calls, "calls of the function, which returned the sentinel the second time")
	})
}

func TestZipStaysEnded(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		long := iterators.FromSlice([]int{1, 2, 3, 4, 5})
		short := iterators.FromSlice([]int{1, 2})
		ab := begin[pair[int, int]](t, iterators.Zip(long, short), "Zip")
		require.Len(t, some(ab, 2), 2, "elements from Zip of five and two")
		mustEnd(t, ab, "Zip, after its second source has ended")
		ba := begin[pair[int, int]](t, iterators.Zip(short, long), "Zip")
		require.Len(t, some(ba, 2), 2, "elements from Zip of two and five")
		mustEnd(t, ba, "Zip, after its first source has ended")
	})
}

func TestStopEnds(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, of := range ofThree(t) {
			mustGive(t, of.it, 1, of.name)
			of.it.Stop()
			mustEnd(t, of.it, of.name+", after Stop")
			of.it.Stop()
			mustEnd(t, of.it, of.name+", after Stop was called twice")
		}
		for _, of := range ofThree(t) {
			of.it.Stop()
			mustEnd(t, of.it, of.name+", stopped before the first Next")
		}
		for _, of := range ofThree(t) {
			some(of.it, 4)
			of.it.Stop()
			mustEnd(t, of.it, of.name+", stopped after the end")
		}
	})
}

func TestStopEndsPairs(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		slice := iterators.FromSlice([]int{1, 2, 3})
		for range 2 {
			pairs := map[string]iterators.Iterator[pair[int, int]]{
				"FromMap":   begin(t, iterators.FromMap(map[int]int{1: 1, 2: 2}), "FromMap"),
				"Zip":       iterators.Zip(slice, slice),
				"Enumerate": iterators.Enumerate(slice, 1),
			}
			for name, it := range pairs {
				begin[pair[int, int]](t, it, name)
				require.Len(t, some(it, 1), 1, "elements from %s", name)
				it.Stop()
				mustEnd(t, it, name+", after Stop")
			}
		}
		runes := begin(t, iterators.FromString("abc"), "FromString")
		mustGive(t, runes, 'a', "FromString")
		runes.Stop()
		mustEnd(t, runes, "FromString, after Stop")
	})
}

// TestStopCallsNobody looks at functions and a channel that have more to give.
func TestStopCallsNobody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		calls := 0
		it := begin[int](t, iterators.FromFunc(func() (int, bool) { calls++; return calls, true }), "FromFunc")
		mustGive(t, it, 1, "FromFunc")
		it.Stop()
		mustEnd(t, it, "FromFunc, after Stop")
		require.Equal(t, 1, calls, "calls of the function, with Stop after the first")

		c := chanOf(1, 2, 3)
		received := begin(t, iterators.FromChan(c), "FromChan")
		mustGive(t, received, 1, "FromChan")
		received.Stop()
		mustEnd(t, received, "FromChan, after Stop")
		require.Len(t, c, 2, "elements left in a channel of three, with Stop after the first")
	})
}
