package iterators_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/12-iterators"
)

// mustKeepPace demands that an iterator asks its source for one element each
// time it is asked itself, and for none before.
func mustKeepPace[T any](t *testing.T, it iterators.Iterator[T], source *meter, what string) {
	t.Helper()
	begin[T](t, it, what)
	require.Zero(t, source.asked, "calls of the source's Next before the first Next of %s", what)
	for i := range 3 {
		_, ok := it.Next()
		require.True(t, ok, "whether there is an element from %s", what)
		require.Equal(t, i+1, source.asked, "calls of the source's Next after %d of %s", i+1, what)
	}
	it.Stop()
	require.LessOrEqual(t, source.asked, 3, "calls of the source's Next after Stop of %s", what)
}

func TestOneStepAtATime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := upTo(1000)
		mustKeepPace(t, iterators.Take[int](m, 900), m, "Take")
		m = upTo(1000)
		mustKeepPace(t, iterators.Enumerate[int](m, 0), m, "Enumerate")
		m = upTo(1000)
		mustKeepPace(t, iterators.Zip[int, int](m, upTo(1000)), m, "Zip, with the first source")
		m = upTo(1000)
		mustKeepPace(t, iterators.Zip[int, int](upTo(1000), m), m, "Zip, with the second source")
		m = upTo(1000)
		mustKeepPace(t, iterators.Chain[int](m, upTo(2)), m, "Chain")
		m = upTo(1000)
		mustKeepPace(t, iterators.Shared[int](m), m, "Shared")
	})
}

func TestSeqIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := &numbers{n: 1000}
		it := begin(t, iterators.FromSeq(s.seq()), "FromSeq")
		gradetest.Settle()
		require.Zero(t, s.runs, "times that the sequence was begun before the first Next of FromSeq")
		for i := range 3 {
			mustGive(t, it, i+1, "FromSeq")
			gradetest.Settle()
			require.Equal(t, i+1, s.yielded, "elements that the sequence came to, with %d asked for", i+1)
		}
		it.Stop()
		require.Equal(t, 3, s.yielded, "elements that the sequence came to, with 3 asked for and then Stop")

		m := upTo(1000)
		seq := iterators.ToSeq[int](m)
		require.NotNil(t, seq, "result of ToSeq")
		require.Zero(t, m.asked, "calls of the source's Next before the loop over ToSeq")
		for v := range seq {
			require.Equal(t, v, m.asked, "calls of the source's Next in round %d of a loop over ToSeq", v)
			if v == 3 {
				break
			}
		}
		require.Equal(t, 3, m.asked, "calls of the source's Next when the loop was left in its third round")
	})
}

func TestFunctionIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		calls := 0
		f := func() int { calls++; return calls }
		until := begin[int](t, iterators.Until(f, 900), "Until")
		fromFunc := begin[int](t, iterators.FromFunc(func() (int, bool) { return f(), true }), "FromFunc")
		gradetest.Settle()
		require.Zero(t, calls, "calls of the function before the first Next")
		some(until, 2)
		gradetest.Settle()
		require.Equal(t, 2, calls, "calls of Until's function for two elements")
		some(fromFunc, 2)
		gradetest.Settle()
		require.Equal(t, 4, calls, "calls of Until's and FromFunc's function for two elements each")
		until.Stop()
		fromFunc.Stop()
	})
}

func TestChanTakesOneAtATime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := chanOf(1, 2, 3)
		it := begin(t, iterators.FromChan(c), "FromChan")
		gradetest.Settle()
		require.Len(t, c, 3, "elements left in a channel of three before the first Next")
		mustGive(t, it, 1, "FromChan")
		gradetest.Settle()
		require.Len(t, c, 2, "elements left in a channel of three after one Next")
		it.Stop()
	})
}

func TestZipEndsWithTheShorter(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := upTo(2), upTo(9)
		got := some(begin[pair[int, int]](t, iterators.Zip[int, int](a, b), "Zip"), 10)
		require.Equal(t, []pair[int, int]{{1, 1}, {2, 2}}, got, "pairs of 1, 2 and 1, 2, … 9")
		require.Equal(t, 2, b.asked, "calls of the second source's Next, with two elements in the first")

		a, b = upTo(9), upTo(2)
		got = some(begin[pair[int, int]](t, iterators.Zip[int, int](a, b), "Zip"), 10)
		require.Equal(t, []pair[int, int]{{1, 1}, {2, 2}}, got, "pairs of 1, 2, … 9 and 1, 2")
		require.Equal(t, 3, a.asked, "calls of the first source's Next, with two elements in the second")

		words := iterators.FromSlice([]string{"a", "b"})
		require.Equal(t, []pair[string, int]{{"a", 1}, {"b", 2}}, all[pair[string, int]](t, iterators.Zip(words, iterators.Iterable[int](upTo(2))), "Zip"), "pairs of two kinds of elements")
	})
}

// TestZipOfOneIterator gives the same iterator twice: both take from one place.
func TestZipOfOneIterator(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		it := begin(t, iterators.FromSlice([]int{1, 2, 3, 4, 5}), "FromSlice")
		got := all[pair[int, int]](t, iterators.Zip[int, int](it, it), "Zip")
		require.Equal(t, []pair[int, int]{{1, 2}, {3, 4}}, got, "pairs of one iterator over 1, … 5, given twice")
		list := iterators.FromSlice([]int{1, 2})
		got = all[pair[int, int]](t, iterators.Zip(list, list), "Zip")
		require.Equal(t, []pair[int, int]{{1, 1}, {2, 2}}, got, "pairs of one list, given twice")
	})
}

func TestChainInTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b, c := upTo(2), upTo(0), upTo(1)
		it := begin[int](t, iterators.Chain[int](a, b, c), "Chain")
		require.Equal(t, []int{1, 2}, some(it, 2), "elements from the first of three chained sources")
		require.Zero(t, b.asked+c.asked, "calls of the later sources' Next, while the first one gives elements")
		mustGive(t, it, 1, "Chain, when the second source is empty")
		mustEnd(t, it, "Chain, at its end")
		list := iterators.FromSlice([]int{1, 2})
		require.Equal(t, []int{1, 2, 1, 2}, all[int](t, iterators.Chain(list, list), "Chain"), "elements from one list, chained with itself")
	})
}

func TestTakeStopsAsking(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := upTo(1000)
		require.Equal(t, []int{1, 2, 3}, all[int](t, iterators.Take[int](m, 3), "Take of 3"), "elements from Take of 3")
		require.Equal(t, 3, m.asked, "calls of the source's Next for Take of 3")
		m = upTo(1000)
		require.Empty(t, all[int](t, iterators.Take[int](m, 0), "Take of 0"), "elements from Take of 0")
		require.Zero(t, m.asked, "calls of the source's Next for Take of 0")
		require.Equal(t, []int{1, 2}, all[int](t, iterators.Take[int](upTo(2), 5), "Take of 5"), "elements from Take of 5, where there are two")
		assert.Panics(t, func() { iterators.Take[int](upTo(2), -1) }, "Take of -1")
	})
}

func TestEnumerateNumbers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		words := iterators.FromSlice([]string{"a", "b"})
		require.Equal(t, []pair[int, string]{{0, "a"}, {1, "b"}}, all[pair[int, string]](t, iterators.Enumerate(words, 0), "Enumerate"), "elements numbered from 0")
		require.Equal(t, []pair[int, string]{{-1, "a"}, {0, "b"}}, all[pair[int, string]](t, iterators.Enumerate(words, -1), "Enumerate"), "elements numbered from -1")
	})
}
