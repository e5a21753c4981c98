// Package locks makes its own lock for readers and writers, of a mutex and a
// condition variable.
package locks

import (
	"iter"
	"maps"
	"slices"
	"sync"
)

// cage holds something that many may read or one may change at a time. It is
// reached by pointer only, so that changed can point at mu.
type cage[T any] struct {
	mu      sync.Mutex // guards all but items
	changed *sync.Cond
	reading int
	writing bool
	queued  int // writers that wait: they go before new readers
	items   T
}

func newCage[T any](items T) *cage[T] {
	c := &cage[T]{items: items}
	c.changed = sync.NewCond(&c.mu)
	return c
}

func (c *cage[T]) RLock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing || c.queued > 0 {
		c.changed.Wait()
	}
	c.reading++
}

func (c *cage[T]) RUnlock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading--
	c.changed.Broadcast()
}

func (c *cage[T]) Lock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued++
	for c.writing || c.reading > 0 {
		c.changed.Wait()
	}
	c.queued--
	c.writing = true
}

func (c *cage[T]) Unlock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	c.changed.Broadcast()
}

func (c *cage[T]) View(f func(items T)) {
	c.RLock()
	defer c.RUnlock()
	f(c.items)
}

// table is a cage for something that is changed in place.
type table[T any] struct{ *cage[T] }

func (t *table[T]) Update(f func(items T)) {
	t.Lock()
	defer t.Unlock()
	f(t.items)
}

type List[T any] struct{ *cage[[]T] }

func NewList[T any](items ...T) *List[T] {
	return &List[T]{newCage(append([]T(nil), items...))}
}

func (l *List[T]) Update(f func(items []T) []T) {
	l.Lock()
	defer l.Unlock()
	l.items = f(l.items)
}

func (l *List[T]) Append(items ...T) {
	l.Update(func(old []T) []T { return append(old, items...) })
}

func (l *List[T]) At(i int) (item T) {
	l.View(func(items []T) { item = items[i] })
	return item
}

func (l *List[T]) Pop() (last T, ok bool) {
	l.Update(func(items []T) []T {
		n := len(items)
		if n == 0 {
			return items
		}
		last, ok = items[n-1], true
		return items[:n-1]
	})
	return last, ok
}

func (l *List[T]) Len() (n int) {
	l.View(func(items []T) { n = len(items) })
	return n
}

func (l *List[T]) Snapshot() (copied []T) {
	l.View(func(items []T) { copied = append(copied, items...) })
	return copied
}

func (l *List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range l.Snapshot() {
			if !yield(item) {
				return
			}
		}
	}
}

type Set[T comparable] struct{ table[map[T]struct{}] }

func NewSet[T comparable](items ...T) *Set[T] {
	s := &Set[T]{table[map[T]struct{}]{newCage(map[T]struct{}{})}}
	for _, item := range items {
		s.Add(item)
	}
	return s
}

func (s *Set[T]) Add(item T) (added bool) {
	s.Update(func(items map[T]struct{}) {
		_, had := items[item]
		added = !had
		items[item] = struct{}{}
	})
	return added
}

func (s *Set[T]) Remove(item T) (removed bool) {
	s.Update(func(items map[T]struct{}) {
		_, removed = items[item]
		delete(items, item)
	})
	return removed
}

func (s *Set[T]) Has(item T) (ok bool) {
	s.View(func(items map[T]struct{}) { _, ok = items[item] })
	return ok
}

func (s *Set[T]) Len() (n int) {
	s.View(func(items map[T]struct{}) { n = len(items) })
	return n
}

func (s *Set[T]) Snapshot() (all []T) {
	s.View(func(items map[T]struct{}) { all = slices.Collect(maps.Keys(items)) })
	return all
}

type Counter[K comparable] struct{ table[map[K]int] }

func NewCounter[K comparable]() *Counter[K] {
	return &Counter[K]{table[map[K]int]{newCage(map[K]int{})}}
}

func (c *Counter[K]) Add(key K, n int) (now int) {
	c.Update(func(counts map[K]int) {
		counts[key] += n
		now = counts[key]
	})
	return now
}

func (c *Counter[K]) Get(key K) (n int) {
	c.View(func(counts map[K]int) { n = counts[key] })
	return n
}

func (c *Counter[K]) Snapshot() (copied map[K]int) {
	c.View(func(counts map[K]int) { copied = maps.Clone(counts) })
	return copied
}
