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

	once    sync.Once
	ctx     context.Context // ends when Shutdown has run out of time
	cutAll  context.CancelFunc
	closing chan struct{} // closed when Shutdown begins
	gone    chan struct{} // closed when it is over

	mu     sync.Mutex
	closed bool
	all    sync.WaitGroup // Add under mu, and not once closed is set
}

func (s *Server) init() {
	s.once.Do(func() {
		s.ctx, s.cutAll = context.WithCancel(context.Background())
		s.closing = make(chan struct{})
		s.gone = make(chan struct{})
	})
}

// enter makes Shutdown wait for one more, unless it has begun.
func (s *Server) enter() bool {
	s.init()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.all.Add(1)
	return true
}

func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
		go func() {
			s.all.Wait()
			s.cutAll()
			close(s.gone)
		}()
	}
	s.mu.Unlock()
	select {
	case <-s.gone:
		return nil
	case <-ctx.Done():
		s.cutAll()
		return ctx.Err()
	}
}

func (s *Server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// watch calls stop when Shutdown begins and cut when it has run out of time, until over is closed.
func (s *Server) watch(over <-chan struct{}, stop, cut func()) {
	select {
	case <-s.closing:
		stop()
	case <-over:
		return
	}
	select {
	case <-s.ctx.Done():
		cut()
	case <-over:
	}
}
