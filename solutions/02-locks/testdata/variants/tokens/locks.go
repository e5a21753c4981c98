// Package locks takes it literally that a lock is a token: it lies in a channel
// of one place, and whoever has taken it out may go on.
package locks

import (
	"iter"
	"maps"
	"slices"
)

// tokens are the lock of one container.
type tokens struct {
	room    chan struct{} // one token: the right to be in the room
	readers chan int      // how many readers share that right
	turn    chan struct{} // one token: the right to be the next to go in
}

func newTokens() tokens {
	t := tokens{room: make(chan struct{}, 1), readers: make(chan int, 1), turn: make(chan struct{}, 1)}
	t.room <- struct{}{}
	t.turn <- struct{}{}
	t.readers <- 0
	return t
}

func (t tokens) Lock() {
	<-t.turn
	<-t.room
	t.turn <- struct{}{}
}

func (t tokens) Unlock() { t.room <- struct{}{} }

func (t tokens) RLock() {
	<-t.turn
	n := <-t.readers
	if n == 0 {
		<-t.room
	}
	t.readers <- n + 1
	t.turn <- struct{}{}
}

func (t tokens) RUnlock() {
	n := <-t.readers
	if n == 1 {
		t.room <- struct{}{}
	}
	t.readers <- n - 1
}

// cage holds something that only those see who hold its lock.
type cage[T any] struct {
	lock  tokens
	items T
}

func caged[T any](items T) cage[T] { return cage[T]{lock: newTokens(), items: items} }

func (c *cage[T]) View(f func(items T)) {
	c.lock.RLock()
	defer c.lock.RUnlock()
	f(c.items)
}

// table is a cage for something that is changed in place.
type table[T any] struct{ cage[T] }

func (t *table[T]) Update(f func(items T)) {
	t.lock.Lock()
	defer t.lock.Unlock()
	f(t.items)
}

type List[T any] struct{ cage[[]T] }

func NewList[T any](items ...T) *List[T] {
	return &List[T]{caged(append([]T(nil), items...))}
}

func (l *List[T]) Update(f func(items []T) []T) {
	l.lock.Lock()
	defer l.lock.Unlock()
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
	s := &Set[T]{table[map[T]struct{}]{caged(map[T]struct{}{})}}
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
	return &Counter[K]{table[map[K]int]{caged(map[K]int{})}}
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
