package locks

import (
	"maps"
	"sync"
)

// Dict is a map that goroutines may share.
type Dict[K comparable, V any] struct {
	mu      sync.RWMutex // guards both maps, but not the time that compute takes
	items   map[K]V
	pending map[K]chan struct{} // keys being computed; closed when that is over
}

// NewDict returns an empty dict.
func NewDict[K comparable, V any]() *Dict[K, V] {
	return &Dict[K, V]{items: map[K]V{}, pending: map[K]chan struct{}{}}
}

// Get returns the value of key, and whether there is one.
func (d *Dict[K, V]) Get(key K) (V, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	v, ok := d.items[key]
	return v, ok
}

// Put stores value under key.
func (d *Dict[K, V]) Put(key K, value V) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.items[key] = value
}

// Pop takes key out and returns its value, or false when there was none.
func (d *Dict[K, V]) Pop(key K) (V, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.items[key]
	delete(d.items, key)
	return v, ok
}

// Len returns the number of keys.
func (d *Dict[K, V]) Len() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.items)
}

// Snapshot returns the keys and values of one moment, in a map of the caller's own.
func (d *Dict[K, V]) Snapshot() map[K]V {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return maps.Clone(d.items)
}

// GetOrCompute returns the value of key. If there is none, it stores and returns
// what compute returns. However many ask for a key at once, one of them
// computes; the others wait for it and get the same value.
//
// compute runs without any lock. It may use the dict, except to GetOrCompute its
// own key, and nobody else waits for it. Until it has returned the key is absent.
// A value stored by others in the meantime stays, and is what GetOrCompute
// returns. If compute panics, nothing is stored, the panic reaches the caller
// whose compute it was, and one of those who wait computes instead.
func (d *Dict[K, V]) GetOrCompute(key K, compute func() V) V {
	for {
		if v, ok := d.Get(key); ok {
			return v
		}
		over, mine := d.claim(key)
		if mine {
			return d.fill(key, over, compute)
		}
		<-over // and look again: it may have ended in a panic
	}
}

// claim makes the caller the one who computes key, until over is closed, or
// returns the channel that whoever computes it will close.
func (d *Dict[K, V]) claim(key K) (over chan struct{}, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	over, taken := d.pending[key]
	if !taken {
		over = make(chan struct{})
		d.pending[key] = over
	}
	return over, !taken
}

// fill computes and stores the value of a key that the caller has claimed.
func (d *Dict[K, V]) fill(key K, over chan struct{}, compute func() V) V {
	defer func() { // whatever compute does
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.pending, key)
		close(over)
	}()
	value := compute()
	d.Update(func(items map[K]V) {
		if stored, ok := items[key]; ok {
			value = stored
		} else {
			items[key] = value
		}
	})
	return value
}

// View calls f with the map, which does not change before f returns.
func (d *Dict[K, V]) View(f func(items map[K]V)) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	f(d.items)
}

// Update calls f with the map, and f may change it.
func (d *Dict[K, V]) Update(f func(items map[K]V)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d.items)
}

// CompareAndSwap stores new under key if its value is old, and reports whether
// it did. It panics, as == does, when values of that type cannot be compared.
func CompareAndSwap[K, V comparable](d *Dict[K, V], key K, old, new V) (swapped bool) {
	d.Update(func(items map[K]V) {
		if value, ok := items[key]; ok && value == old {
			items[key], swapped = new, true
		}
	})
	return swapped
}
