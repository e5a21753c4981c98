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

	"github.com/weft-course/weft/grader/gradetest"
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

// The tests that follow have two goroutines begin together. What they demand
// holds in every order of their steps.

// bothAre runs f in two goroutines and returns their answers.
func bothAre[T any](t *testing.T, what string, f func() T) [2]T {
	t.Helper()
	a, b := gradetest.Go(f), gradetest.Go(f)
	gradetest.Settle()
	return [2]T{a.MustReturn(t, what), b.MustReturn(t, what)}
}

func TestTwoTakeOne(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		d, l := locks.NewDict[string, int](), locks.NewList(7)
		d.Put("a", 7)
		key := bothAre(t, "one of two Pops of the same key", func() bool { _, ok := d.Pop("a"); return ok })
		require.Equal(t, 1, count(key[:]), "goroutines that popped the only key of a dict, of 2")
		item := bothAre(t, "one of two Pops of a list of one", func() bool { _, ok := l.Pop(); return ok })
		require.Equal(t, 1, count(item[:]), "goroutines that popped the only item of a list, of 2")
	})
}

func TestTwoChangeOne(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		d, s := locks.NewDict[string, int](), locks.NewSet[string]()
		d.Put("a", 0)
		swapped := bothAre(t, "one of two CompareAndSwaps", func() bool { return locks.CompareAndSwap(d, "a", 0, 1) })
		require.Equal(t, 1, count(swapped[:]), "goroutines whose CompareAndSwap from the same value returned true, of 2")
		added := bothAre(t, "one of two Adds to a set", func() bool { return s.Add("a") })
		require.Equal(t, 1, count(added[:]), "goroutines whose Add of the same new item returned true, of 2")
		c := locks.NewCounter[string]()
		counts := bothAre(t, "one of two Adds to a counter", func() int { return c.Add("a", 1) })
		require.ElementsMatch(t, []int{1, 2}, counts, "counts that two goroutines which added 1 got back")
	})
}

// computing returns a dict with a GetOrCompute under way, whose compute returns
// its value when finish is called.
func computing(value int) (d *locks.Dict[string, int], call *gradetest.Call[int], finish func()) {
	d = locks.NewDict[string, int]()
	gate := make(chan struct{})
	call = gradetest.Go(func() int { return d.GetOrCompute("a", func() int { <-gate; return value }) })
	gradetest.Settle()
	return d, call, func() { close(gate) }
}

// TestTwoComputeOne has two begin together: one may look before the other has
// stored, and claim the key after that.
func TestTwoComputeOne(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		for range 4 {
			d := locks.NewDict[string, int]()
			var calls gradetest.InFlight
			got := bothAre(t, "one of two GetOrComputes of the same key", func() int {
				return d.GetOrCompute("a", func() int { calls.Enter(); return calls.Total() })
			})
			require.Equal(t, 1, calls.Total(), "calls of compute, with two goroutines that want the same key")
			require.Equal(t, [2]int{1, 1}, got, "what two goroutines that want the same key got")
		}
	})
}

// TestComputeMeetsItsEnd has two ask for a key when its value is just there.
func TestComputeMeetsItsEnd(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		d, first, finish := computing(1)
		finish()
		ask := func() int { return d.GetOrCompute("a", func() int { return 2 }) }
		got := bothAre(t, "one of two GetOrComputes of a key that is nearly computed", ask)
		require.Equal(t, 1, first.MustReturn(t, "a GetOrCompute whose compute has returned 1"), "what a GetOrCompute got whose compute returned 1")
		require.Equal(t, [2]int{1, 1}, got, "what two GetOrComputes got when the key was nearly computed as 1, and their own compute returns 2")
	})
}

func TestPutMeetsCompute(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		d, first, finish := computing(2)
		put := func() { d.Put("a", 1) }
		finish()
		a, b := gradetest.GoDo(put), gradetest.GoDo(put)
		gradetest.Settle()
		a.MustReturn(t, "a Put that meets a GetOrCompute of the same key")
		b.MustReturn(t, "another Put that meets a GetOrCompute of the same key")
		got := first.MustReturn(t, "a GetOrCompute that meets two Puts of the same key")
		require.Contains(t, []int{1, 2}, got, "what GetOrCompute returned, 1 being put and 2 computed")
		stored, _ := d.Get("a")
		require.Equal(t, 1, stored, "value in the end: the one that was put, before or after the computed one came")
	})
}
