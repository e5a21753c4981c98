package locks_test

import (
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/02-locks"
)

// rounds is how often a test brings about what is meant to go wrong. Most
// mistakes show in the first round.
const rounds = 6

// nap holds a container for longer than a mutex lets its waiters be overtaken
// (1 ms), and lets all goroutines that were started get to their waiting.
func nap() {
	for range 2 {
		runtime.Gosched()
		time.Sleep(600 * time.Microsecond)
	}
}

// queued makes n goroutines that call f queue for a container which is held by
// somebody else, let go, and taken again at once. So each of them gets it for
// one operation at a time, in turn: all that look, look before one acts. It
// returns what a goroutine panicked with, if one did.
func queued(hold func(f func()), n int, f func(i int)) any {
	var all sync.WaitGroup
	var panicked atomic.Pointer[any]
	hold(func() {
		for i := range n {
			all.Go(func() {
				defer func() {
					if r := recover(); r != nil {
						panicked.Store(&r)
					}
				}()
				f(i)
			})
		}
		nap()
	})
	hold(nap)
	all.Wait()
	if p := panicked.Load(); p != nil {
		return *p
	}
	return nil
}

func holdList(l *locks.List[int]) func(f func()) {
	return func(f func()) { l.Update(func(items []int) []int { f(); return items }) }
}

func holdDict(d *locks.Dict[string, int]) func(f func()) {
	return func(f func()) { d.Update(func(map[string]int) { f() }) }
}

func count(answers []bool) (n int) {
	for _, yes := range answers {
		if yes {
			n++
		}
	}
	return n
}

func TestOneOfManyAddsIsTheFirst(t *testing.T) {
	for range rounds {
		s := locks.NewSet[string]()
		hold := func(f func()) { s.Update(func(map[string]struct{}) { f() }) }
		added, removed := make([]bool, 3), make([]bool, 3)
		queued(hold, 3, func(i int) { added[i] = s.Add("a") })
		require.Equal(t, 1, count(added), "goroutines whose Add of the same new item returned true, of 3")
		queued(hold, 3, func(i int) { removed[i] = s.Remove("a") })
		require.Equal(t, 1, count(removed), "goroutines whose Remove of the same item returned true, of 3")
	}
}

func TestEachItemIsPoppedOnce(t *testing.T) {
	for range rounds {
		l := locks.NewList(7)
		ok := make([]bool, 3)
		panicked := queued(holdList(l), 3, func(i int) { _, ok[i] = l.Pop() })
		require.Nil(t, panicked, "panic of one of 3 goroutines that Pop from a list of one item")
		require.Equal(t, 1, count(ok), "goroutines that popped the only item of a list, of 3")

		d := locks.NewDict[string, int]()
		d.Put("a", 7)
		queued(holdDict(d), 3, func(i int) { _, ok[i] = d.Pop("a") })
		require.Equal(t, 1, count(ok), "goroutines that popped the same key of a dict, of 3")
	}
}

func TestAppendedItemsStayTogether(t *testing.T) {
	for range rounds {
		l := locks.NewList[int]()
		queued(holdList(l), 3, func(i int) { l.Append(i, i, i) })
		got := l.Snapshot()
		require.Len(t, got, 9, "items after 3 goroutines appended 3 items each")
		require.Len(t, slices.Compact(got), 3, "groups of items, where 3 goroutines appended 3 equal items each")
	}
}

func TestOneCompareAndSwapWins(t *testing.T) {
	for range rounds {
		d := locks.NewDict[string, int]()
		d.Put("a", 0)
		won := make([]bool, 3)
		queued(holdDict(d), 3, func(i int) { won[i] = locks.CompareAndSwap(d, "a", 0, i+1) })
		require.Equal(t, 1, count(won), "goroutines whose CompareAndSwap from the same value returned true, of 3")
		got, _ := d.Get("a")
		require.Equal(t, slices.Index(won, true)+1, got, "value in the end: the one that the winner stored")
	}
}

func TestNoAddIsLost(t *testing.T) {
	for range rounds {
		c := locks.NewCounter[string]()
		got := make([]int, 3)
		queued(func(f func()) { c.Update(func(map[string]int) { f() }) }, 3, func(i int) { got[i] = c.Add("a", 1) })
		require.Equal(t, 3, c.Get("a"), "count after 3 goroutines added 1")
		slices.Sort(got)
		require.Equal(t, []int{1, 2, 3}, got, "counts that 3 goroutines which added 1 got back")
	}
}

// during calls change ten times, in two goroutines, with somebody else looking
// all the time. A look that takes a lock more than once has to queue behind
// changes in between.
func during(change, look func()) {
	var looking, changing sync.WaitGroup
	var over atomic.Bool
	looking.Go(func() {
		for look(); !over.Load(); look() {
			runtime.Gosched()
		}
	})
	for range 2 {
		changing.Go(func() {
			for range 5 {
				change()
			}
		})
	}
	changing.Wait()
	over.Store(true)
	looking.Wait()
}

// The next three tests move amounts between three places in an Update that takes
// its time. The amounts are such that places seen at different moments do not
// add up.

func TestListSnapshotIsOneMoment(t *testing.T) {
	l := locks.NewList(100, 100, 100)
	var sums []int
	during(func() {
		l.Update(func(items []int) []int {
			items[0] -= 1
			nap()
			items[1] += 3
			items[2] -= 2
			return items
		})
	}, func() {
		sums = append(sums, sum(slices.Values(l.Snapshot())))
	})
	for _, got := range sums {
		require.Equal(t, 300, got, "sum of a snapshot, while Updates move amounts between three items of 100 each")
	}
}

func TestDictSnapshotIsOneMoment(t *testing.T) {
	d := locks.NewDict[string, int]()
	d.Put("a", 100)
	d.Put("b", 100)
	d.Put("c", 100)
	snapshotsAddUp(t, d.Snapshot, d.Update)
}

func TestCounterSnapshotIsOneMoment(t *testing.T) {
	c := locks.NewCounter[string]()
	c.Add("a", 100)
	c.Add("b", 100)
	c.Add("c", 100)
	snapshotsAddUp(t, c.Snapshot, c.Update)
}

func snapshotsAddUp(t *testing.T, snapshot func() map[string]int, update func(func(map[string]int))) {
	t.Helper()
	var sums []int
	during(func() {
		update(func(items map[string]int) {
			items["a"] -= 1
			nap()
			items["b"] += 3
			items["c"] -= 2
		})
	}, func() {
		sums = append(sums, sum(maps.Values(snapshot())))
	})
	for _, got := range sums {
		require.Equal(t, 300, got, "sum of a snapshot, while Updates move amounts between three keys of 100 each")
	}
}

func sum(numbers iter.Seq[int]) (total int) {
	for n := range numbers {
		total += n
	}
	return total
}

// TestSetSnapshotIsOneMoment replaces the only item again and again.
func TestSetSnapshotIsOneMoment(t *testing.T) {
	s := locks.NewSet("a")
	var sizes []int
	during(func() {
		s.Update(func(items map[string]struct{}) {
			from, to := "a", "b"
			if _, ok := items[from]; !ok {
				from, to = to, from
			}
			delete(items, from)
			nap()
			items[to] = struct{}{}
		})
	}, func() { sizes = append(sizes, len(s.Snapshot())) })
	for _, size := range sizes {
		require.Equal(t, 1, size, "items in a snapshot, while Updates replace the only item by another")
	}
}
