package streams_test

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// deadline wakes somebody when it is reached. Its owner's lock guards it.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) set(at time.Time, wake func()) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = at
	if !at.IsZero() {
		d.timer = time.AfterFunc(max(0, time.Until(at)), wake)
	}
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// flow is one direction of a connection in memory.
type flow struct {
	mu       sync.Mutex
	changed  *sync.Cond
	bytes    []byte
	room     int  // for so many bytes that nobody has read
	piece    int  // the most that one Read gives; 0 means any number
	writing  bool // a Write is under way; others wait for it
	noMore   bool // the writer's side is closed
	deaf     bool // the reader's side is closed
	reading  deadline
	writeEnd deadline
}

func newFlow(room int) *flow {
	f := &flow{room: room}
	f.changed = sync.NewCond(&f.mu)
	return f
}

func (f *flow) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed.Broadcast()
}

// change applies one change and wakes everybody.
func (f *flow) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	f.changed.Broadcast()
}

func (f *flow) read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.deaf:
			return 0, net.ErrClosed
		case f.reading.passed():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(f.bytes) > 0:
			if f.piece > 0 {
				p = p[:min(len(p), f.piece)]
			}
			n := copy(p, f.bytes)
			f.bytes = f.bytes[n:]
			f.changed.Broadcast()
			return n, nil
		case f.noMore:
			return 0, io.EOF
		}
		f.changed.Wait()
	}
}

// write writes all of p before another write may begin, as sockets do.
func (f *flow) write(p []byte) (done int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	mine := false
	defer func() {
		if mine {
			f.writing = false
			f.changed.Broadcast()
		}
	}()
	for {
		switch {
		case f.noMore:
			return done, net.ErrClosed
		case f.writeEnd.passed():
			return done, os.ErrDeadlineExceeded
		case f.deaf:
			return done, io.ErrClosedPipe
		case f.writing && !mine:
			f.changed.Wait()
			continue
		}
		mine, f.writing = true, true
		n := min(len(p)-done, f.room-len(f.bytes))
		f.bytes = append(f.bytes, p[done:done+n]...)
		done += n
		f.changed.Broadcast()
		if done == len(p) {
			return done, nil
		}
		f.changed.Wait()
	}
}

// end is one end of a connection in memory. Like a socket it has room for some
// bytes on the way, and can be closed in one direction. It lives in virtual time.
type end struct{ in, out *flow }

// newConn returns both ends of a connection with room for so many bytes each way.
func newConn(room int) (a, b *end) {
	there, back := newFlow(room), newFlow(room)
	return &end{in: back, out: there}, &end{in: there, out: back}
}

func (e *end) Read(p []byte) (int, error)  { return e.in.read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.write(p) }

func (e *end) CloseWrite() error {
	e.out.change(func() { e.out.noMore = true })
	return nil
}

func (e *end) Close() (err error) {
	e.in.change(func() {
		if e.in.deaf {
			err = net.ErrClosed
		}
		e.in.deaf = true
		e.in.reading.set(time.Time{}, nil)
	})
	e.out.change(func() {
		e.out.noMore = true
		e.out.writeEnd.set(time.Time{}, nil)
	})
	return err
}

// closed reports whether Close was called on this end.
func (e *end) closed() bool {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	return e.in.deaf
}

func (e *end) SetReadDeadline(at time.Time) error {
	e.in.change(func() { e.in.reading.set(at, e.in.wake) })
	return nil
}

func (e *end) SetWriteDeadline(at time.Time) error {
	e.out.change(func() { e.out.writeEnd.set(at, e.out.wake) })
	return nil
}

func (e *end) SetDeadline(at time.Time) error {
	e.SetReadDeadline(at)
	return e.SetWriteDeadline(at)
}

func (e *end) LocalAddr() net.Addr  { return place("memory") }
func (e *end) RemoteAddr() net.Addr { return place("memory") }

// place is an address.
type place string

func (place) Network() string  { return "memory" }
func (p place) String() string { return string(p) }

// accepted is what an Accept returns.
type accepted struct {
	conn net.Conn
	err  error
}

// door is a listener in memory.
type door struct {
	next   chan accepted
	closed chan struct{}
	once   sync.Once
}

func newDoor() *door { return &door{next: make(chan accepted), closed: make(chan struct{})} }

func (d *door) Accept() (net.Conn, error) {
	select {
	case <-d.closed:
		return nil, net.ErrClosed
	case a := <-d.next:
		return a.conn, a.err
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

func (d *door) Addr() net.Addr { return place("door") }

// give lets an Accept return a, and reports whether one did before the door was
// closed, within a minute of virtual time.
func (d *door) give(a accepted) bool {
	select {
	case d.next <- a:
		return true
	case <-d.closed:
		return false
	case <-time.After(patience):
		return false
	}
}
