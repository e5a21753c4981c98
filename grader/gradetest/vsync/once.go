package sync

import "sync/atomic"

// Once is sync.Once with durable waiting for the first call to return.
type Once struct {
	done atomic.Bool
	mu   Mutex
}

// Do calls f if it is the first call for this Once, and returns after f has.
func (o *Once) Do(f func()) {
	if o.done.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.done.Load() {
		defer o.done.Store(true)
		f()
	}
}

// OnceFunc is sync.OnceFunc over [Once].
func OnceFunc(f func()) func() {
	call := OnceValue(func() struct{} { f(); return struct{}{} })
	return func() { call() }
}

// OnceValue is sync.OnceValue over [Once]: a panic of f is repeated to every caller.
func OnceValue[T any](f func() T) func() T {
	var once Once
	var valid bool
	var failure any
	var value T
	return func() T {
		once.Do(func() {
			defer func() {
				if !valid {
					failure = recover()
					panic(failure)
				}
			}()
			value = f()
			valid = true
		})
		if !valid {
			panic(failure)
		}
		return value
	}
}

// OnceValues is sync.OnceValues over [Once].
func OnceValues[A, B any](f func() (A, B)) func() (A, B) {
	type pair struct {
		a A
		b B
	}
	call := OnceValue(func() pair { a, b := f(); return pair{a, b} })
	return func() (A, B) { p := call(); return p.a, p.b }
}
