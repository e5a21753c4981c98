// Package semaphore asks again and again whether a permit is free.
package semaphore

import (
	"context"
	"errors"
	"sync"
	"time"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	mu         sync.Mutex
	cap, held  int
	next, turn int
	gone       map[int]bool
}

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	return &Semaphore{cap: n, gone: map[int]bool{}}
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	ticket := s.next
	s.next++
	for !s.mine(ticket) {
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.mu.Lock()
		if err := ctx.Err(); err != nil {
			s.gone[ticket] = true
			s.skip()
			s.mu.Unlock()
			return err
		}
	}
	s.held++
	s.turn++
	s.skip()
	s.mu.Unlock()
	return nil
}

func (s *Semaphore) mine(ticket int) bool { return ticket == s.turn && s.held < s.cap }

func (s *Semaphore) skip() {
	for s.gone[s.turn] {
		delete(s.gone, s.turn)
		s.turn++
	}
}

func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.cap || s.turn != s.next {
		return false
	}
	s.held++
	s.next++
	s.turn++
	return true
}

func (s *Semaphore) Release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == 0 {
		return ErrOverRelease
	}
	s.held--
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
}

func (s *Semaphore) Cap() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cap
}

func (s *Semaphore) InUse() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	sem := make(chan struct{}, n)
	var all sync.WaitGroup
	for _, task := range tasks {
		sem <- struct{}{}
		all.Go(func() {
			defer func() { <-sem }()
			task()
		})
	}
	all.Wait()
}
