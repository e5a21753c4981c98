package streams

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

var ErrNoAnswer = errors.New("streams: no answer")

type Retry struct {
	Attempts int
	Wait     time.Duration
}

// Request has a goroutine that reads, which ends before it returns.
func Request(ctx context.Context, conn net.Conn, request []byte, retry Retry) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	id := make([]byte, 8)
	binary.LittleEndian.PutUint64(id, rand.Uint64())
	got := make(chan reply, 1)
	go func() { got <- listenFor(conn, id) }()
	finish := func() {
		conn.SetReadDeadline(time.Unix(1, 0))
		<-got
		conn.SetReadDeadline(time.Time{})
	}
	datagram := append(bytes.Clone(id), request...)
	wait := retry.Wait
	for range max(retry.Attempts, 1) {
		if _, err := conn.Write(datagram); err != nil {
			finish()
			return nil, err
		}
		timer := time.NewTimer(wait)
		select {
		case r := <-got:
			timer.Stop()
			return r.body, r.err
		case <-ctx.Done():
			timer.Stop()
			finish()
			return nil, ctx.Err()
		case <-timer.C:
		}
		wait *= 2
	}
	finish()
	return nil, ErrNoAnswer
}

func listenFor(conn net.Conn, id []byte) reply {
	b := make([]byte, 65536)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return reply{err: err}
		}
		body, mine := bytes.CutPrefix(b[:n], id)
		switch {
		case !mine || len(body) == 0:
		case body[0] == 0:
			return reply{body: body[1:]}
		case body[0] == 1:
			return reply{err: &HandlerError{string(body[1:])}}
		}
	}
}

// ServePacket has MaxInFlight goroutines, each of which reads, handles and answers.
func (s *Server) ServePacket(pc net.PacketConn) error {
	if !s.enter() {
		pc.Close()
		return ErrServerClosed
	}
	defer s.all.Done()
	over := make(chan struct{})
	defer close(over)
	defer pc.Close()
	go s.watch(over, func() { pc.SetReadDeadline(time.Unix(1, 0)) }, func() { pc.Close() })
	var workers sync.WaitGroup
	errs := make(chan error, max(1, s.MaxInFlight))
	for range cap(errs) {
		workers.Go(func() { errs <- s.packets(pc) })
	}
	workers.Wait()
	return <-errs
}

func (s *Server) packets(pc net.PacketConn) error {
	b := make([]byte, 65536)
	pause := 5 * time.Millisecond
	for {
		n, from, err := pc.ReadFrom(b)
		switch {
		case err == nil:
			pause = 5 * time.Millisecond
			if n >= 8 {
				id := bytes.Clone(b[:8])
				pc.WriteTo(append(id, s.body(s.ctx, bytes.Clone(b[8:n]))...), from)
			}
		case s.isClosing():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			select {
			case <-time.After(pause):
			case <-s.closing:
			}
			pause = min(2*pause, time.Second)
		}
	}
}
