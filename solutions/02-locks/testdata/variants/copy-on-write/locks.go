// Package locks never changes what it has shown: a writer makes a changed copy
// and puts it in place of the old one. Readers need no lock.
package locks

import (
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// version holds an immutable value, which writers replace one at a time.
type version[T any] struct {
	writing sync.Mutex
	now     atomic.Pointer[T]
}

func (v *version[T]) read() T {
	if p := v.now.Load(); p != nil {
		return *p
	}
	var none T
	return none
}

// replace stores what change makes of a value that it must not modify.
func (v *version[T]) replace(change func(T) T) {
	v.writing.Lock()
	defer v.writing.Unlock()
	next := change(v.read())
	v.now.Store(&next)
}

type List[T any] struct{ items version[[]T] }

func NewList[T any](items ...T) *List[T] {
	l := &List[T]{}
	l.Append(items...)
	return l
}

func (l *List[T]) Append(items ...T) {
	l.items.replace(func(old []T) []T { return slices.Concat(old, items) })
}

func (l *List[T]) At(i int) T { return l.items.read()[i] }

func (l *List[T]) Pop() (last T, ok bool) {
	l.items.replace(func(old []T) []T {
		n := len(old)
		if n == 0 {
			return old
		}
		last, ok = old[n-1], true
		return slices.Clone(old[:n-1])
	})
	return last, ok
}

func (l *List[T]) Len() int { return len(l.items.read()) }

func (l *List[T]) Snapshot() []T { return slices.Clone(l.items.read()) }

func (l *List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range l.items.read() {
			if !yield(item) {
				return
			}
		}
	}
}

func (l *List[T]) View(f func(items []T)) { f(l.items.read()) }

func (l *List[T]) Update(f func(items []T) []T) {
	l.items.replace(func(old []T) []T { return f(slices.Clone(old)) })
}

// table is a map of which readers see one version.
type table[K comparable, V any] struct{ version[map[K]V] }

// change runs f on a copy of the map.
func (t *table[K, V]) change(f func(items map[K]V)) {
	t.replace(func(old map[K]V) map[K]V {
		next := make(map[K]V, len(old)+1)
		maps.Copy(next, old)
		f(next)
		return next
	})
}

func (t *table[K, V]) clone() map[K]V {
	m := map[K]V{}
	maps.Copy(m, t.read())
	return m
}

type Set[T comparable] struct{ items table[T, struct{}] }

func NewSet[T comparable](items ...T) *Set[T] {
	s := &Set[T]{}
	s.items.change(func(m map[T]struct{}) {
		for _, item := range items {
			m[item] = struct{}{}
		}
	})
	return s
}

func (s *Set[T]) Add(item T) (added bool) {
	s.items.change(func(m map[T]struct{}) {
		_, had := m[item]
		m[item] = struct{}{}
		added = !had
	})
	return added
}

func (s *Set[T]) Remove(item T) (removed bool) {
	s.items.change(func(m map[T]struct{}) {
		_, removed = m[item]
		delete(m, item)
	})
	return removed
}

func (s *Set[T]) Has(item T) bool {
	_, ok := s.items.read()[item]
	return ok
}

func (s *Set[T]) Len() int { return len(s.items.read()) }

func (s *Set[T]) Snapshot() []T { return slices.Collect(maps.Keys(s.items.read())) }

func (s *Set[T]) View(f func(items map[T]struct{})) { f(s.items.read()) }

func (s *Set[T]) Update(f func(items map[T]struct{})) { s.items.change(f) }

type Counter[K comparable] struct{ counts table[K, int] }

func NewCounter[K comparable]() *Counter[K] { return &Counter[K]{} }

func (c *Counter[K]) Add(key K, n int) (now int) {
	c.counts.change(func(counts map[K]int) {
		counts[key] += n
		now = counts[key]
	})
	return now
}

func (c *Counter[K]) Get(key K) int { return c.counts.read()[key] }

func (c *Counter[K]) Snapshot() map[K]int { return c.counts.clone() }

func (c *Counter[K]) View(f func(counts map[K]int)) { f(c.counts.read()) }

func (c *Counter[K]) Update(f func(counts map[K]int)) { c.counts.change(f) }
