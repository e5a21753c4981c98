package streams

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Serve accepts connections from ln and answers the requests that come in, until
// the server is shut down. Then it returns ErrServerClosed; connections may still
// be open. After Shutdown it closes ln and returns ErrServerClosed at once.
//
// If Accept fails with net.ErrClosed, Serve returns that error. Any other error
// is taken to pass: Serve waits, 5 ms at first, after every further failure
// twice as long, at most a second, and tries again.
//
// On a connection both sides send frames. A request is a frame. Its answer is a
// frame whose first byte is 0, with what the handler returned behind it, or 1,
// with the text of the handler's error. A client may send requests without
// waiting for answers. Up to MaxInFlight requests of a connection are under way at
// once, being handled or waiting for their answer to be written; the answers are
// sent in the order of the requests. Further requests wait, so that a client that
// takes no answers is soon read no more.
//
// No more requests are read from a connection when the client has sent its last
// byte, when a frame is too large or broken off, or when the connection has been
// idle for IdleTimeout: no request is under way, and none has arrived completely
// since the connection began or the last answer was written. In all these cases
// what has been read is still answered, and then the connection is closed. It is
// closed at once when an answer cannot be written, or not within WriteTimeout.
//
// No connection waits for another one.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	l := &listener{Listener: ln, drained: make(chan struct{})}
	if !s.add(l) {
		return ErrServerClosed
	}
	defer s.remove(l)
	var pause pause
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause.reset()
			s.start(nc)
		case l.isDrained():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			pause.wait(l.drained)
		}
	}
}

// listener is a net.Listener that Shutdown can end.
type listener struct {
	net.Listener
	drained chan struct{} // closed by drain, which Shutdown calls once
}

func (l *listener) drain() {
	close(l.drained)
	l.Close()
}

func (l *listener) cut() { l.Close() }

func (l *listener) isDrained() bool {
	select {
	case <-l.drained:
		return true
	default:
		return false
	}
}

const shortestPause, longestPause = 5 * time.Millisecond, time.Second

// pause is the time to wait after an error that may pass.
type pause time.Duration

func (p *pause) reset() { *p = 0 }

// wait waits, each time twice as long as the time before, or until quit is closed.
func (p *pause) wait(quit <-chan struct{}) {
	d := min(max(2*time.Duration(*p), shortestPause), longestPause)
	*p = pause(d)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-quit:
	}
}

// conn is a connection that is served.
type conn struct {
	net.Conn
	server *Server
	ctx    context.Context // of the handlers
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows, and the read deadline
	underWay int        // requests that have been read but not answered
	draining bool
}

// start serves nc in a goroutine of its own.
func (s *Server) start(nc net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &conn{Conn: nc, server: s, ctx: ctx, cancel: cancel}
	if !s.add(c) {
		c.cut()
		return
	}
	go c.serve()
}

// serve reads requests, has them handled, and puts their answers into a queue
// whose other end is written by a goroutine of its own, in the same order.
func (c *conn) serve() {
	defer c.server.remove(c)
	defer c.cut()
	places := make(chan struct{}, c.server.maxInFlight())
	answers := make(chan (<-chan []byte), cap(places))
	var writer sync.WaitGroup
	writer.Go(func() { c.writeAll(answers, places) })

	c.await()
	in := bufio.NewReader(c)
	for {
		places <- struct{}{}
		request, err := ReadFrame(in, c.server.limit())
		if err != nil {
			break
		}
		c.begin()
		answer := make(chan []byte, 1)
		answers <- answer
		go func() {
			status, text := c.server.handle(c.ctx, request)
			answer <- appendFrame(nil, status, text)
		}()
	}
	close(answers)
	writer.Wait()
}

// writeAll writes answers in their order. After a failure nobody is listening:
// then it only waits for the handlers.
func (c *conn) writeAll(answers <-chan (<-chan []byte), places <-chan struct{}) {
	failed := false
	for answer := range answers {
		frame := <-answer
		if !failed && c.write(frame) != nil {
			failed = true
			c.cut()
		}
		c.end()
		<-places
	}
}

func (c *conn) write(frame []byte) error {
	if timeout := c.server.WriteTimeout; timeout > 0 {
		c.SetWriteDeadline(time.Now().Add(timeout))
	}
	_, err := c.Write(frame)
	return err
}

// begin notes that a request has been read: the connection is not idle.
func (c *conn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay++
	if !c.draining {
		c.SetReadDeadline(time.Time{})
	}
}

// end notes that a request has been answered.
func (c *conn) end() {
	c.mu.Lock()
	c.underWay--
	idle := c.underWay == 0
	c.mu.Unlock()
	if idle {
		c.await()
	}
}

// await lets the time begin in which an idle connection must bring a request.
func (c *conn) await() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if timeout := c.server.IdleTimeout; timeout > 0 && c.underWay == 0 && !c.draining {
		c.SetReadDeadline(time.Now().Add(timeout))
	}
}

func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	c.SetReadDeadline(time.Unix(1, 0)) // long ago: whoever reads returns
}

func (c *conn) cut() {
	c.cancel()
	c.Close()
}
