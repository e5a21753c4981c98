// Package eventloop runs callbacks one after another, in one goroutine.
package eventloop

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"
	"time"
)

var (
	ErrClosed  = errors.New("eventloop: loop is closed")
	ErrRunning = errors.New("eventloop: loop is running")
	ErrStopped = errors.New("eventloop: loop stopped before the work was complete")
)

// inbox is what crosses from one goroutine to another. It lies in a channel of
// one: whoever has taken it out may change it. Whether the loop has an owner and
// whether it is closed is noted there too.
type inbox struct {
	items  []*Handle
	owned  bool
	closed bool
}

// Loop has no lock for what is its own.
type Loop struct {
	inbox  chan inbox
	news   chan struct{}
	number atomic.Int64 // all that is put in is numbered
	mine   []*Handle
	dated  []*Handle
	stop   bool
	guard  func(any)
}

type Handle struct {
	number int64
	when   time.Time
	f      func()
}

func New() *Loop {
	l := &Loop{inbox: make(chan inbox, 1), news: make(chan struct{}, 1)}
	l.inbox <- inbox{}
	return l
}

func (l *Loop) handle(f func()) *Handle {
	if f == nil {
		panic("eventloop: nil function")
	}
	return &Handle{number: l.number.Add(1), f: f}
}

func (l *Loop) isClosed() bool {
	box := <-l.inbox
	l.inbox <- box
	return box.closed
}

func (l *Loop) CallSoon(f func()) (*Handle, error) {
	h := l.handle(f)
	if l.isClosed() {
		return nil, ErrClosed
	}
	l.mine = append(l.mine, h)
	return h, nil
}

func (l *Loop) CallSoonThreadsafe(f func()) error {
	if f == nil {
		panic("eventloop: nil function")
	}
	box := <-l.inbox
	if box.closed {
		l.inbox <- box
		return ErrClosed
	}
	box.items = append(box.items, l.handle(f))
	l.inbox <- box
	select {
	case l.news <- struct{}{}:
	default:
	}
	return nil
}

func (l *Loop) CallLater(d time.Duration, f func()) (*Handle, error) {
	return l.CallAt(time.Now().Add(d), f)
}

func (l *Loop) CallAt(when time.Time, f func()) (*Handle, error) {
	h := l.handle(f)
	if l.isClosed() {
		return nil, ErrClosed
	}
	h.when = when
	l.dated = append(l.dated, h)
	return h, nil
}

// Cancel forgets the function; the handle is thrown away when it is looked at.
func (h *Handle) Cancel() { h.f = nil }

func (l *Loop) RunForever() error { return l.run(nil, new(bool)) }

func (l *Loop) RunUntilComplete(main func(done func(error))) error {
	if main == nil {
		panic("eventloop: nil function")
	}
	result, over := ErrStopped, false
	err := l.run(func() {
		main(func(err error) {
			if !over {
				over, result = true, err
				l.stop = true
			}
		})
	}, &over)
	if err != nil {
		return err
	}
	return result
}

func (l *Loop) run(main func(), over *bool) error {
	box := <-l.inbox
	if box.closed || box.owned {
		l.inbox <- box
		if box.owned {
			return ErrRunning
		}
		return ErrClosed
	}
	box.owned = true
	if main != nil {
		box.items = append(box.items, l.handle(main))
	}
	l.inbox <- box
	defer func() {
		*over, l.stop = true, false
		box := <-l.inbox
		box.owned = false
		l.inbox <- box
	}()
	for again := true; again; again = !l.stop {
		l.fetch()
		for !l.stop && !l.somethingDue() {
			l.sleep()
			l.fetch()
		}
		l.oneTurn()
	}
	return nil
}

// fetch moves what lies in the inbox to the loop's own queue.
func (l *Loop) fetch() {
	box := <-l.inbox
	l.mine = append(l.mine, box.items...)
	box.items = nil
	l.inbox <- box
	slices.SortStableFunc(l.mine, func(a, b *Handle) int { return cmp.Compare(a.number, b.number) })
	l.dated = slices.DeleteFunc(l.dated, func(h *Handle) bool { return h.f == nil })
	slices.SortStableFunc(l.dated, func(a, b *Handle) int { return a.when.Compare(b.when) })
}

func (l *Loop) somethingDue() bool {
	return len(l.mine) > 0 || len(l.dated) > 0 && time.Until(l.dated[0].when) <= 0
}

func (l *Loop) sleep() {
	if len(l.dated) == 0 {
		<-l.news
		return
	}
	select {
	case <-l.news:
	case <-time.After(time.Until(l.dated[0].when)):
	}
}

func (l *Loop) oneTurn() {
	batch := l.mine
	l.mine = nil
	now := time.Now()
	for len(l.dated) > 0 && !l.dated[0].when.After(now) {
		batch = append(batch, l.dated[0])
		l.dated = l.dated[1:]
	}
	next := 0
	defer func() { // after a panic, the rest comes first
		for _, h := range batch[next:] {
			h.number = 0
		}
		l.mine = append(batch[next:len(batch):len(batch)], l.mine...)
	}()
	for next < len(batch) {
		h := batch[next]
		next++
		if h.f != nil {
			l.protect(h.f)
		}
	}
}

func (l *Loop) protect(f func()) {
	defer func() {
		if l.guard != nil {
			if v := recover(); v != nil {
				l.guard(v)
			}
		}
	}()
	f()
}

func (l *Loop) Stop() { l.stop = true }

func (l *Loop) Close() error {
	box := <-l.inbox
	if box.owned {
		l.inbox <- box
		return ErrRunning
	}
	if !box.closed {
		l.mine, l.dated = nil, nil
	}
	l.inbox <- inbox{closed: true}
	return nil
}

func (l *Loop) SetExceptionHandler(handler func(value any)) { l.guard = handler }
