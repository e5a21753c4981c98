package streams

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	if !s.enter() {
		return ErrServerClosed
	}
	defer s.all.Done()
	over := make(chan struct{})
	defer close(over)
	go s.watch(over, func() { ln.Close() }, func() {})
	pause := 5 * time.Millisecond
	for {
		conn, err := ln.Accept()
		if err == nil {
			pause = 5 * time.Millisecond
			if !s.enter() {
				conn.Close()
				return ErrServerClosed
			}
			go s.serveConn(conn)
			continue
		}
		if s.isClosing() {
			return ErrServerClosed
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-s.closing:
		}
		pause = min(2*pause, time.Second)
	}
}

func (s *Server) body(ctx context.Context, request []byte) []byte {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := s.Handler(ctx, request)
	if err != nil {
		return append([]byte{1}, err.Error()...)
	}
	return append([]byte{0}, answer...)
}

// link is a connection. Its requests write their answers themselves, each when
// it is its turn.
type link struct {
	conn net.Conn
	mu   sync.Mutex
	busy int
	idle *time.Timer
	end  bool // no more requests
}

// stopReading makes the reader return.
func (l *link) stopReading() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = true
	l.conn.SetReadDeadline(time.Unix(1, 0))
}

func (l *link) work(by int, timeout time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy += by
	if l.idle != nil {
		l.idle.Stop()
		l.idle = nil
	}
	if l.busy > 0 || l.end || timeout <= 0 {
		return
	}
	var mine *time.Timer
	mine = time.AfterFunc(timeout, func() {
		l.mu.Lock()
		current := l.idle == mine
		l.mu.Unlock()
		if current {
			l.stopReading()
		}
	})
	l.idle = mine
}

func (s *Server) serveConn(conn net.Conn) {
	defer s.all.Done()
	ctx, cancel := context.WithCancel(s.ctx)
	l := &link{conn: conn}
	over := make(chan struct{})
	cut := func() {
		cancel()
		conn.Close()
	}
	go s.watch(over, l.stopReading, cut)
	var requests sync.WaitGroup
	turn := make(chan struct{})
	close(turn)
	places := make(chan struct{}, max(1, s.MaxInFlight))
	limit := s.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	l.work(0, s.IdleTimeout)
	for {
		request, err := ReadFrame(conn, limit)
		if err != nil {
			break
		}
		l.work(+1, s.IdleTimeout)
		places <- struct{}{} // one request is read ahead
		mine, next := turn, make(chan struct{})
		turn = next
		requests.Go(func() {
			answer := s.body(ctx, request)
			<-mine
			if ctx.Err() == nil && s.write(conn, answer, cut) != nil {
				cut()
			}
			<-places
			l.work(-1, s.IdleTimeout)
			close(next)
		})
	}
	requests.Wait()
	l.mu.Lock()
	l.end = true
	if l.idle != nil {
		l.idle.Stop()
	}
	l.mu.Unlock()
	close(over)
	cut()
}

func (s *Server) write(conn net.Conn, answer []byte, cut func()) error {
	if s.WriteTimeout > 0 {
		defer time.AfterFunc(s.WriteTimeout, cut).Stop()
	}
	return WriteFrame(conn, answer)
}
