// Package eventloop runs callbacks one after another, in one goroutine.
package eventloop

import (
	"container/heap"
	"errors"
	"sync"
	"time"
)

var (
	ErrClosed  = errors.New("eventloop: loop is closed")
	ErrRunning = errors.New("eventloop: loop is running")
	ErrStopped = errors.New("eventloop: loop stopped before the work was complete")
)

// Loop is asyncio's BaseEventLoop, line by line where that is possible: cancelled
// timers stay in the heap until their time comes or they are too many.
type Loop struct {
	mu         sync.Mutex // for ready, and the two flags
	ready      []*Handle
	running    bool
	closed     bool
	selfPipe   chan struct{}
	scheduled  schedule
	tieBreaker int
	cancelled  int
	stopping   bool
	handler    func(any)
	future     *future
}

type future struct {
	err  error
	done bool
}

type Handle struct {
	loop      *Loop
	callback  func()
	scheduled bool
	when      time.Time
	number    int
}

type schedule []*Handle

func (s schedule) Len() int      { return len(s) }
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s schedule) Less(i, j int) bool {
	return s[i].when.Before(s[j].when) || s[i].when.Equal(s[j].when) && s[i].number < s[j].number
}
func (s *schedule) Push(h any) { *s = append(*s, h.(*Handle)) }
func (s *schedule) Pop() any {
	n := len(*s) - 1
	h := (*s)[n]
	*s = (*s)[:n]
	return h
}

func New() *Loop { return &Loop{selfPipe: make(chan struct{}, 1)} }

func (l *Loop) checkClosed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	return nil
}

func check(f func()) {
	if f == nil {
		panic("a callable object was expected")
	}
}

func (l *Loop) CallSoon(f func()) (*Handle, error) {
	check(f)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	h := &Handle{loop: l, callback: f}
	l.ready = append(l.ready, h)
	return h, nil
}

func (l *Loop) CallSoonThreadsafe(f func()) error {
	_, err := l.CallSoon(f)
	if err == nil {
		l.writeToSelf()
	}
	return err
}

func (l *Loop) writeToSelf() {
	select {
	case l.selfPipe <- struct{}{}:
	default:
	}
}

func (l *Loop) CallLater(d time.Duration, f func()) (*Handle, error) {
	return l.CallAt(time.Now().Add(d), f)
}

func (l *Loop) CallAt(when time.Time, f func()) (*Handle, error) {
	check(f)
	if err := l.checkClosed(); err != nil {
		return nil, err
	}
	l.tieBreaker++
	h := &Handle{loop: l, callback: f, when: when, number: l.tieBreaker, scheduled: true}
	heap.Push(&l.scheduled, h)
	return h, nil
}

func (h *Handle) Cancel() {
	if h.callback != nil {
		h.callback = nil
		if h.scheduled {
			h.loop.cancelled++
		}
	}
}

func (l *Loop) RunForever() error { return l.runForever(nil, nil) }

func (l *Loop) runForever(fut *future, first func()) error {
	l.mu.Lock()
	if l.closed || l.running {
		defer l.mu.Unlock()
		if l.running {
			return ErrRunning
		}
		return ErrClosed
	}
	l.running = true
	if first != nil {
		l.ready = append(l.ready, &Handle{loop: l, callback: first})
	}
	l.mu.Unlock()
	l.future = fut
	defer func() {
		l.stopping, l.future = false, nil
		l.mu.Lock()
		l.running = false
		l.mu.Unlock()
	}()
	for {
		l.runOnce()
		if l.stopping {
			break
		}
	}
	return nil
}

func (l *Loop) RunUntilComplete(main func(done func(error))) error {
	if main == nil {
		panic("an awaitable is required")
	}
	fut := &future{err: ErrStopped}
	if err := l.runForever(fut, func() { main(func(err error) { l.setResult(fut, err) }) }); err != nil {
		return err
	}
	return fut.err
}

func (l *Loop) setResult(fut *future, err error) {
	if l.future == fut && !fut.done {
		fut.err, fut.done = err, true
		l.Stop()
	}
}

func (l *Loop) Stop() { l.stopping = true }

func (l *Loop) runOnce() {
	if l.cancelled > 100 && 2*l.cancelled > len(l.scheduled) {
		var rest schedule
		for _, h := range l.scheduled {
			if h.callback != nil {
				rest = append(rest, h)
			}
		}
		heap.Init(&rest)
		l.scheduled, l.cancelled = rest, 0
	}
	for len(l.scheduled) > 0 && l.scheduled[0].callback == nil {
		l.cancelled--
		heap.Pop(&l.scheduled)
	}
	l.mu.Lock()
	ready := len(l.ready)
	l.mu.Unlock()
	switch {
	case ready > 0 || l.stopping:
	case len(l.scheduled) == 0:
		<-l.selfPipe
	default:
		timer := time.NewTimer(time.Until(l.scheduled[0].when))
		select {
		case <-timer.C:
		case <-l.selfPipe:
		}
		timer.Stop()
	}
	endTime := time.Now()
	l.mu.Lock()
	for len(l.scheduled) > 0 && !l.scheduled[0].when.After(endTime) {
		h := heap.Pop(&l.scheduled).(*Handle)
		h.scheduled = false
		if h.callback == nil {
			l.cancelled--
		}
		l.ready = append(l.ready, h)
	}
	ntodo := len(l.ready)
	l.mu.Unlock()
	for range ntodo {
		l.mu.Lock()
		h := l.ready[0]
		l.ready = l.ready[1:]
		l.mu.Unlock()
		if h.callback != nil {
			l.runHandle(h)
		}
	}
}

func (l *Loop) runHandle(h *Handle) {
	returned := false
	defer func() {
		if handler := l.handler; !returned && handler != nil {
			if v := recover(); v != nil {
				handler(v)
			}
		}
	}()
	h.callback()
	returned = true
}

func (l *Loop) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return ErrRunning
	}
	l.closed = true
	l.ready, l.scheduled = nil, nil
	return nil
}

func (l *Loop) SetExceptionHandler(handler func(value any)) { l.handler = handler }
