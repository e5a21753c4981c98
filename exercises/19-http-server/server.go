package httpserver

import (
	"context"
	"net"
	"net/http"
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
	// TODO: an http.Server, and what it does not know.
}

// NewServer returns a Server for one listener.
func NewServer(h http.Handler, l Limits) *Server {
	return &Server{}
}

// Stopping returns a channel that is closed when the Server that serves a request
// begins to shut down; ctx is the request's context, or one made of it. For any other
// context it returns nil, which is a channel that is never closed.
func Stopping(ctx context.Context) <-chan struct{} {
	return nil // TODO
}

// Serve accepts connections on ln and serves them. After Shutdown it returns nil, but
// not before Shutdown is over, so that a main function may end when Serve has
// returned. It returns another error if ln fails. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	return nil // TODO
}

// Shutdown closes the listener and the idle connections, wakes whoever waits for Stopping,
// and returns nil when all requests have been answered. If ctx ends first it
// closes all connections, which ends the contexts of their requests, and returns
// ctx.Err(). It may be called more than once.
func (s *Server) Shutdown(ctx context.Context) error {
	return nil // TODO
}
