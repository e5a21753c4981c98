package locks

import "sync"

type Dict[K comparable, V any] struct {
	items table[K, V]
	mu    sync.Mutex // guards pending
	// pending holds the attempts that run; whoever waits for one sees how it ended.
	pending map[K]*attempt[V]
}

type attempt[V any] struct {
	over  sync.WaitGroup
	value V
	ok    bool
}

func NewDict[K comparable, V any]() *Dict[K, V] {
	return &Dict[K, V]{pending: map[K]*attempt[V]{}}
}

func (d *Dict[K, V]) Get(key K) (V, bool) {
	v, ok := d.items.read()[key]
	return v, ok
}

func (d *Dict[K, V]) Put(key K, value V) {
	d.items.change(func(items map[K]V) { items[key] = value })
}

func (d *Dict[K, V]) Pop(key K) (v V, ok bool) {
	d.items.change(func(items map[K]V) {
		v, ok = items[key]
		delete(items, key)
	})
	return v, ok
}

func (d *Dict[K, V]) Len() int { return len(d.items.read()) }

func (d *Dict[K, V]) Snapshot() map[K]V { return d.items.clone() }

func (d *Dict[K, V]) GetOrCompute(key K, compute func() V) V {
	for {
		a, mine, v, ok := d.join(key)
		switch {
		case ok:
			return v
		case mine:
			d.run(key, a, compute)
			return a.value
		}
		if a.over.Wait(); a.ok {
			return a.value
		}
	}
}

// join returns the value of key, or the attempt to wait for, or one to make.
func (d *Dict[K, V]) join(key K) (a *attempt[V], mine bool, v V, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, ok = d.Get(key); ok {
		return nil, false, v, true
	}
	if a := d.pending[key]; a != nil {
		return a, false, v, false
	}
	a = &attempt[V]{}
	a.over.Add(1)
	d.pending[key] = a
	return a, true, v, false
}

func (d *Dict[K, V]) run(key K, a *attempt[V], compute func() V) {
	defer func() {
		d.mu.Lock()
		delete(d.pending, key)
		d.mu.Unlock()
		a.over.Done()
	}()
	a.value = compute()
	d.items.change(func(items map[K]V) {
		if v, ok := items[key]; ok {
			a.value = v
		}
		items[key] = a.value
	})
	a.ok = true
}

func (d *Dict[K, V]) View(f func(items map[K]V)) { f(d.items.read()) }

func (d *Dict[K, V]) Update(f func(items map[K]V)) { d.items.change(f) }

func CompareAndSwap[K, V comparable](d *Dict[K, V], key K, old, new V) (swapped bool) {
	d.Update(func(items map[K]V) {
		if v, ok := items[key]; ok && v == old {
			items[key], swapped = new, true
		}
	})
	return swapped
}
