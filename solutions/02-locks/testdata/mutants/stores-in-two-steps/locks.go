// Package locks makes Go's plain containers safe to share between goroutines.
//
// Every operation is atomic: whoever looks sees all of it or nothing. Those who
// only read (At, Get, Has, Len, Snapshot, View) do not wait for one another, and
// work on one container never waits for work on another. A panic, be it of a
// function passed in, of an index out of range or of a key that cannot be
// hashed, reaches the caller and leaves the container as usable as before.
//
// For whatever else has to be atomic, View and Update lend the plain slice or
// map to a function, which they call once. It must neither keep what it is lent
// nor use the container, and in a View it must not change anything.
package locks

import (
	"iter"
	"maps"
	"slices"
	"sync"
)

// List is a slice that goroutines may share.
type List[T any] struct {
	mu    sync.RWMutex // guards items: the variable and the array behind it
	items []T
}

// NewList returns a list that holds the given items, in memory of its own.
func NewList[T any](items ...T) *List[T] {
	return &List[T]{items: slices.Clone(items)}
}

// Append adds the items at the end, in their order and with nothing between.
func (l *List[T]) Append(items ...T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = append(l.items, items...)
}

// At returns item i. It panics when there is none.
func (l *List[T]) At(i int) T {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.items[i]
}

// Pop takes the last item away and returns it, or false when the list is empty.
func (l *List[T]) Pop() (last T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.items); n > 0 {
		last, ok = l.items[n-1], true
		l.items = slices.Delete(l.items, n-1, n) // clears the place it frees
	}
	return last, ok
}

// Len returns the number of items.
func (l *List[T]) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.items)
}

// Snapshot returns the items of one moment, in a slice of the caller's own.
func (l *List[T]) Snapshot() []T {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.items)
}

// All loops over the items as they were when the loop began. The body of the
// loop runs without any lock: it may use the list, and change it.
func (l *List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		slices.Values(l.Snapshot())(yield)
	}
}

// View calls f with the items, which do not change before f returns.
func (l *List[T]) View(f func(items []T)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	f(l.items)
}

// Update calls f with the items, and then holds those that f returned.
func (l *List[T]) Update(f func(items []T) []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = f(l.items)
}

// Set is a set that goroutines may share.
type Set[T comparable] struct {
	mu    sync.RWMutex // guards items
	items map[T]struct{}
}

// NewSet returns a set of the given items.
func NewSet[T comparable](items ...T) *Set[T] {
	s := &Set[T]{items: make(map[T]struct{}, len(items))}
	for _, item := range items {
		s.items[item] = struct{}{}
	}
	return s
}

// Add puts item into the set and reports whether it was not there before.
func (s *Set[T]) Add(item T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.items)
	s.items[item] = struct{}{}
	return len(s.items) > before
}

// Remove takes item out of the set and reports whether it was there.
func (s *Set[T]) Remove(item T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.items)
	delete(s.items, item)
	return len(s.items) < before
}

// Has reports whether item is in the set.
func (s *Set[T]) Has(item T) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.items[item]
	return ok
}

// Len returns the number of items.
func (s *Set[T]) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.items)
}

// Snapshot returns the items of one moment, in any order, in a slice of the caller's own.
func (s *Set[T]) Snapshot() []T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.AppendSeq(make([]T, 0, len(s.items)), maps.Keys(s.items))
}

// View calls f with the items, which do not change before f returns.
func (s *Set[T]) View(f func(items map[T]struct{})) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(s.items)
}

// Update calls f with the items, and f may change them.
func (s *Set[T]) Update(f func(items map[T]struct{})) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.items)
}

// Counter counts how often it was given each key. Goroutines may share it.
type Counter[K comparable] struct {
	mu     sync.RWMutex // guards counts
	counts map[K]int
}

// NewCounter returns a counter where every key counts zero.
func NewCounter[K comparable]() *Counter[K] {
	return &Counter[K]{counts: map[K]int{}}
}

// Add adds n, which may be negative, to the count of key and returns the new count.
func (c *Counter[K]) Add(key K, n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[key] += n
	return c.counts[key]
}

// Get returns the count of key, zero for one that was never added.
func (c *Counter[K]) Get(key K) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.counts[key]
}

// Snapshot returns the counts of one moment, in a map of the caller's own.
func (c *Counter[K]) Snapshot() map[K]int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return maps.Clone(c.counts)
}

// View calls f with the counts, which do not change before f returns.
func (c *Counter[K]) View(f func(counts map[K]int)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f(c.counts)
}

// Update calls f with the counts, and f may change them.
func (c *Counter[K]) Update(f func(counts map[K]int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.counts)
}
