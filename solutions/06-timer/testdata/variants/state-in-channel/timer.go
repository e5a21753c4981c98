// Package timer starts functions after a time. The state lies in a channel of
// one place: whoever has taken it out owns it, so the channel is the lock.
package timer

import "time"

type Timer struct {
	f        func()
	periodic bool
	state    chan state
}

type state struct {
	interval time.Duration
	due      time.Time
	plan     *plan         // what is to come; nil if nothing is
	rest     chan struct{} // closed when the timer comes to rest; nil at rest
	running  bool
}

// plan is one time to wait for. Its address tells it from earlier ones.
type plan struct{ clock *time.Timer }

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	t := &Timer{f: f, state: make(chan state, 1)}
	t.state <- state{interval: d}
	return t
}

func Every(d time.Duration, f func()) *Timer {
	if d <= 0 {
		panic("timer: period not positive")
	}
	t := New(d, f)
	t.periodic = true
	return t
}

func (t *Timer) Start() bool {
	s := <-t.state
	ok := s.plan == nil
	if ok {
		t.schedule(&s)
	}
	t.state <- s
	return ok
}

func (t *Timer) Cancel() bool {
	s := <-t.state
	ok := s.drop()
	s.settle()
	t.state <- s
	return ok
}

func (t *Timer) Reset(d time.Duration) bool {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	s := <-t.state
	ok := s.drop()
	s.interval = d
	t.schedule(&s)
	t.state <- s
	return ok
}

func (t *Timer) Wait() {
	s := <-t.state
	t.state <- s
	if s.rest != nil {
		<-s.rest
	}
}

func (s *state) drop() bool {
	if s.plan == nil {
		return false
	}
	if s.plan.clock != nil {
		s.plan.clock.Stop()
	}
	s.plan = nil
	return true
}

func (s *state) settle() {
	if s.plan == nil && !s.running && s.rest != nil {
		close(s.rest)
		s.rest = nil
	}
}

func (t *Timer) schedule(s *state) {
	s.plan = &plan{}
	s.due = time.Now().Add(s.interval)
	if s.rest == nil {
		s.rest = make(chan struct{})
	}
	t.wind(s)
}

// wind lets the clock ring when the call is due, unless a call runs: that one winds it when it ends.
func (t *Timer) wind(s *state) {
	if p := s.plan; p != nil && !s.running {
		p.clock = time.AfterFunc(time.Until(s.due), func() { t.ring(p) })
	}
}

func (t *Timer) ring(p *plan) {
	s := <-t.state
	if s.plan != p {
		t.state <- s
		return
	}
	s.running = true
	s.plan = nil
	if t.periodic {
		s.plan = &plan{}
		for !s.due.After(time.Now()) {
			s.due = s.due.Add(s.interval)
		}
	}
	t.state <- s

	t.f()

	s = <-t.state
	s.running = false
	t.wind(&s)
	s.settle()
	t.state <- s
}
