package locks_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/02-locks"
)

func TestList(t *testing.T) {
	l := locks.NewList[string]()
	_, ok := l.Pop()
	require.False(t, ok, "second result of Pop on an empty list")
	l.Append("a", "b")
	l.Append()
	l.Append("c")
	require.Equal(t, []string{"a", "b", "c"}, l.Snapshot(), "items after Append of a, b and then c")
	require.Equal(t, 3, l.Len(), "Len of a list of three")
	require.Equal(t, "b", l.At(1), "At(1) of a, b, c")
	last, ok := l.Pop()
	require.True(t, ok, "second result of Pop on a list of three")
	require.Equal(t, "c", last, "item that Pop takes from a, b, c")
	require.Equal(t, []string{"a", "b"}, l.Snapshot(), "items left after Pop")
	l.Append("d")
	require.Equal(t, []string{"a", "b", "d"}, l.Snapshot(), "items after Pop and Append of d")
}

// TestListLoop also leaves a loop early, which must leave nothing behind.
func TestListLoop(t *testing.T) {
	l := locks.NewList(1, 2, 3)
	loop := l.All()
	require.Equal(t, []int{1, 2, 3}, slices.Collect(loop), "items that a loop over All comes by")
	for item := range loop {
		require.Equal(t, 1, item, "first item of a second loop")
		break
	}
	l.Append(4)
	require.Equal(t, []int{1, 2, 3, 4}, slices.Collect(loop), "items of a loop that began after an Append")
	require.Empty(t, slices.Collect(locks.NewList[int]().All()), "items of a loop over an empty list")
}

func TestSet(t *testing.T) {
	s := locks.NewSet("a", "b", "a")
	require.ElementsMatch(t, []string{"a", "b"}, s.Snapshot(), "items of a set made of a, b, a")
	require.False(t, s.Add("a"), "Add of an item that is in the set")
	require.True(t, s.Add("c"), "Add of a new item")
	require.True(t, s.Has("c"), "Has of an item that was added")
	require.Equal(t, 3, s.Len(), "Len of a set of three")
	require.True(t, s.Remove("a"), "Remove of an item that is in the set")
	require.False(t, s.Remove("a"), "second Remove of an item")
	require.False(t, s.Has("a"), "Has of an item that was removed")
	require.ElementsMatch(t, []string{"b", "c"}, s.Snapshot(), "items of the set in the end")
	require.Empty(t, locks.NewSet[int]().Snapshot(), "items of an empty set")
}

func TestDict(t *testing.T) {
	d := locks.NewDict[string, int]()
	_, ok := d.Get("a")
	require.False(t, ok, "second result of Get on an empty dict")
	_, ok = d.Pop("a")
	require.False(t, ok, "second result of Pop on an empty dict")
	d.Put("a", 1)
	d.Put("b", 2)
	d.Put("a", 3)
	require.Equal(t, map[string]int{"a": 3, "b": 2}, d.Snapshot(), "keys and values after three Puts")
	require.Equal(t, 2, d.Len(), "Len of a dict with two keys")
	v, ok := d.Get("a")
	require.True(t, ok, "second result of Get of a key that is there")
	require.Equal(t, 3, v, "value of a key that was put twice")
	v, ok = d.Pop("a")
	require.True(t, ok, "second result of Pop of a key that is there")
	require.Equal(t, 3, v, "value that Pop took out")
	require.Equal(t, map[string]int{"b": 2}, d.Snapshot(), "keys and values after Pop")
}

func TestCompareAndSwap(t *testing.T) {
	d := locks.NewDict[string, int]()
	require.False(t, locks.CompareAndSwap(d, "a", 0, 1), "CompareAndSwap of a key that is absent, from zero")
	_, ok := d.Get("a")
	require.False(t, ok, "second result of Get after a CompareAndSwap that was refused")
	d.Put("a", 1)
	require.False(t, locks.CompareAndSwap(d, "a", 2, 3), "CompareAndSwap from another value than the one there")
	require.True(t, locks.CompareAndSwap(d, "a", 1, 2), "CompareAndSwap from the value there")
	require.Equal(t, map[string]int{"a": 2}, d.Snapshot(), "the dict after a refused and a successful CompareAndSwap")
}

func TestComputesWhatIsAbsent(t *testing.T) {
	d := locks.NewDict[string, int]()
	calls := 0
	compute := func() int { calls++; return 10 * calls }
	require.Equal(t, 10, d.GetOrCompute("a", compute), "GetOrCompute of an absent key")
	require.Equal(t, 10, d.GetOrCompute("a", compute), "second GetOrCompute of the same key")
	require.Equal(t, 1, calls, "calls of compute")
	require.Equal(t, map[string]int{"a": 10}, d.Snapshot(), "the dict after GetOrCompute")
	d.Put("b", 0)
	require.Equal(t, 0, d.GetOrCompute("b", compute), "GetOrCompute of a key whose value is zero")
	d.Pop("a")
	require.Equal(t, 20, d.GetOrCompute("a", compute), "GetOrCompute of a key that was popped")
}

func TestCounter(t *testing.T) {
	c := locks.NewCounter[string]()
	require.Equal(t, 0, c.Get("a"), "count of a key that was never added")
	require.Equal(t, 2, c.Add("a", 2), "count after Add of 2")
	require.Equal(t, 5, c.Add("a", 3), "count after Add of 2 and 3")
	require.Equal(t, -1, c.Add("b", -1), "count after Add of -1")
	require.Equal(t, 5, c.Get("a"), "count of a")
	require.Equal(t, map[string]int{"a": 5, "b": -1}, c.Snapshot(), "all counts")
}

func TestViewAndUpdate(t *testing.T) {
	l := locks.NewList(1, 2, 3)
	l.Update(func(items []int) []int {
		slices.Reverse(items)
		return append(items, 0)
	})
	views := 0
	l.View(func(items []int) {
		views++
		assert.Equal(t, []int{3, 2, 1, 0}, items, "items in a View after an Update that reversed 1, 2, 3 and appended 0")
	})
	l.Update(func([]int) []int { return nil })
	require.Empty(t, l.Snapshot(), "items after an Update that returned none")

	d := locks.NewDict[string, int]()
	d.Put("a", 1)
	d.Update(func(items map[string]int) {
		items["b"] = items["a"] + 1
		delete(items, "a")
	})
	d.View(func(items map[string]int) {
		views++
		assert.Equal(t, map[string]int{"b": 2}, items, "keys and values in a View after an Update")
	})
	require.Equal(t, map[string]int{"b": 2}, d.Snapshot(), "the dict after an Update")

	s := locks.NewSet("a")
	s.Update(func(items map[string]struct{}) {
		items["b"] = struct{}{}
		delete(items, "a")
	})
	s.View(func(items map[string]struct{}) {
		views++
		assert.Equal(t, map[string]struct{}{"b": {}}, items, "items in a View after an Update")
	})
	require.Equal(t, []string{"b"}, s.Snapshot(), "the set after an Update")

	c := locks.NewCounter[string]()
	c.Add("a", 2)
	c.Update(func(counts map[string]int) { counts["a"] *= 5 })
	c.View(func(counts map[string]int) {
		views++
		assert.Equal(t, map[string]int{"a": 10}, counts, "counts in a View after an Update")
	})
	require.Equal(t, 10, c.Get("a"), "count after an Update")
	require.Equal(t, 4, views, "functions that four Views called")
}

// TestSnapshotsAreIndependent changes snapshots, and containers after a snapshot.
func TestSnapshotsAreIndependent(t *testing.T) {
	l := locks.NewList(1, 2, 3)
	list := l.Snapshot()
	l.Pop()
	l.Append(4)
	require.Equal(t, []int{1, 2, 3}, list, "a snapshot of a list, after Pop and Append")
	list = l.Snapshot()
	list[0] = 100
	_ = append(list[:2], 200)
	require.Equal(t, []int{1, 2, 4}, l.Snapshot(), "a list, after its snapshot was changed")

	d := locks.NewDict[string, int]()
	d.Put("a", 1)
	dict := d.Snapshot()
	d.Put("a", 2)
	require.Equal(t, map[string]int{"a": 1}, dict, "a snapshot of a dict, after Put")
	dict["b"] = 3
	require.Equal(t, map[string]int{"a": 2}, d.Snapshot(), "a dict, after its snapshot was changed")

	s := locks.NewSet("a")
	set := s.Snapshot()
	set[0] = "b"
	require.True(t, s.Has("a"), "Has, after the set's snapshot was changed")
	require.Equal(t, []string{"a"}, s.Snapshot(), "a set, after its snapshot was changed")

	c := locks.NewCounter[string]()
	c.Add("a", 1)
	counts := c.Snapshot()
	c.Add("a", 1)
	require.Equal(t, map[string]int{"a": 1}, counts, "a snapshot of a counter, after Add")
	counts["a"] = 100
	require.Equal(t, 2, c.Get("a"), "a count, after the counter's snapshot was changed")
}

func TestArgumentsStayTheCallers(t *testing.T) {
	mine := []int{1, 2, 3}
	l := locks.NewList(mine...)
	mine[0] = 100
	require.Equal(t, []int{1, 2, 3}, l.Snapshot(), "a list made of a slice that was changed afterwards")

	more := []int{1, 2}
	l = locks.NewList[int]()
	l.Append(more...)
	more[0] = 100
	require.Equal(t, []int{1, 2}, l.Snapshot(), "a list to which a slice was appended that was changed afterwards")
	l.Update(func(items []int) []int { items[1] = 200; return items })
	require.Equal(t, []int{100, 2}, more, "a slice that was appended to a list which was changed afterwards")
}
