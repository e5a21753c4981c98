package iterators_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/12-iterators"
)

// mustHoldNothing looks for goroutines: a coroutine that is suspended is one.
func mustHoldNothing(t *testing.T, when string) {
	t.Helper()
	gradetest.Settle()
	require.Zero(t, gradetest.Goroutines(), "goroutines and suspended coroutines left %s", when)
}

func endless() (*numbers, iterators.Iterable[int]) {
	s := &numbers{n: 1 << 30}
	return s, iterators.FromSeq(s.seq())
}

func TestStopReleasesSeq(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s, x := endless()
		it := begin(t, x, "FromSeq")
		require.Equal(t, []int{1, 2}, some(it, 2), "first elements from FromSeq")
		it.Stop()
		require.Equal(t, 1, s.left, "times that the sequence has returned when Stop has")
		mustHoldNothing(t, "after Stop")
		it.Stop()
		begin(t, x, "FromSeq").Stop()
		mustHoldNothing(t, "after Stop of an iterator that was never asked")
	})
}

func TestEndReleasesSeq(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := &numbers{n: 3}
		require.Equal(t, []int{1, 2, 3}, all(t, iterators.FromSeq(s.seq()), "FromSeq"), "elements from FromSeq")
		require.Equal(t, 1, s.left, "times that the sequence has returned when its end was reached")
		mustHoldNothing(t, "after the end of a sequence, without Stop")
	})
}

func TestStopReleasesMap(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		it := begin(t, iterators.FromMap(map[int]int{1: 1, 2: 2, 3: 3}), "FromMap")
		require.Len(t, some(it, 1), 1, "elements from FromMap")
		it.Stop()
		mustHoldNothing(t, "after Stop of an iterator of FromMap")
	})
}

// TestEndOfAdapters has adapters end while their sources could go on.
func TestEndOfAdapters(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		_, x := endless()
		require.Len(t, all[int](t, iterators.Take(x, 3), "Take"), 3, "elements from Take of 3")
		mustHoldNothing(t, "after the end of Take")
		short := iterators.FromSlice([]int{1, 2})
		require.Len(t, all[pair[int, int]](t, iterators.Zip(short, x), "Zip"), 2, "elements from Zip with a shorter first source")
		mustHoldNothing(t, "after the end of Zip, whose second source could go on")
		require.Len(t, all[pair[int, int]](t, iterators.Zip(x, short), "Zip"), 2, "elements from Zip with a shorter second source")
		mustHoldNothing(t, "after the end of Zip, whose first source could go on")

		m := upTo(9)
		require.Len(t, all[pair[int, int]](t, iterators.Enumerate[int](iterators.Take[int](m, 2), 0), "Enumerate"), 2, "elements from Enumerate of Take")
		require.True(t, m.over(), "whether the source of Take, inside Enumerate, was stopped at the end")
		m = upTo(9)
		require.Empty(t, all[int](t, iterators.Take[int](m, 0), "Take of 0"), "elements from Take of 0")
		require.True(t, m.over(), "whether the source of Take of 0 was stopped at the end")
	})
}

// TestStopOfAdapters stops each before its first Next, and after one.
func TestStopOfAdapters(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for asked := range 2 {
			_, x := endless()
			used := func() iterators.Iterator[int] { // one that holds something already
				it := begin(t, x, "FromSeq")
				mustGive(t, it, 1, "FromSeq")
				return it
			}
			a, b := upTo(9), upTo(9)
			stopAfter[pair[int, int]](t, iterators.Zip[int, int](used(), used()), asked, "Zip")
			stopAfter[pair[int, int]](t, iterators.Zip[int, int](a, b), asked, "Zip")
			assert.True(t, a.over() && b.over(), "whether Stop of Zip stopped both its sources, %d elements after the beginning", asked)
			a, b = upTo(9), upTo(9)
			stopAfter[int](t, iterators.Chain[int](used(), used()), asked, "Chain")
			stopAfter[int](t, iterators.Chain[int](a, b), asked, "Chain")
			assert.True(t, a.over() && b.over(), "whether Stop of Chain stopped all its sources, %d elements after the beginning", asked)
			stopAfter[int](t, iterators.Take[int](used(), 5), asked, "Take")
			stopAfter[pair[int, int]](t, iterators.Enumerate[int](used(), 1), asked, "Enumerate")
			stopAfter[int](t, iterators.Shared[int](used()), asked, "Shared")
		}
	})
}

func stopAfter[T any](t *testing.T, it iterators.Iterator[T], asked int, what string) {
	t.Helper()
	begin[T](t, it, what)
	require.Len(t, some(it, asked), asked, "elements from %s", what)
	it.Stop()
	gradetest.Settle()
	require.Zero(t, gradetest.Goroutines(), "goroutines and suspended coroutines left after Stop of %s, %d elements after the beginning", what, asked)
}

// TestLoopReleases leaves loops over ToSeq in every way.
func TestLoopReleases(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s, x := endless()
		seq := iterators.ToSeq(x)
		require.NotNil(t, seq, "result of ToSeq")
		for v := range seq {
			if v == 3 {
				break
			}
		}
		require.Equal(t, 1, s.left, "times that the sequence has returned when a loop over it was left by break")
		mustHoldNothing(t, "after break")
		require.PanicsWithValue(t, "in the loop", func() {
			for range seq {
				panic("in the loop")
			}
		}, "a loop over ToSeq with a panic in its body")
		require.Equal(t, 2, s.left, "times that the sequence has returned when a second loop over it was left by a panic")
		mustHoldNothing(t, "after a panic in the loop")
	})
}

func TestEndOfChain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		x := iterators.FromSeq((&numbers{n: 2}).seq())
		require.Len(t, all[int](t, iterators.Chain(x, iterators.Iterable[int](iterators.Take(x, 1)), x), "Chain"), 5, "elements from Chain")
		mustHoldNothing(t, "after the end of Chain")
	})
}
