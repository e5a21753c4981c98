package streams

import (
	"context"
	"errors"
	"sync"
	"time"
)

var ErrServerClosed = errors.New("streams: server closed")

type Server struct {
	Handler      func(ctx context.Context, request []byte) ([]byte, error)
	Limit        int
	MaxInFlight  int
	IdleTimeout  time.Duration
	WriteTimeout time.Duration

	mu      sync.Mutex
	changed *sync.Cond
	closed  bool
	last    int
	open    map[int]ending
}

// ending is how something that is open can be brought to its end.
type ending struct{ gently, hard func() }

func (s *Server) lock() {
	s.mu.Lock()
	if s.changed == nil {
		s.changed = sync.NewCond(&s.mu)
		s.open = map[int]ending{}
	}
}

// opened returns how to say that it is over, or nil if the server is closed.
func (s *Server) opened(e ending) (over func()) {
	s.lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.last++
	n := s.last
	s.open[n] = e
	return func() {
		s.lock()
		defer s.mu.Unlock()
		delete(s.open, n)
		s.changed.Broadcast()
	}
}

func (s *Server) isClosed() bool {
	s.lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Server) Shutdown(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		s.lock()
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})
	defer stop()
	s.lock()
	defer s.mu.Unlock()
	first := !s.closed
	s.closed = true
	for _, e := range s.open {
		if first {
			e.gently()
		}
	}
	for len(s.open) > 0 && ctx.Err() == nil {
		s.changed.Wait()
	}
	if len(s.open) == 0 {
		return nil
	}
	for _, e := range s.open {
		e.hard()
	}
	return ctx.Err()
}

// patience waits longer each time, until quit is closed.
type patience struct{ d time.Duration }

func (p *patience) wait(quit <-chan struct{}) {
	p.d = min(max(5*time.Millisecond, 2*p.d), time.Second)
	select {
	case <-quit:
	case <-time.After(p.d):
	}
}
