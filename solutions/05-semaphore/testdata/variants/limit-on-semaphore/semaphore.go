// Package semaphore has a linked list of waiters of its own, and Limit uses
// the semaphore itself.
package semaphore

import (
	"context"
	"errors"
	"sync"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type waiter struct {
	ready chan bool
	gone  bool
	next  *waiter
}

type Semaphore struct {
	mu         sync.RWMutex
	cap, held  int
	head, tail *waiter
	waiting    int // those in the list that are not gone
}

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	return &Semaphore{cap: n}
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	if s.held < s.cap && s.waiting == 0 {
		s.held++
		s.mu.Unlock()
		return nil
	}
	w := &waiter{ready: make(chan bool)}
	if s.waiting++; s.head == nil {
		s.head = w
	} else {
		s.tail.next = w
	}
	s.tail = w
	s.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-w.ready:
			return nil
		default:
			w.gone = true // whoever serves the list steps over it
			s.waiting--
			return ctx.Err()
		}
	}
}

func (s *Semaphore) serve() {
	for s.head != nil && s.held < s.cap {
		w := s.head
		s.head = w.next
		if w.gone {
			continue
		}
		s.waiting--
		s.held++
		close(w.ready)
	}
}

func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held < s.cap && s.waiting == 0 {
		s.held++
		return true
	}
	return false
}

func (s *Semaphore) Release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held < 1 {
		return ErrOverRelease
	}
	s.held--
	s.serve()
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
	s.serve()
}

func (s *Semaphore) Cap() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cap
}

func (s *Semaphore) InUse() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.held
}

func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	s := New(n)
	var all sync.WaitGroup
	for _, task := range tasks {
		s.Acquire(context.Background())
		all.Go(func() {
			defer s.Release()
			task()
		})
	}
	all.Wait()
}
