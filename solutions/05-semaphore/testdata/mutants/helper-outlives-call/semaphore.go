// Package semaphore is a condition variable over a queue of tickets: a waiter
// goes on when its ticket is at the head and a permit is free.
package semaphore

import (
	"context"
	"errors"
	"slices"
	"sync"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	mu    sync.Mutex
	moved sync.Cond
	cap   int
	held  int
	last  int
	queue []int // tickets, the first to be served first
}

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s := &Semaphore{cap: n}
	s.moved.L = &s.mu
	return s
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.moved.Broadcast()
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	ticket := s.last
	s.queue = append(s.queue, ticket)
	defer s.moved.Broadcast() // the head has changed
	for {
		if err := ctx.Err(); err != nil {
			s.queue = slices.DeleteFunc(s.queue, func(t int) bool { return t == ticket })
			return err
		}
		if s.queue[0] == ticket && s.held < s.cap {
			s.queue = s.queue[1:]
			s.held++
			return nil
		}
		s.moved.Wait()
	}
}

func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.cap || len(s.queue) > 0 {
		return false
	}
	s.held++
	return true
}

func (s *Semaphore) Release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == 0 {
		return ErrOverRelease
	}
	s.held--
	s.moved.Broadcast()
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
	s.moved.Broadcast()
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
	places := make(chan struct{}, n)
	var all sync.WaitGroup
	for _, task := range tasks {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			task()
		})
	}
	all.Wait()
}
