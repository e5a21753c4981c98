// Package iterators goes through things one element at a time, when it is asked.
package iterators

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"unicode/utf8"
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

// source makes an Iterable of a function that makes iterators.
type source[T any] func() Iterator[T]

func (s source[T]) Iter() Iterator[T] { return s() }

// cursor adds to a plain function what every iterator promises: that the end
// lasts, and that whatever is held is let go of exactly once.
type cursor[T any] struct {
	next    func() (T, bool) // nil after the end
	release func()           // nil if nothing is held
}

func (c *cursor[T]) Iter() Iterator[T] { return c }

func (c *cursor[T]) Next() (T, bool) {
	if c.next != nil {
		if v, ok := c.next(); ok {
			return v, true
		}
		c.Stop()
	}
	return *new(T), false
}

func (c *cursor[T]) Stop() {
	if c.release != nil {
		defer c.release()
	}
	c.next, c.release = nil, nil
}

// IsIterable reports whether x is an Iterable of T. A plain []T is none: it has
// no methods. FromSlice makes one of it.
func IsIterable[T any](x any) bool {
	_, ok := x.(Iterable[T])
	return ok
}

// IsIterator reports whether x is an Iterator of T. What FromSlice, FromMap,
// FromString, FromChan and FromSeq return is none: it only makes them.
func IsIterator[T any](x any) bool {
	_, ok := x.(Iterator[T])
	return ok
}

// Iter returns an iterator over x, which may be an Iterable[T], a []T, a chan T
// or <-chan T, a func() (T, bool), an iter.Seq[T] or func(yield func(T) bool)
// and, if T is rune, a string; it goes through them as FromSlice and the others
// do. For anything else, also for one of these with elements of another type, it
// returns nil and an error that wraps ErrNotIterable. What it makes of a defined
// type such as type IDs []int is left open, unless that is an Iterable[T].
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
func FromSlice[T any](s []T) Iterable[T] {
	return source[T](func() Iterator[T] {
		rest := s
		return FromFunc(func() (v T, ok bool) {
			if len(rest) > 0 {
				v, ok, rest = rest[0], true, rest[1:]
			}
			return v, ok
		})
	})
}

// FromMap returns an Iterable over the keys and values of m, each once, in any
// order. Nobody may change m while it is gone through.
func FromMap[K comparable, V any](m map[K]V) Iterable[Pair[K, V]] {
	return FromSeq(func(yield func(Pair[K, V]) bool) {
		for k, v := range m {
			if !yield(Pair[K, V]{k, v}) {
				return
			}
		}
	})
}

// FromString returns an Iterable over the runes of s, the same as range gives.
func FromString(s string) Iterable[rune] {
	return source[rune](func() Iterator[rune] {
		rest := s
		return FromFunc(func() (rune, bool) {
			r, size := utf8.DecodeRuneInString(rest)
			rest = rest[size:]
			return r, size > 0
		})
	})
}

// FromChan returns an Iterable over what is received from c, until c is closed.
// Next waits for an element and takes one, no more, out of the channel. All
// iterators take from the same channel: each element goes to one of them.
func FromChan[T any](c <-chan T) Iterable[T] {
	return source[T](func() Iterator[T] {
		return FromFunc(func() (T, bool) {
			v, ok := <-c
			return v, ok
		})
	})
}

// FromFunc returns an Iterator over what f returns, until it returns false;
// after that, and after Stop, f is not called again.
func FromFunc[T any](f func() (T, bool)) Iterator[T] {
	return &cursor[T]{next: f}
}

// Until returns an Iterator over what f returns, up to the first value equal to
// sentinel. The sentinel is no element; after it, and after Stop, f is not
// called again.
func Until[T comparable](f func() T, sentinel T) Iterator[T] {
	return FromFunc(func() (T, bool) {
		v := f()
		return v, v != sentinel
	})
}

// FromSeq returns an Iterable over what seq yields. Each iterator runs seq from
// its beginning, and no further than to the element that it is asked for: seq
// does not begin before the first Next. When the iterator is stopped the yield
// at which seq stands returns false, and Stop returns when seq has.
func FromSeq[T any](seq iter.Seq[T]) Iterable[T] {
	return source[T](func() Iterator[T] {
		next, stop := iter.Pull(seq)
		return &cursor[T]{next, stop}
	})
}

// ToSeq returns a sequence for range loops. Each loop goes through an iterator
// that it gets from x when it begins, and stops it however the loop ends: at the
// end of the elements, by break or return, or by a panic in its body.
func ToSeq[T any](x Iterable[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		it := x.Iter()
		defer it.Stop()
		for v, ok := it.Next(); ok && yield(v); v, ok = it.Next() {
		}
	}
}

// Zip returns an Iterator over pairs of an element of a and one of b, as long as
// both have one. Its Next asks a first, and b only if a had an element.
//
// Zip, Chain, Take, Enumerate and Shared are lazy, and take their sources over.
// They call no source's Next before their own Next is called, and then only for
// the element that is wanted. When the iterator ends, or is stopped, all its
// sources have ended or are stopped.
func Zip[A, B any](a Iterable[A], b Iterable[B]) Iterator[Pair[A, B]] {
	as, bs := a.Iter(), b.Iter()
	next := func() (p Pair[A, B], ok bool) {
		if p.First, ok = as.Next(); ok {
			p.Second, ok = bs.Next()
		}
		return p, ok
	}
	return &cursor[Pair[A, B]]{next, func() { as.Stop(); bs.Stop() }}
}

// Chain returns an Iterator over the elements of the first source, then those
// of the second, and so on. It asks a source only when the one before has ended.
func Chain[T any](sources ...Iterable[T]) Iterator[T] {
	var rest []Iterator[T]
	for _, s := range sources {
		rest = append(rest, s.Iter())
	}
	next := func() (v T, ok bool) {
		for len(rest) > 0 && !ok {
			if v, ok = rest[0].Next(); !ok {
				rest = rest[1:]
			}
		}
		return v, ok
	}
	return &cursor[T]{next, func() {
		for _, it := range rest {
			it.Stop()
		}
	}}
}

// Take returns an Iterator over the first n elements of x, or all if they are
// fewer. It never asks for the one after. It panics if n is negative.
func Take[T any](x Iterable[T], n int) Iterator[T] {
	if n < 0 {
		panic("iterators: Take of a negative number")
	}
	it := x.Iter()
	next := func() (v T, ok bool) {
		if n--; n >= 0 {
			v, ok = it.Next()
		}
		return v, ok
	}
	return &cursor[T]{next, it.Stop}
}

// Enumerate returns an Iterator over the elements of x, each paired with its
// number. The first one has the number start.
func Enumerate[T any](x Iterable[T], start int) Iterator[Pair[int, T]] {
	i := start - 1
	return Zip(FromFunc(func() (int, bool) { i++; return i, true }), x)
}

// Shared returns an Iterator over x that any number of goroutines may use at the
// same time: each element goes to one call of Next. They use x one at a time. A
// panic in x comes out of the call that met it; the others can go on.
func Shared[T any](x Iterable[T]) Iterator[T] {
	return &shared[T]{it: x.Iter()}
}

type shared[T any] struct {
	mu sync.Mutex
	it Iterator[T]
	v  T
	ok bool
}

func (s *shared[T]) ask() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.v, s.ok = s.it.Next()
}

func (s *shared[T]) Iter() Iterator[T] { return s }

func (s *shared[T]) Next() (T, bool) {
	s.ask()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.v, s.ok
}

func (s *shared[T]) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.it.Stop()
}
