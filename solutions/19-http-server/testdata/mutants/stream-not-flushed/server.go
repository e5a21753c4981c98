package httpserver

import (
	"context"
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
	places   chan struct{} // one in it for each connection; nil without a limit
	stop     sync.Once
	stopping chan struct{} // closed when the first Shutdown begins
	finish   sync.Once
	finished chan struct{} // closed when the first Shutdown is over
}

// NewServer returns a Server for one listener.
func NewServer(h http.Handler, l Limits) *Server {
	s := &Server{stopping: make(chan struct{}), finished: make(chan struct{})}
	s.http = http.Server{
		Handler:           h,
		ReadHeaderTimeout: l.Header,
		ReadTimeout:       l.Read,
		IdleTimeout:       l.Idle,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, (<-chan struct{})(s.stopping))
		},
	}
	if l.Conns > 0 {
		s.places = make(chan struct{}, l.Conns)
		s.http.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed || state == http.StateHijacked {
				<-s.places
			}
		}
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
	if s.places != nil {
		ln = &limited{ln, s}
	}
	err := s.http.Serve(ln)
	select {
	case <-s.stopping: // whatever it is that Serve has noticed of it
		<-s.finished
		return nil
	default:
		return err
	}
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
	server *Server
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.server.places <- struct{}{}:
	case <-l.server.stopping:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.server.places
	}
	return conn, err
}
