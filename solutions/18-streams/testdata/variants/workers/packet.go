package streams

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand"
	"net"
	"os"
	"sync"
	"time"
)

var ErrNoAnswer = errors.New("streams: no answer")

type Retry struct {
	Attempts int
	Wait     time.Duration
}

// Request has one deadline a read: the next moment at which there is something
// to do. A lock keeps the end of the context from being overwritten.
func Request(ctx context.Context, conn net.Conn, request []byte, retry Retry) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	over := false
	until := func(at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			conn.SetReadDeadline(at)
		}
	}
	finished := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		mu.Lock()
		defer mu.Unlock()
		over = true
		conn.SetReadDeadline(time.Now())
	})
	defer conn.SetReadDeadline(time.Time{})
	defer watcher.Wait()
	defer close(finished)

	datagram := make([]byte, 8, 8+len(request))
	binary.NativeEndian.PutUint64(datagram, rand.Uint64())
	id := bytes.Clone(datagram)
	datagram = append(datagram, request...)
	buf := make([]byte, 1<<16)
	due, wait := time.Now(), retry.Wait
	for left := max(1, retry.Attempts); left > 0; left-- {
		if _, err := conn.Write(datagram); err != nil {
			return nil, err
		}
		due = due.Add(wait)
		wait *= 2
		until(due)
		for {
			n, err := conn.Read(buf)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				return nil, err
			}
			if n < 9 || !bytes.HasPrefix(buf[:n], id) || buf[8] > 1 {
				continue
			}
			if buf[8] == 1 {
				return nil, &HandlerError{string(buf[9:n])}
			}
			return bytes.Clone(buf[9:n]), nil
		}
	}
	return nil, ErrNoAnswer
}

type packet struct {
	from net.Addr
	data []byte
}

// ServePacket reads one datagram ahead of its workers.
func (s *Server) ServePacket(pc net.PacketConn) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer pc.Close()
	quit := make(chan struct{})
	over := s.opened(ending{
		gently: func() { close(quit); pc.SetReadDeadline(time.Unix(1, 0)) },
		hard:   func() { cancel(); pc.Close() },
	})
	if over == nil {
		return ErrServerClosed
	}
	todo := make(chan packet)
	var workers sync.WaitGroup
	for range max(1, s.MaxInFlight) {
		workers.Go(func() {
			for p := range todo {
				answer := append(bytes.Clone(p.data[:8]), s.answer(ctx, p.data[8:])...)
				pc.WriteTo(answer, p.from)
			}
		})
	}
	err := s.receive(pc, todo, quit)
	close(todo)
	workers.Wait()
	pc.Close()
	over()
	return err
}

func (s *Server) receive(pc net.PacketConn, todo chan<- packet, quit <-chan struct{}) error {
	buf := make([]byte, 1<<16)
	var p patience
	for {
		n, from, err := pc.ReadFrom(buf)
		switch {
		case err == nil:
			p = patience{}
			if n >= 8 {
				todo <- packet{from, bytes.Clone(buf[:n])}
			}
		case s.isClosed():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			p.wait(quit)
		}
	}
}
