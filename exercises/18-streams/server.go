package streams

import (
	"context"
	"errors"
	"time"
)

// ErrServerClosed is returned by Serve and ServePacket after Shutdown.
var ErrServerClosed = errors.New("streams: server closed")

// Server answers requests. Set the exported fields before the first call of
// Serve or ServePacket and leave them alone from then on. Its methods may be
// called by any number of goroutines.
type Server struct {
	// Handler answers one request; the request is its to keep. It may be called
	// by many goroutines at once. Its context ends when it has returned, and
	// before that when nobody can be answered any more: a write to the connection
	// has failed, or Shutdown has run out of time.
	Handler func(ctx context.Context, request []byte) ([]byte, error)

	Limit        int           // the largest request, in bytes; 0 means DefaultLimit
	MaxInFlight  int           // requests under way at once, per connection; 0 means 1
	IdleTimeout  time.Duration // how long a connection may wait without a request; 0 means for ever
	WriteTimeout time.Duration // how long writing one answer may take; 0 means for ever

	// TODO: what must Shutdown know?
}

// Shutdown ends the server in good order. Listeners are closed at once, and no
// request is read from any connection any more. Requests that have been read are
// answered. A connection is closed when it has nothing left to answer, an idle
// one at once. Then Shutdown returns nil.
//
// When ctx ends first, Shutdown closes what is left, ends the contexts of the
// handlers and returns ctx.Err() without waiting for them. Shutdown may be called
// more than once: every call waits.
func (s *Server) Shutdown(ctx context.Context) error {
	return nil // TODO
}
