// Package iterators goes through things one element at a time, when it is asked.
package iterators

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
)

// ErrNotIterable is what Iter returns for something it cannot go through.
var ErrNotIterable = errors.New("iterators: not iterable")

// Iterable is something that can be gone through.
type Iterable[T any] interface {
	// Iter returns an iterator: a new one each time, which begins at the
	// beginning and knows nothing of the others. Several goroutines may call it
	// at the same time, and each use what it got. Only an Iterable that is
	// itself an Iterator does otherwise.
	Iter() Iterator[T]
}

// Iterator stands somewhere in a sequence of elements. Unless it says otherwise
// it is for one goroutine at a time.
//
// Whoever takes an iterator goes on to its end or calls Stop, for it may hold
// something: a suspended coroutine, other iterators. One that has ended, in
// either way, holds nothing any more.
type Iterator[T any] interface {
	// Iter returns the iterator itself, which goes on where it stands.
	Iterable[T]

	// Next returns the next element and true. At the end it returns the zero
	// value and false, and from then on always.
	Next() (T, bool)

	// Stop ends the iteration, at any time, also before the first Next: from
	// then on Next returns the zero value and false. After the end, and when
	// called again, it does nothing.
	Stop()
}

// Pair is two values in one element.
type Pair[A, B any] struct {
	First  A
	Second B
}

// sequence is the only Iterable, and pulled the only Iterator but Shared's:
// everything else is a sequence.
type sequence[T any] iter.Seq[T]

func (s sequence[T]) Iter() Iterator[T] { return pull(iter.Seq[T](s), func() {}) }

type pulled[T any] struct {
	next  func() (T, bool)
	stop  func()
	after func()
}

// pull begins a sequence. What after does is due even if it never began.
func pull[T any](seq iter.Seq[T], after func()) *pulled[T] {
	next, stop := iter.Pull(seq)
	return &pulled[T]{next, stop, sync.OnceFunc(after)}
}

func (p *pulled[T]) Iter() Iterator[T] { return p }

func (p *pulled[T]) Next() (T, bool) {
	v, ok := p.next()
	if !ok {
		p.after()
	}
	return v, ok
}

func (p *pulled[T]) Stop() {
	p.stop()
	p.after()
}

// IsIterable reports whether x is an Iterable of T. A plain []T is none: it has
// no methods. FromSlice makes one of it.
func IsIterable[T any](x any) bool {
	_, ok := x.(Iterable[T])
	return ok
}

// IsIterator reports whether x is an Iterator of T.
func IsIterator[T any](x any) bool {
	_, ok := x.(Iterator[T])
	return ok
}

// Iter returns an iterator over x, which may be an Iterable[T], a []T, a chan T
// or <-chan T, a func() (T, bool), an iter.Seq[T] or func(yield func(T) bool)
// and, if T is rune, a string. It goes through them as FromSlice and the others
// do. For anything else, also for one of these with elements of another type, it
// returns nil and an error that wraps ErrNotIterable. What it makes of a defined
// type, like type IDs []int, that is no Iterable is left open.
func Iter[T any](x any) (Iterator[T], error) {
	switch x := x.(type) {
	case Iterable[T]:
		return x.Iter(), nil
	case []T:
		return FromSlice(x).Iter(), nil
	case chan T:
		return FromChan(x).Iter(), nil
	case <-chan T:
		return FromChan(x).Iter(), nil
	case func() (T, bool):
		return FromFunc(x), nil
	case iter.Seq[T]:
		return FromSeq(x).Iter(), nil
	case func(func(T) bool):
		return FromSeq(x).Iter(), nil
	case string:
		if runes, ok := FromString(x).(Iterable[T]); ok {
			return runes.Iter(), nil
		}
	}
	return nil, fmt.Errorf("%w: %T", ErrNotIterable, x)
}

// FromSlice returns an Iterable over the elements of s.
func FromSlice[T any](s []T) Iterable[T] { return FromSeq(slices.Values(s)) }

// FromMap returns an Iterable over the keys and values of m.
func FromMap[K comparable, V any](m map[K]V) Iterable[Pair[K, V]] {
	return FromSeq(pairs(maps.All(m)))
}

func pairs[A, B any](seq iter.Seq2[A, B]) iter.Seq[Pair[A, B]] {
	return func(yield func(Pair[A, B]) bool) {
		for a, b := range seq {
			if !yield(Pair[A, B]{a, b}) {
				return
			}
		}
	}
}

// FromString returns an Iterable over the runes of s.
func FromString(s string) Iterable[rune] {
	return FromSeq(func(yield func(rune) bool) {
		for _, r := range s {
			if !yield(r) {
				return
			}
		}
	})
}

// FromChan returns an Iterable over what is received from c.
func FromChan[T any](c <-chan T) Iterable[T] {
	return FromSeq(func(yield func(T) bool) {
		for v := range c {
			if !yield(v) {
				return
			}
		}
	})
}

// FromFunc returns an Iterator over what f returns, until it returns false.
func FromFunc[T any](f func() (T, bool)) Iterator[T] {
	return FromSeq(func(yield func(T) bool) {
		for v, ok := f(); ok && yield(v); v, ok = f() {
		}
	}).Iter()
}

// Until returns an Iterator over what f returns, up to the sentinel.
func Until[T comparable](f func() T, sentinel T) Iterator[T] {
	return FromSeq(func(yield func(T) bool) {
		for v := f(); v != sentinel && yield(v); v = f() {
		}
	}).Iter()
}

// FromSeq returns an Iterable over what seq yields.
func FromSeq[T any](seq iter.Seq[T]) Iterable[T] { return sequence[T](seq) }

// ToSeq returns a sequence for range loops.
func ToSeq[T any](x Iterable[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		it := x.Iter()
		defer it.Stop()
		each(it)(yield)
	}
}

// each goes through an iterator, and stops nothing.
func each[T any](it Iterator[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v, ok := it.Next(); ok && yield(v); v, ok = it.Next() {
		}
	}
}

// Zip returns an Iterator over pairs of an element of a and one of b.
func Zip[A, B any](a Iterable[A], b Iterable[B]) Iterator[Pair[A, B]] {
	as, bs := a.Iter(), b.Iter()
	return pull(func(yield func(Pair[A, B]) bool) {
		for v := range each(as) {
			w, ok := bs.Next()
			if !ok || !yield(Pair[A, B]{v, w}) {
				return
			}
		}
	}, func() { as.Stop(); bs.Stop() })
}

// Chain returns an Iterator over the elements of one source after another.
func Chain[T any](sources ...Iterable[T]) Iterator[T] {
	its := make([]Iterator[T], len(sources))
	for i, x := range sources {
		its[i] = x.Iter()
	}
	return pull(func(yield func(T) bool) {
		for _, it := range its {
			for v := range each(it) {
				if !yield(v) {
					return
				}
			}
		}
	}, func() {
		for _, it := range its {
			it.Stop()
		}
	})
}

// Take returns an Iterator over the first n elements of x.
func Take[T any](x Iterable[T], n int) Iterator[T] {
	if n < 0 {
		panic("iterators: negative number of elements")
	}
	it := x.Iter()
	return pull(func(yield func(T) bool) {
		for range n {
			v, ok := it.Next()
			if !ok || !yield(v) {
				return
			}
		}
	}, it.Stop)
}

// Enumerate returns an Iterator over the elements of x with their numbers.
func Enumerate[T any](x Iterable[T], start int) Iterator[Pair[int, T]] {
	it := x.Iter()
	return pull(func(yield func(Pair[int, T]) bool) {
		i := start
		for v := range each(it) {
			if !yield(Pair[int, T]{i, v}) {
				return
			}
			i++
		}
	}, it.Stop)
}

type shared[T any] struct {
	sync.Mutex
	source Iterator[T]
}

func (s *shared[T]) Iter() Iterator[T] { return s }

func (s *shared[T]) Next() (T, bool) {
	s.Lock()
	defer s.Unlock()
	return s.source.Next()
}

func (s *shared[T]) Stop() {
	s.Lock()
	defer s.Unlock()
	s.source.Stop()
}

// Shared returns an Iterator over x for any number of goroutines.
func Shared[T any](x Iterable[T]) Iterator[T] { return &shared[T]{source: x.Iter()} }
