package streams

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

func (s *Server) Serve(ln net.Listener) error {
	quit := make(chan struct{})
	over := s.opened(ending{
		gently: func() { close(quit); ln.Close() },
		hard:   func() {},
	})
	if over == nil {
		ln.Close()
		return ErrServerClosed
	}
	defer over()
	var p patience
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			p = patience{}
			s.begin(conn)
		case s.isClosed():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			p.wait(quit)
		}
	}
}

type job struct {
	n    int
	body []byte
}

// stream is a connection with a fixed number of workers. They put what they
// have made on a shelf, and the writer takes it from there in its order.
type stream struct {
	net.Conn
	ctx     context.Context
	cancel  context.CancelFunc
	stirred chan struct{} // has room for one: a request has come, or an answer has gone

	mu    sync.Mutex
	read  int  // requests
	wrote int  // answers
	still bool // no more requests
}

func (s *Server) begin(conn net.Conn) {
	c := &stream{Conn: conn, stirred: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	over := s.opened(ending{gently: c.quiet, hard: c.hard})
	if over == nil {
		c.hard()
		return
	}
	go func() {
		defer over()
		defer c.hard()
		s.run(c)
	}()
}

func (c *stream) hard() {
	c.cancel()
	c.Conn.Close()
}

func (c *stream) quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = true
	c.SetReadDeadline(time.Now().Add(-time.Second))
}

func (c *stream) count(read, wrote int) {
	c.mu.Lock()
	c.read += read
	c.wrote += wrote
	c.mu.Unlock()
	select {
	case c.stirred <- struct{}{}:
	default:
	}
}

func (c *stream) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read == c.wrote
}

// watch ends the reading when nothing has stirred for too long.
func (c *stream) watch(timeout time.Duration) {
	for {
		var up <-chan time.Time
		if c.idle() {
			up = time.After(timeout)
		}
		select {
		case <-c.ctx.Done():
			return
		case <-c.stirred:
		case <-up:
			if c.idle() {
				c.quiet()
				return
			}
		}
	}
}

func (s *Server) run(c *stream) {
	n := max(1, s.MaxInFlight)
	places := make(chan struct{}, n)
	todo := make(chan job)
	done := make(chan job, n)
	var workers, writer, watcher sync.WaitGroup
	for range n {
		workers.Go(func() {
			for j := range todo {
				done <- job{j.n, s.answer(c.ctx, j.body)}
			}
		})
	}
	writer.Go(func() { s.write(c, done, places) })
	if s.IdleTimeout > 0 {
		watcher.Go(func() { c.watch(s.IdleTimeout) })
	}
	limit := s.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	in := bufio.NewReader(c)
	for i := 0; ; i++ {
		places <- struct{}{}
		request, err := ReadFrame(in, limit)
		if err != nil {
			break
		}
		c.count(1, 0)
		todo <- job{i, request}
	}
	close(todo)
	workers.Wait()
	close(done)
	writer.Wait()
	c.cancel()
	watcher.Wait()
}

func (s *Server) write(c *stream, done <-chan job, places <-chan struct{}) {
	shelf := map[int][]byte{}
	next := 0
	for j := range done {
		shelf[j.n] = j.body
		for {
			body, ok := shelf[next]
			if !ok {
				break
			}
			delete(shelf, next)
			next++
			if c.ctx.Err() == nil && s.send(c, body) != nil {
				c.hard()
			}
			c.count(0, 1)
			<-places
		}
	}
}

func (s *Server) send(c *stream, body []byte) error {
	if s.WriteTimeout > 0 {
		c.SetWriteDeadline(time.Now().Add(s.WriteTimeout))
	}
	var frame bytes.Buffer
	WriteFrame(&frame, body)
	_, err := c.Write(frame.Bytes())
	return err
}

func (s *Server) answer(ctx context.Context, request []byte) []byte {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := s.Handler(ctx, request)
	if err != nil {
		return []byte("\x01" + err.Error())
	}
	return append([]byte("\x00"), p...)
}
