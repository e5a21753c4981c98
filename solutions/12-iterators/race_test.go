package iterators_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/12-iterators"
)

// together runs f in four goroutines, in real time.
func together(f func()) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(f)
	}
	all.Wait()
}

// hammer has four goroutines go through iterators of x, all at the same time.
func hammer[T any](t *testing.T, x iterators.Iterable[T], want int, what string) {
	t.Helper()
	require.False(t, x == nil, "whether the result of %s is nil", what) // and no Iter, which might prepare something for the others
	var got atomic.Int64
	together(func() {
		n := 0
		for range 20 {
			n += len(some(x.Iter(), want+1))
		}
		got.Add(int64(n))
	})
	require.EqualValues(t, 80*want, got.Load(), "elements from 80 iterators of one %s, in four goroutines", what)
}

func TestHammerIter(t *testing.T) {
	hammer(t, iterators.FromSlice([]int{1, 2, 3, 4, 5}), 5, "FromSlice")
	hammer(t, iterators.FromString("fünf!"), 5, "FromString")
	hammer(t, iterators.FromMap(map[int]int{1: 1, 2: 2, 3: 3}), 3, "FromMap")
	hammer(t, iterators.FromSeq((func(yield func(int) bool) {
		_ = yield(1) && yield(2) && yield(3)
	})), 3, "FromSeq")
}

func TestHammerToSeq(t *testing.T) {
	seq := iterators.ToSeq(iterators.FromSlice([]int{1, 2, 3}))
	require.NotNil(t, seq, "result of ToSeq")
	var got atomic.Int64
	together(func() {
		for range 20 {
			for v := range seq {
				got.Add(int64(v))
			}
		}
	})
	require.EqualValues(t, 80*6, got.Load(), "sum of 80 loops over one ToSeq of 1, 2, 3, in four goroutines")
}

func TestHammerChan(t *testing.T) {
	c := make(chan int, 400)
	for range 400 {
		c <- 1
	}
	close(c)
	x := iterators.FromChan(c)
	require.False(t, x == nil, "whether the result of FromChan is nil")
	var got atomic.Int64
	together(func() { got.Add(int64(len(some(x.Iter(), 401)))) })
	require.EqualValues(t, 400, got.Load(), "elements that four iterators of one channel got together")
}

func TestHammerShared(t *testing.T) {
	s := begin[int](t, iterators.Shared[int](upTo(400)), "Shared")
	var sum, count atomic.Int64
	together(func() {
		for _, v := range some(s, 401) {
			sum.Add(int64(v))
			count.Add(1)
		}
	})
	require.EqualValues(t, 400, count.Load(), "elements that four goroutines got from one shared iterator over 1, 2, … 400")
	require.EqualValues(t, 400*401/2, sum.Load(), "their sum")
}

func TestHammerSharedSeq(t *testing.T) {
	s := begin[int](t, iterators.Shared(iterators.FromSeq((&numbers{n: 200}).seq())), "Shared")
	var count atomic.Int64
	together(func() { count.Add(int64(len(some(s, 201)))) })
	require.EqualValues(t, 200, count.Load(), "elements that four goroutines got from one shared iterator over a sequence of 200")
}

// TestHammerSharedStop has some goroutines call Next only, and one Stop only.
func TestHammerSharedStop(t *testing.T) {
	s := begin[int](t, iterators.Shared[int](upTo(1000)), "Shared")
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { some(s, 200) })
	}
	all.Go(s.Stop)
	all.Wait()
	mustEnd(t, s, "Shared, after Stop")
}
