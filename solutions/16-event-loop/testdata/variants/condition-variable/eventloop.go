// Package eventloop runs callbacks one after another, in one goroutine.
package eventloop

import (
	"errors"
	"sync"
	"time"
)

var (
	ErrClosed  = errors.New("eventloop: loop is closed")
	ErrRunning = errors.New("eventloop: loop is running")
	ErrStopped = errors.New("eventloop: loop stopped before the work was complete")
)

// Loop keeps everything under one lock. Whoever waits, waits for its condition;
// an alarm for the earliest time does nothing but wake.
type Loop struct {
	mu       sync.Mutex
	changed  *sync.Cond
	running  bool
	closed   bool
	stopping bool
	run      int // number of the run
	soon     []*Handle
	later    []*Handle // in no order but that of the calls
	turn     []*Handle // what is left of the turn
	handler  func(any)
}

type Handle struct {
	loop *Loop
	when time.Time
	f    func()
}

func New() *Loop {
	l := &Loop{}
	l.changed = sync.NewCond(&l.mu)
	return l
}

func (l *Loop) put(queue *[]*Handle, when time.Time, f func()) (*Handle, error) {
	if f == nil {
		panic("eventloop: nil function")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	h := &Handle{l, when, f}
	*queue = append(*queue, h)
	l.changed.Broadcast()
	return h, nil
}

func (l *Loop) CallSoon(f func()) (*Handle, error) { return l.put(&l.soon, time.Time{}, f) }

func (l *Loop) CallSoonThreadsafe(f func()) error {
	_, err := l.CallSoon(f)
	return err
}

func (l *Loop) CallLater(d time.Duration, f func()) (*Handle, error) {
	return l.CallAt(time.Now().Add(d), f)
}

func (l *Loop) CallAt(when time.Time, f func()) (*Handle, error) { return l.put(&l.later, when, f) }

func (h *Handle) Cancel() {
	h.loop.mu.Lock()
	defer h.loop.mu.Unlock()
	h.f = nil
}

func (l *Loop) RunForever() error {
	_, err := l.begin(nil)
	if err != nil {
		return err
	}
	l.loop()
	return nil
}

func (l *Loop) RunUntilComplete(main func(done func(error))) error {
	if main == nil {
		panic("eventloop: nil function")
	}
	var run int
	result, called := ErrStopped, false
	run, err := l.begin(func() {
		main(func(err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.run == run && !called {
				called, result = true, err
				l.stopping = true
			}
		})
	})
	if err != nil {
		return err
	}
	l.loop()
	return result
}

func (l *Loop) begin(main func()) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, ErrClosed
	}
	if l.running {
		return 0, ErrRunning
	}
	l.running = true
	l.run++
	if main != nil {
		l.soon = append(l.soon, &Handle{l, time.Time{}, main})
	}
	return l.run, nil
}

func (l *Loop) loop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() {
		l.running, l.stopping = false, false
		l.run++
	}()
	for {
		l.wait()
		l.due()
		for len(l.turn) > 0 {
			h := l.turn[0]
			l.turn = l.turn[1:]
			if h.f != nil {
				l.call(h.f)
			}
		}
		if l.stopping {
			return
		}
	}
}

// call calls f without the lock, and has it again whatever f does.
func (l *Loop) call(f func()) {
	l.mu.Unlock()
	defer l.mu.Lock()
	defer func() {
		l.mu.Lock()
		handler := l.handler
		l.mu.Unlock()
		if handler != nil {
			if v := recover(); v != nil {
				handler(v)
			}
		}
	}()
	f()
}

func (l *Loop) earliest() *Handle {
	var first *Handle
	for _, h := range l.later {
		if h.f != nil && (first == nil || h.when.Before(first.when)) {
			first = h
		}
	}
	return first
}

func (l *Loop) wait() {
	for len(l.turn) == 0 && len(l.soon) == 0 && !l.stopping {
		h := l.earliest()
		if h == nil {
			l.changed.Wait()
			continue
		}
		d := time.Until(h.when)
		if d <= 0 {
			return
		}
		alarm := time.AfterFunc(d, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
		l.changed.Wait()
		alarm.Stop()
	}
}

func (l *Loop) due() {
	l.turn = append(l.turn, l.soon...)
	l.soon = nil
	now := time.Now()
	for h := l.earliest(); h != nil && !h.when.After(now); h = l.earliest() {
		l.turn = append(l.turn, h)
		l.remove(h)
	}
}

func (l *Loop) remove(gone *Handle) {
	var rest []*Handle
	for _, h := range l.later {
		if h != gone && h.f != nil {
			rest = append(rest, h)
		}
	}
	l.later = rest
}

func (l *Loop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	l.changed.Broadcast()
}

func (l *Loop) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return ErrRunning
	}
	l.closed = true
	l.soon, l.later, l.turn = nil, nil, nil
	return nil
}

func (l *Loop) SetExceptionHandler(handler func(value any)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handler = handler
}
