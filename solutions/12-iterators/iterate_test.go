package iterators_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/12-iterators"
)

type pair[A, B any] = iterators.Pair[A, B]

func TestSliceInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.Equal(t, []string{"a", "", "c"}, all(t, iterators.FromSlice([]string{"a", "", "c"}), "FromSlice"), "elements from FromSlice")
		require.Empty(t, all(t, iterators.FromSlice([]int{}), "FromSlice of an empty slice"), "elements from an empty slice")
		require.Empty(t, all(t, iterators.FromSlice[int](nil), "FromSlice(nil)"), "elements from a nil slice")
	})
}

// mustBeginAnew goes through two iterators in turn, and through a third one.
func mustBeginAnew[T any](t *testing.T, x iterators.Iterable[T], want []T, what string) {
	t.Helper()
	a, b := begin(t, x, what), begin(t, x, what)
	for _, v := range want {
		mustGive(t, a, v, "one iterator of "+what)
		mustGive(t, b, v, "another iterator of the same "+what)
	}
	mustEnd(t, a, "the first iterator of "+what+", at its end")
	require.Equal(t, want, all(t, x, what), "elements from a third iterator of the same %s, after one has ended", what)
	mustEnd(t, b, "the second iterator of "+what+", at its end")
}

func TestEveryIterBeginsAnew(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		mustBeginAnew(t, iterators.FromSlice([]int{1, 2, 3}), []int{1, 2, 3}, "FromSlice")
		mustBeginAnew(t, iterators.FromString("abc"), []rune{'a', 'b', 'c'}, "FromString")
		mustBeginAnew(t, iterators.FromMap(map[string]int{"a": 1}), []pair[string, int]{{"a", 1}}, "FromMap")
		mustBeginAnew(t, iterators.FromSeq((&numbers{n: 3}).seq()), []int{1, 2, 3}, "FromSeq")
	})
}

func TestIteratorIsItsOwnIterable(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, of := range ofThree(t) {
			mustGive(t, of.it, 1, of.name)
			again := begin[int](t, of.it, "an iterator from "+of.name)
			mustGive(t, again, 2, "Iter of an iterator from "+of.name+" that has given 1")
			mustGive(t, of.it, 3, "an iterator from "+of.name+" whose Iter has given 2")
			mustEnd(t, again, "Iter of an iterator from "+of.name+" that has given everything")
		}
	})
}

// TestMapPairs goes through the same map many times, because the order in which
// a map is ranged over differs from time to time.
func TestMapPairs(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		m := map[int]int{}
		for i := range 50 {
			m[i] = i * i
		}
		x := iterators.FromMap(m)
		for range 12 {
			got := map[int]int{}
			pairs := all(t, x, "FromMap")
			for _, p := range pairs {
				got[p.First] = p.Second
			}
			require.Len(t, pairs, len(m), "elements from FromMap")
			require.Equal(t, m, got, "keys and values from FromMap")
		}
		require.Empty(t, all(t, iterators.FromMap[string, int](nil), "FromMap(nil)"), "elements from a nil map")
	})
}

func TestStringRunes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, s := range []string{"weft", "纬线", "añ\x00b", "a\xffb\xe4\xb8", ""} {
			want := []rune{}
			for _, r := range s {
				want = append(want, r)
			}
			require.Equal(t, want, all(t, iterators.FromString(s), "FromString"), "runes from FromString(%q)", s)
		}
	})
}

func TestChanWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := make(chan int)
		it := begin(t, iterators.FromChan(c), "FromChan")
		next := func() *gradetest.Call[pair[int, bool]] {
			call := gradetest.Go(func() pair[int, bool] {
				v, ok := it.Next()
				return pair[int, bool]{First: v, Second: ok}
			})
			gradetest.Settle()
			return call
		}
		first := next()
		first.MustWait(t, "Next on an open channel with nothing in it")
		c <- 0
		gradetest.Settle()
		require.Equal(t, pair[int, bool]{First: 0, Second: true}, first.MustReturn(t, "Next, after 0 was sent"), "result of Next, after 0 was sent")
		second := next()
		second.MustWait(t, "Next on an open channel with nothing in it")
		close(c)
		gradetest.Settle()
		require.Equal(t, pair[int, bool]{}, second.MustReturn(t, "Next, after the channel was closed"), "result of Next, after the channel was closed")
	})
}

func TestChanIteratorsShare(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		x := iterators.FromChan(chanOf(1, 2, 3))
		a, b := begin(t, x, "FromChan"), begin(t, x, "FromChan")
		mustGive(t, a, 1, "one iterator of a channel")
		mustGive(t, b, 2, "another iterator of a channel that has given 1")
		a.Stop()
		mustGive(t, b, 3, "an iterator of a channel, after another one was stopped")
		mustEnd(t, b, "an iterator of a channel that is closed and empty")
	})
}

func TestFunctions(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.Equal(t, []int{1, 2, 3}, all[int](t, iterators.FromFunc(counting(3)), "FromFunc"), "elements from FromFunc")
		require.Equal(t, []int{1, 2, 3}, all[int](t, iterators.Until(untilMinusOne(3), -1), "Until"), "elements from Until")
		words := []string{"a", "b", "", "c"}
		i := -1
		read := func() string { i++; return words[i] }
		require.Equal(t, []string{"a", "b"}, all[string](t, iterators.Until(read, ""), "Until"), "elements up to an empty string")
	})
}

func TestSeqBothWays(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		seq := iterators.ToSeq(iterators.FromSeq(slices.Values([]int{1, 2, 3})))
		require.NotNil(t, seq, "result of ToSeq")
		require.Equal(t, []int{1, 2, 3}, slices.Collect(seq), "elements of a range over ToSeq")
		require.Equal(t, []int{1, 2, 3}, slices.Collect(seq), "elements of a second range over the same ToSeq")

		it := begin(t, iterators.FromSlice([]int{1, 2, 3}), "FromSlice")
		mustGive(t, it, 1, "FromSlice")
		require.Equal(t, []int{2, 3}, slices.Collect(iterators.ToSeq[int](it)), "elements of a range over the rest of an iterator")
	})
}

func TestIterRecognises(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := []int{1, 2, 3}
		both := make(chan int, 3)
		for _, v := range s {
			both <- v
		}
		close(both)
		for _, c := range []struct {
			what string
			x    any
		}{
			{"a []int", s},
			{"a chan int", both},
			{"a <-chan int", chanOf(s...)},
			{"a func() (int, bool)", counting(3)},
			{"an iter.Seq[int]", slices.Values(s)},
			{"a func(yield func(int) bool)", (func(func(int) bool))(slices.Values(s))},
			{"an Iterable[int]", iterators.FromSlice(s)},
			{"an Iterator[int]", upTo(3)},
		} {
			it, err := iterators.Iter[int](c.x)
			require.NoError(t, err, "error of Iter[int] with %s", c.what)
			require.Equal(t, s, all[int](t, it, "Iter[int] with "+c.what), "elements from Iter[int] with %s", c.what)
		}
		runes, err := iterators.Iter[rune]("纬线")
		require.NoError(t, err, "error of Iter[rune] with a string")
		require.Equal(t, []rune("纬线"), all[rune](t, runes, "Iter[rune] with a string"), "elements from Iter[rune] with a string")

		m := map[string]int{"a": 1}
		pairs, err := iterators.Iter[pair[string, int]](iterators.FromMap(m))
		require.NoError(t, err, "error of Iter with what FromMap returned")
		require.Equal(t, []pair[string, int]{{First: "a", Second: 1}}, all[pair[string, int]](t, pairs, "Iter with what FromMap returned"), "elements from Iter with what FromMap returned")
	})
}

func TestIterRefuses(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, x := range []any{nil, 7, struct{}{}, []string{"a"}, "text", func() int { return 1 }, make(chan string), iterators.FromString("runes")} {
			it, err := iterators.Iter[int](x)
			require.ErrorIs(t, err, iterators.ErrNotIterable, "error of Iter[int] with a value of type %T", x)
			require.Nil(t, it, "iterator beside the error of Iter[int] with a value of type %T", x)
		}
		_, err := iterators.Iter[string]("text")
		require.ErrorIs(t, err, iterators.ErrNotIterable, "error of Iter[string] with a string, whose elements are runes")
	})
}

func TestAssertions(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		list := iterators.FromSlice([]int{1})
		assert.True(t, iterators.IsIterable[int](list), "IsIterable[int] of what FromSlice returned")
		assert.False(t, iterators.IsIterator[int](list), "IsIterator[int] of what FromSlice returned: a list is no iterator")
		assert.False(t, iterators.IsIterable[string](list), "IsIterable[string] of what FromSlice returned for a []int")
		assert.False(t, iterators.IsIterator[rune](iterators.FromString("a")), "IsIterator[rune] of what FromString returned")
		assert.False(t, iterators.IsIterator[pair[int, int]](iterators.FromMap(map[int]int{})), "IsIterator of what FromMap returned")
		assert.False(t, iterators.IsIterator[int](iterators.FromSeq((&numbers{}).seq())), "IsIterator[int] of what FromSeq returned")
		for _, of := range ofThree(t) {
			assert.True(t, iterators.IsIterator[int](of.it), "IsIterator[int] of an iterator from %s", of.name)
			assert.True(t, iterators.IsIterable[int](of.it), "IsIterable[int] of an iterator from %s: every iterator is iterable", of.name)
			of.it.Stop()
		}
		for _, x := range []any{nil, 7, []int{1}, iter.Seq[int](slices.Values([]int{1})), counting(1)} {
			assert.False(t, iterators.IsIterable[int](x), "IsIterable[int] of a value of type %T", x)
			assert.False(t, iterators.IsIterator[int](x), "IsIterator[int] of a value of type %T", x)
		}
	})
}
