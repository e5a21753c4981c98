// Package iterators goes through things one element at a time, when it is asked.
package iterators

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
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

// Iter returns an iterator over x, or ErrNotIterable.
func Iter[T any](x any) (Iterator[T], error) {
	var found any
	switch x := x.(type) {
	case []T:
		found = FromSlice(x)
	case string:
		found = FromString(x)
	case <-chan T:
		found = FromChan(x)
	case chan T:
		found = FromChan(x)
	case func() (T, bool):
		found = FromFunc(x)
	case func(func(T) bool):
		found = FromSeq(x)
	case iter.Seq[T]:
		found = FromSeq(x)
	default:
		found = x
	}
	if y, ok := found.(Iterable[T]); ok {
		return y.Iter(), nil
	}
	return nil, fmt.Errorf("%T gives no elements of type %T: %w", x, *new(T), ErrNotIterable)
}

type list[T any] []T

func (l list[T]) Iter() Iterator[T] { return &listIterator[T]{list: l} }

type listIterator[T any] struct {
	list list[T]
	i    int
}

func (it *listIterator[T]) Iter() Iterator[T] { return it }

func (it *listIterator[T]) Next() (v T, ok bool) {
	if it.i < len(it.list) {
		v, ok = it.list[it.i], true
		it.i++
	}
	return v, ok
}

func (it *listIterator[T]) Stop() { it.i = len(it.list) }

// FromSlice returns an Iterable over the elements of s.
func FromSlice[T any](s []T) Iterable[T] { return list[T](s) }

type dict[K comparable, V any] map[K]V

// Iter notes the keys, in the order of one range; the values are looked up.
func (d dict[K, V]) Iter() Iterator[Pair[K, V]] {
	return &dictIterator[K, V]{dict: d, keys: slices.Collect(maps.Keys(d))}
}

type dictIterator[K comparable, V any] struct {
	dict dict[K, V]
	keys []K
}

func (it *dictIterator[K, V]) Iter() Iterator[Pair[K, V]] { return it }

func (it *dictIterator[K, V]) Next() (p Pair[K, V], ok bool) {
	if len(it.keys) == 0 {
		return p, false
	}
	k := it.keys[0]
	it.keys = it.keys[1:]
	return Pair[K, V]{k, it.dict[k]}, true
}

func (it *dictIterator[K, V]) Stop() { it.keys = nil }

// FromMap returns an Iterable over the keys and values of m.
func FromMap[K comparable, V any](m map[K]V) Iterable[Pair[K, V]] { return dict[K, V](m) }

type text string

// Iter decodes all of the string, which can only be gone through from the left.
func (s text) Iter() Iterator[rune] { return list[rune]([]rune(string(s))).Iter() }

// FromString returns an Iterable over the runes of s.
func FromString(s string) Iterable[rune] { return text(s) }

type channel[T any] <-chan T

func (c channel[T]) Iter() Iterator[T] { return &channelIterator[T]{c} }

type channelIterator[T any] struct{ c channel[T] }

func (it *channelIterator[T]) Iter() Iterator[T] { return it }

func (it *channelIterator[T]) Next() (v T, ok bool) {
	if it.c == nil {
		return v, false
	}
	if v, ok = <-it.c; !ok {
		it.c = nil
	}
	return v, ok
}

func (it *channelIterator[T]) Stop() { it.c = nil }

// FromChan returns an Iterable over what is received from c.
func FromChan[T any](c <-chan T) Iterable[T] { return channel[T](c) }

type function[T any] struct {
	f    func() (T, bool)
	done bool
}

func (it *function[T]) Iter() Iterator[T] { return it }

func (it *function[T]) Next() (T, bool) {
	if !it.done {
		v, ok := it.f()
		if ok {
			return v, true
		}
		it.done = true
	}
	return *new(T), false
}

func (it *function[T]) Stop() { it.done = true }

// FromFunc returns an Iterator over what f returns, until it returns false.
func FromFunc[T any](f func() (T, bool)) Iterator[T] { return &function[T]{f: f} }

// Until returns an Iterator over what f returns, up to the sentinel.
func Until[T comparable](f func() T, sentinel T) Iterator[T] {
	return &function[T]{f: func() (T, bool) { v := f(); return v, v != sentinel }}
}

type sequence[T any] iter.Seq[T]

func (s sequence[T]) Iter() Iterator[T] { return &pulled[T]{seq: iter.Seq[T](s)} }

// pulled makes its coroutine only when it is needed.
type pulled[T any] struct {
	seq  iter.Seq[T]
	next func() (T, bool)
	stop func()
}

func (it *pulled[T]) Iter() Iterator[T] { return it }

func (it *pulled[T]) Next() (T, bool) {
	if it.seq == nil {
		return *new(T), false
	}
	if it.next == nil {
		it.next, it.stop = iter.Pull(it.seq)
	}
	return it.next()
}

func (it *pulled[T]) Stop() {
	it.seq = nil
	if it.stop != nil {
		it.stop()
	}
}

// FromSeq returns an Iterable over what seq yields.
func FromSeq[T any](seq iter.Seq[T]) Iterable[T] { return sequence[T](seq) }

// ToSeq returns a sequence for range loops.
func ToSeq[T any](x Iterable[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		it := x.Iter()
		defer it.Stop()
		for {
			v, ok := it.Next()
			if !ok || !yield(v) {
				return
			}
		}
	}
}

type zipped[A, B any] struct {
	a    Iterator[A]
	b    Iterator[B]
	done bool
}

func (it *zipped[A, B]) Iter() Iterator[Pair[A, B]] { return it }

func (it *zipped[A, B]) Next() (p Pair[A, B], ok bool) {
	if it.done {
		return p, false
	}
	a, ok := it.a.Next()
	if !ok {
		it.Stop()
		return p, false
	}
	b, ok := it.b.Next()
	if !ok {
		it.Stop()
		return p, false
	}
	return Pair[A, B]{a, b}, true
}

func (it *zipped[A, B]) Stop() {
	it.done = true
	it.a.Stop()
	it.b.Stop()
}

// Zip returns an Iterator over pairs of an element of a and one of b.
func Zip[A, B any](a Iterable[A], b Iterable[B]) Iterator[Pair[A, B]] {
	return &zipped[A, B]{a: a.Iter(), b: b.Iter()}
}

// chained asks a source for its iterator only when its turn has come.
type chained[T any] struct {
	now   Iterator[T]
	later []Iterable[T]
}

func (it *chained[T]) Iter() Iterator[T] { return it }

func (it *chained[T]) Next() (v T, ok bool) {
	for {
		if it.now != nil {
			if v, ok = it.now.Next(); ok {
				return v, true
			}
			it.now = nil
		}
		if len(it.later) == 0 {
			return v, false
		}
		it.now, it.later = it.later[0].Iter(), it.later[1:]
	}
}

func (it *chained[T]) Stop() {
	if it.now != nil {
		it.now.Stop()
	}
	for _, x := range it.later {
		x.Iter().Stop()
	}
	it.now, it.later = nil, nil
}

// Chain returns an Iterator over the elements of one source after another.
func Chain[T any](sources ...Iterable[T]) Iterator[T] {
	return &chained[T]{later: slices.Clone(sources)}
}

// firstFew lets its source go with the last element that it gives.
type firstFew[T any] struct {
	source Iterator[T]
	n      int
}

func (it *firstFew[T]) Iter() Iterator[T] { return it }

func (it *firstFew[T]) Next() (T, bool) {
	if it.n <= 0 {
		it.Stop()
		return *new(T), false
	}
	v, ok := it.source.Next()
	if it.n--; it.n == 0 || !ok {
		it.Stop()
	}
	return v, ok
}

func (it *firstFew[T]) Stop() {
	it.n = 0
	it.source.Stop()
}

// Take returns an Iterator over the first n elements of x.
func Take[T any](x Iterable[T], n int) Iterator[T] {
	if n < 0 {
		panic("iterators: negative number of elements")
	}
	return &firstFew[T]{x.Iter(), n}
}

type numbered[T any] struct {
	source Iterator[T]
	n      int
}

func (it *numbered[T]) Iter() Iterator[Pair[int, T]] { return it }

func (it *numbered[T]) Next() (Pair[int, T], bool) {
	v, ok := it.source.Next()
	if !ok {
		return Pair[int, T]{}, false
	}
	it.n++
	return Pair[int, T]{it.n - 1, v}, true
}

func (it *numbered[T]) Stop() { it.source.Stop() }

// Enumerate returns an Iterator over the elements of x with their numbers.
func Enumerate[T any](x Iterable[T], start int) Iterator[Pair[int, T]] {
	return &numbered[T]{x.Iter(), start}
}

// lent keeps its source in a channel of one: whoever has it uses it.
type lent[T any] chan Iterator[T]

func (it lent[T]) Iter() Iterator[T] { return it }

func (it lent[T]) Next() (T, bool) {
	source := <-it
	defer func() { it <- source }()
	return source.Next()
}

func (it lent[T]) Stop() {
	source := <-it
	defer func() { it <- source }()
	source.Stop()
}

// Shared returns an Iterator over x for any number of goroutines.
func Shared[T any](x Iterable[T]) Iterator[T] {
	it := make(lent[T], 1)
	it <- x.Iter()
	return it
}
