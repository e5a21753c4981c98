package locks

// Dict is a map that goroutines may share.
type Dict[K comparable, V any] struct {
	// TODO
}

// NewDict returns an empty dict.
func NewDict[K comparable, V any]() *Dict[K, V] {
	return &Dict[K, V]{}
}

// Get returns the value of key, and whether there is one.
func (d *Dict[K, V]) Get(key K) (V, bool) {
	return *new(V), false // TODO
}

// Put stores value under key.
func (d *Dict[K, V]) Put(key K, value V) {
	// TODO
}

// Pop takes key out and returns its value, or false when there was none.
func (d *Dict[K, V]) Pop(key K) (V, bool) {
	return *new(V), false // TODO
}

// Len returns the number of keys.
func (d *Dict[K, V]) Len() int {
	return 0 // TODO
}

// Snapshot returns the keys and values of one moment, in a map of the caller's own.
func (d *Dict[K, V]) Snapshot() map[K]V {
	return nil // TODO
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
	return *new(V) // TODO
}

// View calls f with the map, which does not change before f returns.
func (d *Dict[K, V]) View(f func(items map[K]V)) {
	// TODO
}

// Update calls f with the map, and f may change it.
func (d *Dict[K, V]) Update(f func(items map[K]V)) {
	// TODO
}

// CompareAndSwap stores new under key if its value is old, and reports whether
// it did. It panics, as == does, when values of that type cannot be compared.
func CompareAndSwap[K, V comparable](d *Dict[K, V], key K, old, new V) (swapped bool) {
	return false // TODO
}
