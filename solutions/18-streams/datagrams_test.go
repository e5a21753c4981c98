package streams_test

import (
	"net"
	"os"
	"sync"
	"time"
)

// letter is a datagram on its way.
type letter struct {
	from  net.Addr
	bytes []byte
	err   error
}

// box holds the datagrams that have arrived.
type box struct {
	mu      sync.Mutex
	changed *sync.Cond
	letters []letter
	closed  bool
	reading deadline
}

func newBox() *box {
	b := &box{}
	b.changed = sync.NewCond(&b.mu)
	return b
}

func (b *box) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
	b.changed.Broadcast()
}

func (b *box) wake() { b.change(func() {}) }

func (b *box) put(l letter) {
	l.bytes = append([]byte(nil), l.bytes...)
	b.change(func() { b.letters = append(b.letters, l) })
}

func (b *box) ReadFrom(p []byte) (int, net.Addr, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.closed:
			return 0, nil, net.ErrClosed
		case b.reading.passed():
			return 0, nil, os.ErrDeadlineExceeded
		case len(b.letters) > 0:
			l := b.letters[0]
			b.letters = b.letters[1:]
			return copy(p, l.bytes), l.from, l.err
		}
		b.changed.Wait()
	}
}

func (b *box) Close() error {
	b.change(func() {
		b.closed = true
		b.reading.set(time.Time{}, nil)
	})
	return nil
}

func (b *box) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

func (b *box) SetReadDeadline(at time.Time) error {
	b.change(func() { b.reading.set(at, b.wake) })
	return nil
}

func (b *box) SetWriteDeadline(time.Time) error { return nil }
func (b *box) SetDeadline(at time.Time) error   { return b.SetReadDeadline(at) }
func (b *box) LocalAddr() net.Addr              { return place("box") }
func (b *box) RemoteAddr() net.Addr             { return place("peer") }
func (b *box) Read(p []byte) (n int, err error) { n, _, err = b.ReadFrom(p); return n, err }

// sender is the side of a datagram connection that a client has: what it writes
// is kept, with the time, and handed to whoever plays the server.
type sender struct {
	*box
	sent []sending // guarded by the box's lock
	got  func(p []byte)
}

type sending struct {
	at    time.Time
	bytes []byte
}

func newSender() *sender { return &sender{box: newBox(), got: func([]byte) {}} }

func (s *sender) Write(p []byte) (int, error) {
	p = append([]byte(nil), p...)
	closed := false
	s.change(func() {
		if closed = s.closed; !closed {
			s.sent = append(s.sent, sending{time.Now(), p})
		}
	})
	if closed {
		return 0, net.ErrClosed
	}
	s.got(p)
	return len(p), nil
}

func (s *sender) all() []sending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sending(nil), s.sent...)
}

// arrive puts a datagram into the client's box.
func (s *sender) arrive(p []byte) { s.put(letter{from: place("peer"), bytes: p}) }

// hub is the side that a server of datagrams has; WriteTo keeps what it sends.
type hub struct {
	*box
	out *box // what was sent, with the address it went to
}

func newHub() *hub { return &hub{box: newBox(), out: newBox()} }

func (h *hub) WriteTo(p []byte, to net.Addr) (int, error) {
	if h.isClosed() {
		return 0, net.ErrClosed
	}
	h.out.put(letter{from: to, bytes: p})
	return len(p), nil
}

func (h *hub) answers() []letter {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	return append([]letter(nil), h.out.letters...)
}
