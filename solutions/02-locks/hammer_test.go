package locks_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/02-locks"
)

// The tests in this file run in real time. Each operation has a goroutine of
// its own, in which nothing else takes a lock: what one of them forgets to
// guard, no other one guards by chance.

const blows = 50

// hammer calls each operation again and again, all of them at the same time or,
// on one processor, in turn.
func hammer(operations ...func(i int)) {
	var all sync.WaitGroup
	for _, f := range operations {
		all.Go(func() {
			for i := range blows {
				f(i)
				runtime.Gosched()
			}
		})
	}
	all.Wait()
}

func TestHammerList(t *testing.T) {
	l := locks.NewList(make([]int, 2*blows)...)
	add := func(i int) { l.Append(i, i) }
	hammer(add, add,
		func(int) { l.Pop() },
		func(i int) { l.At(i) },
		func(int) { l.Len() },
		func(int) { l.Snapshot() },
		func(int) {
			for range l.All() {
			}
		},
		func(int) { l.View(func(items []int) { _ = items[0] }) },
		func(i int) { l.Update(func(items []int) []int { items[0] = i; return items }) },
	)
	require.Equal(t, 5*blows, l.Len(), "items in the end")
}

func TestHammerSet(t *testing.T) {
	s := locks.NewSet[int]()
	add := func(i int) { s.Add(i) }
	hammer(add, add,
		func(i int) { s.Remove(-i) },
		func(i int) { s.Has(i) },
		func(int) { s.Len() },
		func(int) { s.Snapshot() },
		func(i int) { s.View(func(items map[int]struct{}) { _ = items[i] }) },
		func(i int) { s.Update(func(items map[int]struct{}) { delete(items, -i) }) },
	)
	require.LessOrEqual(t, blows-1, s.Len(), "items in the end")
}

func TestHammerDict(t *testing.T) {
	d := locks.NewDict[int, int]()
	put := func(i int) { d.Put(i, i) }
	hammer(put, put,
		func(i int) { d.Get(i) },
		func(i int) { d.Pop(blows + i) },
		func(int) { d.Len() },
		func(int) { d.Snapshot() },
		func(i int) { d.GetOrCompute(2*i, func() int { return i }) },
		func(i int) { locks.CompareAndSwap(d, i, i, i) },
		func(i int) { d.View(func(items map[int]int) { _ = items[i] }) },
		func(i int) { d.Update(func(items map[int]int) { items[i] = i }) },
	)
	require.LessOrEqual(t, blows, d.Len(), "keys in the end")
}

// TestHammerCompute has what compute wrote read by all who get its result.
func TestHammerCompute(t *testing.T) {
	d := locks.NewDict[int, []int]()
	var sums [4]int
	ask := func(sum *int) func(i int) {
		return func(i int) {
			for _, n := range d.GetOrCompute(i, func() []int { return []int{i} }) {
				*sum += n
			}
		}
	}
	hammer(ask(&sums[0]), ask(&sums[1]), ask(&sums[2]), ask(&sums[3]))
	for _, sum := range sums {
		require.Equal(t, blows*(blows-1)/2, sum, "sum of all that GetOrCompute returned to one goroutine")
	}
}

func TestHammerCounter(t *testing.T) {
	c := locks.NewCounter[int]()
	add := func(i int) { c.Add(i%10, 1) }
	hammer(add, add,
		func(i int) { c.Get(i) },
		func(int) { c.Snapshot() },
		func(i int) { c.View(func(counts map[int]int) { _ = counts[i] }) },
		func(i int) { c.Update(func(counts map[int]int) { counts[i%10]++ }) },
	)
	require.Len(t, c.Snapshot(), 10, "keys in the end")
}
