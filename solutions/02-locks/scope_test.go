package locks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/02-locks"
)

// unhashable returns a value of a type that may be a key, but panics as one.
func unhashable() any { return []int{1} }

// mishap calls f, which must panic, and then next, which must not find a lock
// that f has left behind.
func mishap(t *testing.T, what string, f, next func()) {
	t.Helper()
	panicked := must(t, what, func() (panicked bool) {
		defer func() { panicked = recover() != nil }()
		f()
		return false
	})
	require.True(t, panicked, "panic that reaches the caller, of %s", what)
	must(t, "the next use of a container, after a panic of "+what, func() bool { next(); return true })
}

func fail() { panic("failed") }

func TestListAfterPanic(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := locks.NewList(1, 2)
		use := func() { l.Append(3); l.Pop() }
		mishap(t, "At(2) on a list of two", func() { l.At(2) }, use)
		mishap(t, "a function that View called", func() { l.View(func([]int) { fail() }) }, use)
		mishap(t, "a function that Update called", func() { l.Update(func(items []int) []int { fail(); return items }) }, use)
		mishap(t, "the body of a loop over All", func() {
			for range l.All() {
				fail()
			}
		}, use)
	})
}

func TestSetAfterPanic(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := locks.NewSet[any]("a")
		use := func() { s.Add("b"); s.Remove("b") }
		mishap(t, "Add of an item that cannot be hashed", func() { s.Add(unhashable()) }, use)
		mishap(t, "Remove of an item that cannot be hashed", func() { s.Remove(unhashable()) }, use)
		mishap(t, "Has of an item that cannot be hashed", func() { s.Has(unhashable()) }, use)
		mishap(t, "a function that View called", func() { s.View(func(map[any]struct{}) { fail() }) }, use)
		mishap(t, "a function that Update called", func() { s.Update(func(map[any]struct{}) { fail() }) }, use)
	})
}

func TestDictAfterPanic(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		d := locks.NewDict[any, any]()
		d.Put("a", unhashable())
		use := func() { d.Put("b", 1); d.Pop("b") }
		mishap(t, "Put of a key that cannot be hashed", func() { d.Put(unhashable(), 1) }, use)
		mishap(t, "Get of a key that cannot be hashed", func() { d.Get(unhashable()) }, use)
		mishap(t, "Pop of a key that cannot be hashed", func() { d.Pop(unhashable()) }, use)
		mishap(t, "GetOrCompute of a key that cannot be hashed", func() {
			d.GetOrCompute(unhashable(), func() any { return 1 })
		}, use)
		mishap(t, "a function that GetOrCompute called", func() {
			d.GetOrCompute("c", func() any { fail(); return 1 })
		}, use)
		mishap(t, "CompareAndSwap of a value that cannot be compared", func() {
			locks.CompareAndSwap(d, any("a"), unhashable(), any(1))
		}, use)
		mishap(t, "a function that View called", func() { d.View(func(map[any]any) { fail() }) }, use)
		mishap(t, "a function that Update called", func() { d.Update(func(map[any]any) { fail() }) }, use)
	})
}

func TestCounterAfterPanic(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := locks.NewCounter[any]()
		use := func() { c.Add("a", 1) }
		mishap(t, "Add of a key that cannot be hashed", func() { c.Add(unhashable(), 1) }, use)
		mishap(t, "Get of a key that cannot be hashed", func() { c.Get(unhashable()) }, use)
		mishap(t, "a function that View called", func() { c.View(func(map[any]int) { fail() }) }, use)
		mishap(t, "a function that Update called", func() { c.Update(func(map[any]int) { fail() }) }, use)
	})
}

func TestLoopBodyMayUseTheList(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := locks.NewList(1, 2, 3)
		var seen []int
		must(t, "a loop over All whose body uses the list", func() bool {
			for item := range l.All() {
				seen = append(seen, item)
				l.Append(10 * item)
				if item == 1 {
					l.Update(func(items []int) []int { items[2] = 100; return items })
				}
			}
			return true
		})
		require.Equal(t, []int{1, 2, 3}, seen, "items that a loop came by, which changed the list meanwhile")
		require.Equal(t, []int{1, 2, 100, 10, 20, 30}, l.Snapshot(), "the list after that loop")
	})
}

func TestLoopHoldsNobodyUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l := locks.NewList(1, 2)
		for range l.All() {
			must(t, "Append by another goroutine, during a loop over All", func() bool { l.Append(3); return true })
		}
		require.Equal(t, []int{1, 2, 3, 3}, l.Snapshot(), "the list after a loop of two rounds, in each of which somebody appended")
	})
}

// TestEachContainerHasItsOwnLock uses containers while an Update has another one.
func TestEachContainerHasItsOwnLock(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		list, dict := locks.NewList[string](), locks.NewDict[string, int]()
		useOthersDuring(t, "while a dict is in an Update", func(f func()) {
			dict.Update(func(map[string]int) { f() })
		})
		useOthersDuring(t, "while a list is in an Update", func(f func()) {
			list.Update(func(items []string) []string { f(); return items })
		})
	})
}

func useOthersDuring(t *testing.T, during string, update func(f func())) {
	t.Helper()
	done := make(chan struct{})
	held := gradetest.GoDo(func() { update(func() { <-done }) })
	defer held.Wait()
	defer close(done)
	gradetest.Settle()
	l, s := locks.NewList[string](), locks.NewSet[string]()
	d, c := locks.NewDict[string, int](), locks.NewCounter[string]()
	must(t, "Append to another list, "+during, func() bool { l.Append("a"); return true })
	must(t, "Add to a set, "+during, func() bool { return s.Add("a") })
	must(t, "Put into another dict, "+during, func() bool { d.Put("a", 1); return true })
	must(t, "Add to a counter, "+during, func() int { return c.Add("a", 1) })
}
