package httpserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits say how long, and how many. Zero means without limit.
type Limits struct {
	// Header is the time that a request's header may take to arrive.
	Header time.Duration
	// Read is the time that a whole request, header and body, may take to arrive. It
	// does not limit the handler: once the body has been read to its end, or if there is
	// none, the handler and its answer may take longer.
	Read time.Duration
	// Idle is how long a connection may wait for its next request.
	Idle time.Duration
	// Conns is how many connections are open at a time. No more are accepted
	// while there are so many.
	Conns int
}

// Server serves a handler on the connections of a listener until it is shut down. A
// connection that exceeds one of its limits is closed.
type Server struct {
	http     http.Server
	conns    int
	stop     sync.Once
	stopping chan struct{} // closed when the first Shutdown begins
	finish   sync.Once
	finished chan struct{} // closed when the first Shutdown is over
}

// NewServer returns a Server for one listener.
func NewServer(h http.Handler, l Limits) *Server {
	s := &Server{conns: l.Conns, stopping: make(chan struct{}), finished: make(chan struct{})}
	s.http = http.Server{
		Handler:           h,
		ReadHeaderTimeout: l.Header,
		ReadTimeout:       l.Read,
		IdleTimeout:       l.Idle,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, (<-chan struct{})(s.stopping))
		},
	}
	return s
}

type stoppingKey struct{}

// Stopping returns a channel that is closed when the Server that serves a request
// begins to shut down; ctx is the request's context, or one made of it. For any other
// context it returns nil, which is a channel that is never closed.
func Stopping(ctx context.Context) <-chan struct{} {
	stopping, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return stopping
}

// Serve accepts connections on ln and serves them. After Shutdown it returns nil, but
// not before Shutdown is over, so that a main function may end when Serve has
// returned. It returns another error if ln fails. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	if s.conns > 0 {
		ln = &limited{Listener: ln, places: make(chan struct{}, s.conns), done: make(chan struct{})}
	}
	err := s.http.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		<-s.finished
		return nil
	}
	return err
}

// Shutdown closes the listener and the idle connections, wakes whoever waits for Stopping,
// and returns nil when all requests have been answered. If ctx ends first it
// closes all connections, which ends the contexts of their requests, and returns
// ctx.Err(). It may be called more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop.Do(func() { close(s.stopping) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // why it was necessary says more than how it went
	}
	s.finish.Do(func() { close(s.finished) })
	return err
}

// limited is a listener that takes a place before it accepts a connection.
type limited struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	done   chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placed{Conn: conn, leave: func() { <-l.places }}, nil
}

func (l *limited) Close() error {
	err := l.Listener.Close()
	l.once.Do(func() { close(l.done) })
	return err
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	once  sync.Once
	leave func()
}

func (c *placed) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}
