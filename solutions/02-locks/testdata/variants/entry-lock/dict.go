package locks

import (
	"maps"
	"sync"
)

// Dict gives each key that is being computed a mutex of its own. Whoever wants
// the key stands in line for that mutex, with the dict's lock let go.
type Dict[K comparable, V any] struct {
	table[map[K]V]
	mu    sync.Mutex // guards lines
	lines map[K]*line
}

type line struct {
	sync.Mutex
	people int
}

func NewDict[K comparable, V any]() *Dict[K, V] {
	d := &Dict[K, V]{lines: map[K]*line{}}
	d.items = map[K]V{}
	return d
}

func (d *Dict[K, V]) Get(key K) (v V, ok bool) {
	d.View(func(items map[K]V) { v, ok = items[key] })
	return v, ok
}

func (d *Dict[K, V]) Put(key K, value V) {
	d.Update(func(items map[K]V) { items[key] = value })
}

func (d *Dict[K, V]) Pop(key K) (v V, ok bool) {
	d.Update(func(items map[K]V) {
		v, ok = items[key]
		delete(items, key)
	})
	return v, ok
}

func (d *Dict[K, V]) Len() (n int) {
	d.View(func(items map[K]V) { n = len(items) })
	return n
}

func (d *Dict[K, V]) Snapshot() (copied map[K]V) {
	d.View(func(items map[K]V) { copied = maps.Clone(items) })
	return copied
}

func (d *Dict[K, V]) GetOrCompute(key K, compute func() V) V {
	if v, ok := d.Get(key); ok {
		return v
	}
	l := d.enter(key)
	defer d.leave(key, l)
	l.Lock()
	defer l.Unlock()
	if v, ok := d.Get(key); ok {
		return v
	}
	value := compute()
	d.Update(func(items map[K]V) {
		if v, ok := items[key]; ok {
			value = v
			return
		}
		items[key] = value
	})
	return value
}

func (d *Dict[K, V]) enter(key K) *line {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lines[key]
	if l == nil {
		l = &line{}
		d.lines[key] = l
	}
	l.people++
	return l
}

func (d *Dict[K, V]) leave(key K, l *line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.people--; l.people == 0 {
		delete(d.lines, key)
	}
}

func CompareAndSwap[K, V comparable](d *Dict[K, V], key K, old, new V) (swapped bool) {
	d.Update(func(items map[K]V) {
		if v, ok := items[key]; ok && v == old {
			items[key] = new
			swapped = true
		}
	})
	return swapped
}
