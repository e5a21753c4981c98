package sched

import "reflect"

// Token is the identity that a goroutine gets from the one that starts it.
type Token struct {
	id     uint64
	index  uint32
	parent uint32
	on     bool
}

// Go is a yield before a go statement; it names the goroutine to come.
//
//go:norace
func Go() Token {
	S()
	if !s.on {
		return Token{}
	}
	Enter(&s.mu)
	g := s.current()
	g.children++
	t := Token{id: mix(g.id, uint64(g.children)<<32), index: s.count, parent: g.index + 1, on: true}
	s.count++
	Leave(&s.mu)
	return t
}

// Start is the first thing that a new goroutine does. It returns the token, for
// "defer t.Start().End()".
//
//go:norace
func (t Token) Start() Token {
	if !t.on || !s.on {
		return t
	}
	Enter(&s.mu)
	g := s.add(getg(), t.id)
	g.index = t.index
	s.count-- // add counted it once more
	g.parent = t.parent
	Leave(&s.mu)
	P()
	return t
}

// End is the last thing that it does: what the runtime knew it by may be given
// to another goroutine from now on.
//
//go:norace
func (t Token) End() {
	if !t.on || !s.on {
		return
	}
	Enter(&s.mu)
	s.forget(getg())
	Leave(&s.mu)
}

// Bind returns f as a function that starts with the token; it is how
// "go f(x)" keeps evaluating f and x in the goroutine that says go.
func Bind[F any](t Token, f F) F {
	if !t.on {
		return f
	}
	if call, ok := any(f).(func()); ok {
		return any(func() { defer t.Start().End(); call() }).(F)
	}
	v := reflect.ValueOf(f)
	return reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
		defer t.Start().End()
		if v.Type().IsVariadic() {
			return v.CallSlice(args)
		}
		return v.Call(args)
	}).Interface().(F)
}

// Callback wraps a function that a timer or a context will call in a
// goroutine of its own.
func Callback(f func()) func() {
	if f == nil || !On() {
		return f
	}
	t, calls := Go(), uint64(0)
	return func() { defer t.again(&calls).Start().End(); f() }
}

// again names the goroutines of a timer that is reset: each call has its own.
//
//go:norace
func (t Token) again(calls *uint64) Token {
	if !t.on || !s.on {
		return t
	}
	Enter(&s.mu)
	if *calls++; *calls > 1 {
		t.id, t.index = mix(t.id, *calls), s.count
		s.count++
	}
	Leave(&s.mu)
	return t
}

// Recv is a receive, with a yield before and after.
func Recv[T any](c <-chan T) T {
	S()
	v := <-c
	P()
	return v
}

// Recv2 is Recv of two results.
func Recv2[T any](c <-chan T) (T, bool) {
	S()
	v, ok := <-c
	P()
	return v, ok
}
