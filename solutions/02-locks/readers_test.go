package locks_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/02-locks"
)

// inside runs tasks in the given number of goroutines, each task within a call
// of view.
func inside(view func(task func())) gradetest.Parallel {
	return func(workers int, tasks []func()) {
		next := make(chan func())
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for task := range next {
					view(task)
				}
			})
		}
		for _, task := range tasks {
			next <- task
		}
		close(next)
		all.Wait()
	}
}

func TestListViewsRunTogether(t *testing.T) {
	l := locks.NewList(1, 2, 3)
	gradetest.Speedup(t, inside(func(task func()) { l.View(func([]int) { task() }) }))
}

func TestDictViewsRunTogether(t *testing.T) {
	d := locks.NewDict[string, int]()
	gradetest.Speedup(t, inside(func(task func()) { d.View(func(map[string]int) { task() }) }))
}

func TestSetAndCounterViewsRunTogether(t *testing.T) {
	s, c := locks.NewSet[int](), locks.NewCounter[int]()
	gradetest.Witness(t, 2, inside(func(task func()) { s.View(func(map[int]struct{}) { task() }) }))
	gradetest.Witness(t, 2, inside(func(task func()) { c.View(func(map[int]int) { task() }) }))
}

// returns reports whether f returns. It is patient by the number of times it
// looks, not by the clock, so that a machine which stands still accuses nobody.
func returns(f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for range 250 {
		select {
		case <-done:
			return true
		case <-time.After(10 * time.Millisecond):
		}
	}
	return false
}

// TestReadersPassAView reads while somebody else takes a long time to read.
func TestReadersPassAView(t *testing.T) {
	pass := func(view func(f func()), reads map[string]func()) {
		waited := ""
		view(func() {
			for name, read := range reads {
				if !returns(read) {
					waited = name
					return
				}
			}
		})
		require.Empty(t, waited, "reading operation that waits for a View to end")
	}
	l := locks.NewList(1)
	pass(func(f func()) { l.View(func([]int) { f() }) }, map[string]func(){
		"List.At":       func() { l.At(0) },
		"List.Len":      func() { l.Len() },
		"List.Snapshot": func() { l.Snapshot() },
	})
	s := locks.NewSet(1)
	pass(func(f func()) { s.View(func(map[int]struct{}) { f() }) }, map[string]func(){
		"Set.Has":      func() { s.Has(1) },
		"Set.Len":      func() { s.Len() },
		"Set.Snapshot": func() { s.Snapshot() },
	})
	d := locks.NewDict[int, int]()
	d.Put(1, 1)
	pass(func(f func()) { d.View(func(map[int]int) { f() }) }, map[string]func(){
		"Dict.Get":      func() { d.Get(1) },
		"Dict.Len":      func() { d.Len() },
		"Dict.Snapshot": func() { d.Snapshot() },
	})
	c := locks.NewCounter[int]()
	pass(func(f func()) { c.View(func(map[int]int) { f() }) }, map[string]func(){
		"Counter.Get":      func() { c.Get(1) },
		"Counter.Snapshot": func() { c.Snapshot() },
	})
}
