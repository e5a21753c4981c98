package locks

import (
	"maps"
	"sync"
)

// Dict notes which keys are being computed; who wants one of them waits until
// something has changed, and looks again.
type Dict[K comparable, V any] struct {
	table[map[K]V]
	mu      sync.Mutex // guards pending
	ended   *sync.Cond // an attempt to compute some key is over
	pending map[K]bool
}

func NewDict[K comparable, V any]() *Dict[K, V] {
	d := &Dict[K, V]{table: table[map[K]V]{newCage(map[K]V{})}, pending: map[K]bool{}}
	d.ended = sync.NewCond(&d.mu)
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
	d.begin(key)
	defer d.end(key)
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

func (d *Dict[K, V]) begin(key K) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.pending[key] {
		d.ended.Wait()
	}
	d.pending[key] = true
}

func (d *Dict[K, V]) end(key K) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.pending, key)
	d.ended.Broadcast()
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
