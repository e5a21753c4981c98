package sched

import "reflect"

// Case is one case of a select statement.
type Case = reflect.SelectCase

// R is a case that receives.
func R[T any](c <-chan T) Case {
	return Case{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
}

// W is a case that sends. The value is an argument of its own, so that it is
// converted to the channel's type as a send converts it.
func W[T any](c chan<- T) func(v T) Case {
	return func(v T) Case {
		return Case{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c), Send: reflect.ValueOf(&v).Elem()}
	}
}

// Chosen is what a select statement did.
type Chosen struct {
	I  int // the case in source order; -1 is default
	v  reflect.Value
	OK bool // of a receive: the channel was open
}

// Select does what a select statement does, except that the seed decides
// between cases that are ready together.
func Select(hasDefault bool, cases ...Case) Chosen {
	S()
	if On() {
		if c, ok := poll(cases); ok {
			P()
			return c
		}
		if hasDefault {
			return Chosen{I: -1}
		}
	} else if hasDefault {
		i, v, ok := reflect.Select(append(cases[:len(cases):len(cases)], Case{Dir: reflect.SelectDefault}))
		if i == len(cases) {
			i = -1
		}
		return Chosen{i, v, ok}
	}
	i, v, ok := reflect.Select(cases)
	P()
	return Chosen{i, v, ok}
}

// poll tries the cases one by one, in an order that the seed decides.
func poll(cases []Case) (Chosen, bool) {
	order := make([]int, len(cases))
	for i := range order {
		j := Choose(i + 1)
		order[i], order[j] = order[j], i
	}
	for _, i := range order {
		if k, v, ok := reflect.Select([]Case{cases[i], {Dir: reflect.SelectDefault}}); k == 0 {
			return Chosen{i, v, ok}, true
		}
	}
	return Chosen{}, false
}

// Value returns what the chosen case received from c.
func Value[T any](_ <-chan T, x Chosen) T {
	v, _ := x.v.Interface().(T)
	return v
}
