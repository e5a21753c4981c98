package locks

import (
	"maps"
	"sync"
)

// Dict has a sync.Once for each key that is being computed. A Once counts as
// done even when its function panicked, so each serves for one attempt only.
type Dict[K comparable, V any] struct {
	table[map[K]V]
	mu       sync.Mutex // guards attempts
	attempts map[K]*attempt[V]
}

type attempt[V any] struct {
	once  sync.Once
	value V
	ok    bool
}

func NewDict[K comparable, V any]() *Dict[K, V] {
	d := &Dict[K, V]{attempts: map[K]*attempt[V]{}}
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
	for {
		if v, ok := d.Get(key); ok {
			return v
		}
		a := d.attempt(key)
		a.once.Do(func() {
			defer d.forget(key)
			a.value = d.fill(key, compute)
			a.ok = true
		})
		if a.ok {
			return a.value
		}
	}
}

// fill stores and returns the value of key, which nobody else computes now.
func (d *Dict[K, V]) fill(key K, compute func() V) V {
	if v, ok := d.Get(key); ok {
		return v
	}
	value := compute()
	d.Update(func(items map[K]V) {
		if v, ok := items[key]; ok {
			value = v
		}
		items[key] = value
	})
	return value
}

func (d *Dict[K, V]) attempt(key K) *attempt[V] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.attempts[key] == nil {
		d.attempts[key] = &attempt[V]{}
	}
	return d.attempts[key]
}

func (d *Dict[K, V]) forget(key K) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.attempts, key)
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
