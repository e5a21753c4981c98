// Package generators turns functions that yield into generators: sequences
// whose elements are computed one at a time, each when it is asked for.
package generators

import (
	"errors"
	"iter"
	"runtime"
	"sync"
)

// ErrStop is what Next returns when there is no next element.
var ErrStop = errors.New("generators: no more elements")

// Generator computes its elements one at a time, each when Next asks for it.
//
// It runs a body, a function that hands out elements with yield. Nothing of the
// body runs before the first Next, and until then nothing is started: a generator
// that was never asked may be thrown away. Between two calls of Next nothing of
// it runs either. One that has been asked, and has not come to its end, must be
// closed.
//
// Next and Close may be called from any number of goroutines. The calls take
// turns, so each element goes to one of them. What a caller did before it asked
// happens before the body goes on, and what the body did before it yielded or
// ended happens before Next or Close returns. The body itself must not call
// them: it would wait for itself.
type Generator[T any] interface {
	// Next lets the body run to its next yield and returns the element that is
	// yielded there. If the body returns instead, the generator has ended: Next
	// returns a zero value and ErrStop, now and for ever, and never starts the
	// body again.
	//
	// A panic of the body comes out of the Next that was running it, with the
	// same value, and ends the generator. If the body calls runtime.Goexit, the
	// generator ends, and the goroutine that called Next ends likewise.
	Next() (T, error)

	// Close ends the generator. If the body stands at a yield, that yield returns
	// false, and Close returns when the body has, with its deferred calls. A body
	// that was never asked for anything does not run at all. Close of a generator
	// that has ended does nothing, and while another call runs, Close waits its
	// turn. What the body panics with on its way out comes out of Close.
	//
	// A body that calls yield again after it has returned false is at fault: that
	// yield panics.
	Close()
}

// Pulled returns a generator that runs body with [iter.Pull].
func Pulled[T any](body iter.Seq[T]) Generator[T] {
	return &pulled[T]{body: body}
}

type pulled[T any] struct {
	mu   sync.Mutex // held while the body runs
	body iter.Seq[T]
	next func() (T, bool)
	stop func()
	over bool
}

func (p *pulled[T]) Next() (v T, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return v, ErrStop
	}
	if p.next == nil {
		p.next, p.stop = iter.Pull(strict(p.body))
	}
	p.over = true
	v, ok := p.next()
	if !ok {
		return v, ErrStop
	}
	p.over = false
	return v, nil
}

func (p *pulled[T]) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	over := p.over
	p.over = true
	if !over && p.stop != nil {
		p.stop()
	}
}

// strict is body with a yield that panics once it has returned false: a body
// that takes no notice would keep Close waiting for ever.
func strict[T any](body iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		more := true
		body(func(v T) bool {
			if !more {
				panic("generators: yield called after it had returned false")
			}
			more = yield(v)
			return more
		})
	}
}

// answer is what a body has to say: an element, or how it ended.
type answer[T any] struct {
	value  T
	more   bool
	failed any  // what it panicked with
	exited bool // it called runtime.Goexit
}

// Spawned returns a generator that runs body in a goroutine of its own.
func Spawned[T any](body iter.Seq[T]) Generator[T] {
	return &spawned[T]{
		body:    strict(body),
		asks:    make(chan bool),
		answers: make(chan answer[T]),
		done:    make(chan struct{}),
	}
}

// spawned has no lock: the goroutine takes one question at a time, and its
// answer must have been taken before it takes the next.
type spawned[T any] struct {
	body    iter.Seq[T]
	first   sync.Once
	asks    chan bool
	answers chan answer[T]
	done    chan struct{} // closed after the last answer
}

func (s *spawned[T]) Next() (T, error) {
	s.first.Do(func() { go s.serve() })
	return s.ask(true)
}

func (s *spawned[T]) Close() {
	s.first.Do(func() { close(s.done) })
	s.ask(false)
}

func (s *spawned[T]) ask(more bool) (v T, err error) {
	select {
	case s.asks <- more:
	case <-s.done:
		return v, ErrStop
	}
	a := <-s.answers
	switch {
	case a.failed != nil:
		panic(a.failed)
	case a.exited:
		runtime.Goexit()
	case !a.more:
		return v, ErrStop
	}
	return a.value, nil
}

func (s *spawned[T]) serve() {
	defer close(s.done)
	last := answer[T]{exited: true}
	defer func() {
		if r := recover(); r != nil {
			last = answer[T]{failed: r}
		}
		s.answers <- last
	}()
	if <-s.asks {
		s.body(func(v T) bool {
			s.answers <- answer[T]{value: v, more: true}
			return <-s.asks
		})
	}
	last = answer[T]{}
}

// All returns the elements of g for a range loop, and closes g when the loop
// ends, however it ends.
func All[T any](g Generator[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		defer g.Close()
		for {
			v, err := g.Next()
			if err != nil || !yield(v) {
				return
			}
		}
	}
}

// Collect asks g for everything and returns it, in order: the eager one, as [ ]
// is in Python. It does not return if g has no end.
func Collect[T any](g Generator[T]) []T {
	var out []T
	for v := range All(g) {
		out = append(out, v)
	}
	return out
}

// Map returns a generator of f(v) for the elements v of g: a lazy one, as ( )
// is in Python. It asks g, and calls f, only when it is asked itself, once for
// each element and never for two at a time.
//
// The generator that Map returns is the owner of g: nobody else uses g any more.
// When it ends, whether at the end of g, by a panic or by Close, even a Close
// before the first Next, g is closed as well.
func Map[T, U any](g Generator[T], f func(T) U) Generator[U] {
	return own(g, func(yield func(U) bool) {
		for v := range All(g) {
			if !yield(f(v)) {
				return
			}
		}
	})
}

// Filter returns a generator of those elements of g for which keep returns
// true. It is as lazy as the one that Map returns, and owns g in the same way.
func Filter[T any](g Generator[T], keep func(T) bool) Generator[T] {
	return own(g, func(yield func(T) bool) {
		for v := range All(g) {
			if keep(v) && !yield(v) {
				return
			}
		}
	})
}

// Take returns a generator of the first n elements of g, or of all if there are
// fewer. It never asks g for more than n, and owns g as the one that Map
// returns does. Take panics if n is negative.
func Take[T any](g Generator[T], n int) Generator[T] {
	if n < 0 {
		panic("generators: Take of a negative number")
	}
	return own(g, func(yield func(T) bool) {
		defer g.Close()
		for range n {
			v, err := g.Next()
			if err != nil || !yield(v) {
				return
			}
		}
	})
}

// owner is a generator that draws from another one, which ends with it.
type owner[T any] struct {
	Generator[T]
	closeSource func()
}

func own[S, T any](source Generator[S], body iter.Seq[T]) Generator[T] {
	return owner[T]{Pulled(body), source.Close}
}

// Close closes the source also if the body, which would do so, never began.
func (o owner[T]) Close() {
	defer o.closeSource()
	o.Generator.Close()
}

// Fibonacci is a body, ready for Pulled and Spawned, that yields the Fibonacci
// numbers 0, 1, 1, 2, 3, 5 and so on, until it is told to end. (After 94 of them
// uint64 overflows, and they are no longer Fibonacci's.)
func Fibonacci(yield func(uint64) bool) {
	for a, b := uint64(0), uint64(1); yield(a); a, b = b, a+b {
	}
}
