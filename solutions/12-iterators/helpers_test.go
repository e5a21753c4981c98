package iterators_test

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/12-iterators"
)

// meter is an Iterator over 1, 2, … n that notes what is asked of it.
type meter struct {
	n       int
	asked   int
	ended   bool
	stopped bool
}

func upTo(n int) *meter { return &meter{n: n} }

func (m *meter) Iter() iterators.Iterator[int] { return m }

func (m *meter) Next() (int, bool) {
	m.asked++
	if m.stopped || m.asked > m.n {
		m.ended = true
		return 0, false
	}
	return m.asked, true
}

func (m *meter) Stop() { m.stopped = true }

// over reports whether a real iterator would hold nothing any more.
func (m *meter) over() bool { return m.ended || m.stopped }

// numbers is 1, 2, … n as a sequence that notes how far it was run.
type numbers struct {
	n       int
	yielded int
	runs    int // begun
	left    int // and over, with the deferred calls run
}

func (s *numbers) seq() iter.Seq[int] {
	return func(yield func(int) bool) {
		s.runs++
		defer func() { s.left++ }()
		for i := range s.n {
			s.yielded++
			if !yield(i + 1) {
				return
			}
		}
	}
}

// begin returns x's iterator. It says in words what a nil would say by a panic.
func begin[T any](t *testing.T, x iterators.Iterable[T], what string) iterators.Iterator[T] {
	t.Helper()
	require.False(t, x == nil, "whether the result of %s is nil", what) // require.NotNil would refuse a list that is a nil slice
	it := x.Iter()
	require.False(t, it == nil, "whether the result of Iter on %s is nil", what)
	return it
}

// some goes at most n elements further, so that no mistake makes it endless.
func some[T any](it iterators.Iterator[T], n int) []T {
	got := []T{}
	for range n {
		v, ok := it.Next()
		if !ok {
			break
		}
		got = append(got, v)
	}
	return got
}

// all goes through a new iterator of x to its end.
func all[T any](t *testing.T, x iterators.Iterable[T], what string) []T {
	t.Helper()
	it := begin(t, x, what)
	got := some(it, 1000)
	_, more := it.Next()
	require.False(t, more, "whether %s goes on after %d elements", what, len(got))
	return got
}

// mustGive demands that the next element is want.
func mustGive[T any](t *testing.T, it iterators.Iterator[T], want T, what string) {
	t.Helper()
	got, ok := it.Next()
	require.True(t, ok, "whether there is an element from %s", what)
	require.Equal(t, want, got, "element from %s", what)
}

// mustEnd demands that there is no next element, however often it is asked.
func mustEnd[T any](t *testing.T, it iterators.Iterator[T], what string) {
	t.Helper()
	var zero T
	for range 3 {
		got, ok := it.Next()
		require.False(t, ok, "whether there is an element from %s", what)
		require.Equal(t, zero, got, "value beside false from %s", what)
	}
}

// chanOf returns a closed channel that holds the values.
func chanOf[T any](values ...T) <-chan T {
	c := make(chan T, len(values))
	for _, v := range values {
		c <- v
	}
	close(c)
	return c
}

// counting returns a function that gives 1, 2, … n, and whether there was one.
func counting(n int) func() (int, bool) {
	i := 0
	return func() (int, bool) {
		if i == n {
			return 0, false
		}
		i++
		return i, true
	}
}

// untilMinusOne returns a function that gives 1, 2, … n, and then -1.
func untilMinusOne(n int) func() int {
	f := counting(n)
	return func() int {
		if v, ok := f(); ok {
			return v
		}
		return -1
	}
}

type named struct {
	name string
	it   iterators.Iterator[int]
}

// ofThree returns an iterator over 1, 2, 3 of every kind that there is.
func ofThree(t *testing.T) []named {
	t.Helper()
	s := []int{1, 2, 3}
	slice := func() iterators.Iterable[int] { return iterators.FromSlice(s) }
	return []named{
		{"FromSlice", begin(t, slice(), "FromSlice")},
		{"FromChan", begin(t, iterators.FromChan(chanOf(s...)), "FromChan")},
		{"FromFunc", begin[int](t, iterators.FromFunc(counting(3)), "FromFunc")},
		{"Until", begin[int](t, iterators.Until(untilMinusOne(3), -1), "Until")},
		{"FromSeq", begin(t, iterators.FromSeq((&numbers{n: 3}).seq()), "FromSeq")},
		{"Chain", begin[int](t, iterators.Chain(iterators.FromSlice(s[:1]), iterators.FromSlice(s[1:])), "Chain")},
		{"Take", begin[int](t, iterators.Take[int](upTo(5), 3), "Take")},
		{"Shared", begin[int](t, iterators.Shared(slice()), "Shared")},
	}
}
