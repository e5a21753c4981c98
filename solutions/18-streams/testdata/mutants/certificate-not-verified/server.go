package streams

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrServerClosed is returned by Serve and ServePacket after Shutdown.
var ErrServerClosed = errors.New("streams: server closed")

// The first byte of an answer says what the rest is.
const (
	statusOK    = 0 // what the handler returned
	statusError = 1 // the text of the handler's error
)

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

	mu     sync.Mutex
	closed bool
	open   map[served]struct{} // listeners and connections
	empty  chan struct{}       // closed when the server is, and nothing is open
}

// served is what Shutdown has to end.
type served interface {
	drain() // take nothing new; does not wait
	cut()   // end at once
}

// add notes x as open, unless the server has been shut down.
func (s *Server) add(x served) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.open == nil {
		s.open = make(map[served]struct{})
	}
	s.open[x] = struct{}{}
	return true
}

// remove notes that x has ended.
func (s *Server) remove(x served) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, x)
	if s.closed && len(s.open) == 0 {
		close(s.empty)
	}
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
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		s.empty = make(chan struct{})
		if len(s.open) == 0 {
			close(s.empty)
		}
		for x := range s.open {
			x.drain()
		}
	}
	s.mu.Unlock()

	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		for _, x := range s.left() {
			x.cut()
		}
		return ctx.Err()
	}
}

func (s *Server) left() (all []served) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.open {
		all = append(all, x)
	}
	return all
}

// handle calls the handler and returns the body of the answer in two parts.
func (s *Server) handle(ctx context.Context, request []byte) (status, text []byte) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := s.Handler(ctx, request)
	if err != nil {
		return []byte{statusError}, []byte(err.Error())
	}
	return []byte{statusOK}, answer
}

func (s *Server) maxInFlight() int { return max(1, s.MaxInFlight) }

func (s *Server) limit() int {
	if s.Limit == 0 {
		return DefaultLimit
	}
	return s.Limit
}
