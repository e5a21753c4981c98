// Package timer starts functions after a time, without a lock: the state
// belongs to one goroutine, which takes orders through a channel. At rest there
// is no goroutine, and the state lies in a channel for whoever comes next.
package timer

import "time"

type Timer struct {
	f        func()
	periodic bool
	orders   chan func(*owner)
	asleep   chan *owner // holds the state while there is no goroutine
}

// owner is what the goroutine knows; nobody else touches it while that runs.
type owner struct {
	t        *Timer
	interval time.Duration
	started  bool
	due      time.Time
	clock    *time.Timer
	over     chan struct{} // receives when the running call is over; nil if none runs
	waiting  []chan struct{}
}

func New(d time.Duration, f func()) *Timer {
	if f == nil {
		panic("timer: nil function")
	}
	t := &Timer{f: f, orders: make(chan func(*owner)), asleep: make(chan *owner, 1)}
	t.asleep <- &owner{t: t, interval: d}
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

// order has do done to the state: by the goroutine, or right here if there is none.
func (t *Timer) order(do func(*owner)) {
	done := make(chan struct{})
	work := func(o *owner) { do(o); close(done) }
	select {
	case t.orders <- work:
	case o := <-t.asleep:
		work(o)
		if o.atRest() {
			o.sleep()
		} else {
			go o.live()
		}
	}
	<-done
}

func (t *Timer) Start() (ok bool) {
	t.order(func(o *owner) {
		if ok = !o.started; ok {
			o.begin()
		}
	})
	return ok
}

func (t *Timer) Cancel() (ok bool) {
	t.order(func(o *owner) { ok, o.started = o.started, false })
	return ok
}

func (t *Timer) Reset(d time.Duration) (ok bool) {
	if t.periodic && d <= 0 {
		panic("timer: period not positive")
	}
	t.order(func(o *owner) {
		ok, o.interval = o.started, d
		o.begin()
	})
	return ok
}

func (t *Timer) Wait() {
	rest := make(chan struct{})
	t.order(func(o *owner) { o.waiting = append(o.waiting, rest) })
	<-rest
}

func (o *owner) begin() {
	o.started = true
	o.due = time.Now().Add(o.interval)
}

func (o *owner) atRest() bool { return !o.started && o.over == nil }

func (o *owner) sleep() {
	for _, w := range o.waiting {
		close(w)
	}
	o.waiting = nil
	o.t.asleep <- o
}

func (o *owner) live() {
	for !o.atRest() {
		var ring <-chan time.Time
		if o.started && o.over == nil {
			clock := time.NewTimer(time.Until(o.due))
			o.clock, ring = clock, clock.C
		}
		select {
		case do := <-o.t.orders:
			do(o)
		case <-o.over:
			o.over = nil
		case <-ring:
			o.call()
		}
		if o.clock != nil {
			o.clock.Stop()
		}
	}
	o.sleep()
}

// call starts the call that is due in a goroutine of its own, so that orders can come meanwhile.
func (o *owner) call() {
	if o.t.periodic {
		o.due = o.due.Add((time.Since(o.due)/o.interval + 1) * o.interval)
	} else {
		o.started = false
	}
	over := make(chan struct{})
	o.over = over
	go func() {
		defer close(over)
		o.t.f()
	}()
}
