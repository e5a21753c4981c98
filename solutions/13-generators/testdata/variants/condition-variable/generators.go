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
	return &turns[T]{body: body, start: func(body iter.Seq[T]) engine[T] {
		next, stop := iter.Pull(body)
		return &puller[T]{next, stop}
	}}
}

// Spawned returns a generator that runs body in a goroutine of its own.
func Spawned[T any](body iter.Seq[T]) Generator[T] {
	return &turns[T]{body: body, start: func(body iter.Seq[T]) engine[T] {
		r := &routine[T]{body: body}
		r.changed.L = &r.mu
		return r
	}}
}

// engine runs a body for one caller at a time.
type engine[T any] interface {
	next() (T, bool)
	stop()
}

type turns[T any] struct {
	mu    sync.Mutex
	body  iter.Seq[T]
	start func(iter.Seq[T]) engine[T]
	runs  engine[T]
	over  bool
}

func (g *turns[T]) Next() (v T, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return v, ErrStop
	}
	if g.runs == nil {
		g.runs = g.start(strict(g.body))
	}
	g.over = true
	v, ok := g.runs.next()
	if !ok {
		return v, ErrStop
	}
	g.over = false
	return v, nil
}

func (g *turns[T]) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return
	}
	g.over = true
	if g.runs != nil {
		g.runs.stop()
	}
}

type puller[T any] struct {
	pull func() (T, bool)
	end  func()
}

func (p *puller[T]) next() (T, bool) { return p.pull() }
func (p *puller[T]) stop()           { p.end() }

// routine is a body in a goroutine, and whose turn it is.
type routine[T any] struct {
	body    iter.Seq[T]
	mu      sync.Mutex
	changed sync.Cond
	begun   bool
	theirs  bool // it is the body's turn
	closing bool
	ended   bool
	value   T
	failed  any
	exited  bool
}

func (r *routine[T]) next() (v T, ok bool) {
	r.resume()
	return r.value, !r.ended
}

func (r *routine[T]) stop() {
	r.closing = true // the body waits: nobody else looks
	r.resume()
}

// resume lets the body run until it is the caller's turn again.
func (r *routine[T]) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.theirs = true
	if !r.begun {
		r.begun = true
		go r.run()
	}
	r.changed.Broadcast()
	for r.theirs {
		r.changed.Wait()
	}
	if r.failed != nil {
		panic(r.failed)
	}
	if r.exited {
		runtime.Goexit()
	}
}

func (r *routine[T]) run() {
	returned := false
	defer func() {
		failed := recover()
		r.mu.Lock()
		defer r.mu.Unlock()
		var zero T
		r.value, r.failed, r.exited = zero, failed, failed == nil && !returned
		r.ended, r.theirs = true, false
		r.changed.Broadcast()
	}()
	r.body(func(v T) bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.value, r.theirs = v, false
		r.changed.Broadcast()
		for !r.theirs {
			r.changed.Wait()
		}
		return !r.closing
	})
	returned = true
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

// stage is a generator that computes each element from others of a source.
type stage[S, T any] struct {
	mu     sync.Mutex
	source Generator[S]
	step   func(*stage[S, T]) (T, bool)
	over   bool
}

func (s *stage[S, T]) Next() (v T, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return v, ErrStop
	}
	s.over = true
	defer func() {
		if s.over {
			s.source.Close()
		}
	}()
	w, ok := s.step(s)
	if !ok {
		return v, ErrStop
	}
	s.over = false
	return w, nil
}

func (s *stage[S, T]) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.source.Close()
}

// Map returns a generator of f(v) for the elements v of g.
func Map[T, U any](g Generator[T], f func(T) U) Generator[U] {
	return &stage[T, U]{source: g, step: func(s *stage[T, U]) (u U, ok bool) {
		v, err := s.source.Next()
		if err != nil {
			return u, false
		}
		return f(v), true
	}}
}

// Filter returns a generator of those elements of g for which keep returns true.
func Filter[T any](g Generator[T], keep func(T) bool) Generator[T] {
	return &stage[T, T]{source: g, step: func(s *stage[T, T]) (T, bool) {
		for {
			if v, err := s.source.Next(); err != nil || keep(v) {
				return v, err == nil
			}
		}
	}}
}

// Take returns a generator of the first n elements of g. It closes g with the
// last of them already.
func Take[T any](g Generator[T], n int) Generator[T] {
	if n < 0 {
		panic("generators: Take of a negative number")
	}
	left := n
	return &stage[T, T]{source: g, step: func(s *stage[T, T]) (v T, ok bool) {
		if left == 0 {
			return v, false
		}
		left--
		v, err := s.source.Next()
		if left == 0 {
			s.source.Close()
		}
		return v, err == nil
	}}
}

// Fibonacci is a body, ready for Pulled and Spawned, that yields the Fibonacci
// numbers 0, 1, 1, 2, 3, 5 and so on, until it is told to end. (After 94 of them
// uint64 overflows, and they are no longer Fibonacci's.)
func Fibonacci(yield func(uint64) bool) {
	for a, b := uint64(0), uint64(1); yield(a); a, b = b, a+b {
	}
}
