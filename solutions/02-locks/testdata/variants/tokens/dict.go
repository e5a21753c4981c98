package locks

import "maps"

// Dict keeps, for each key that is being computed, a channel with the right to
// compute it. Closing it says that nobody needs to any more.
type Dict[K comparable, V any] struct {
	table[map[K]V]
	rights table[map[K]*right[V]]
}

type right[V any] struct {
	token chan struct{}
	value V
}

func NewDict[K comparable, V any]() *Dict[K, V] {
	return &Dict[K, V]{
		table[map[K]V]{caged(map[K]V{})},
		table[map[K]*right[V]]{caged(map[K]*right[V]{})},
	}
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
	var r *right[V]
	d.rights.Update(func(rights map[K]*right[V]) {
		if r = rights[key]; r == nil {
			r = &right[V]{token: make(chan struct{}, 1)}
			r.token <- struct{}{}
			rights[key] = r
		}
	})
	if _, ok := <-r.token; !ok {
		return r.value
	}
	done := false
	defer func() {
		if !done {
			r.token <- struct{}{} // the next one tries
			return
		}
		d.rights.Update(func(rights map[K]*right[V]) { delete(rights, key) })
		close(r.token)
	}()
	if v, ok := d.Get(key); ok { // put, or computed with an earlier right
		r.value, done = v, true
		return v
	}
	value := compute()
	d.Update(func(items map[K]V) {
		if v, ok := items[key]; ok {
			value = v
		}
		items[key] = value
	})
	r.value, done = value, true
	return value
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
