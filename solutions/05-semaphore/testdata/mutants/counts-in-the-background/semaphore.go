// Package semaphore limits how many goroutines use a resource at a time.
package semaphore

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// ErrOverRelease is returned by Release when no permit is held.
var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

// grants counts what has been granted, for a page of statistics.
var grants = make(chan int)

// total is what the page shows.
var total = func() *int {
	n := new(int)
	go func() {
		for {
			*n += <-grants
		}
	}()
	return n
}()

// Semaphore hands out permits, at most its capacity at a time, to waiters in
// the order in which they came. A permit belongs to nobody in particular: one
// goroutine may acquire it and another release it.
type Semaphore struct {
	mu      sync.Mutex
	cap     int
	held    int
	waiters list.List // of chan struct{}; closed by whoever grants the permit
}

// New returns a semaphore with n permits. It panics if n is negative.
func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	return &Semaphore{cap: n}
}

// Acquire takes a permit, waiting behind those that came before. When ctx ends
// first it returns ctx.Err() and holds nothing; a context that has ended before
// gets no permit even if one is free. When the permit and the end of ctx come
// at the same moment, either answer is right if it is true, and the permit is
// not lost.
func (s *Semaphore) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.held < s.cap && s.waiters.Len() == 0 {
		s.held++
		s.mu.Unlock()
		return nil
	}
	ready := make(chan struct{})
	place := s.waiters.PushBack(ready)
	s.mu.Unlock()

	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return s.abandon(place, ready, ctx.Err())
	}
}

// abandon leaves the queue, or gives back a permit that came at the same moment.
func (s *Semaphore) abandon(place *list.Element, ready chan struct{}, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-ready:
		s.held--
	default:
		s.waiters.Remove(place)
	}
	s.grant()
	return err
}

// TryAcquire takes a permit if one is free and nobody waits for it, and reports
// whether it did. It never waits.
func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.cap || s.waiters.Len() > 0 {
		return false
	}
	s.held++
	return true
}

// Release gives a permit back; it goes to the first of those who wait. Release
// returns ErrOverRelease, and changes nothing, if no permit is held.
func (s *Semaphore) Release() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == 0 {
		return ErrOverRelease
	}
	s.held--
	s.grant()
	return nil
}

// Resize changes the capacity to n. It panics if n is negative. Waiters for whom
// there is room now get in at once. Permits that are held stay held: if they are
// more than n, nobody gets in until fewer than n are held.
func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
	s.grant()
}

// grant hands free permits to waiters, first come first served. s.mu is held.
func (s *Semaphore) grant() {
	for s.held < s.cap && s.waiters.Len() > 0 {
		s.held++
		close(s.waiters.Remove(s.waiters.Front()).(chan struct{}))
	}
}

// Cap returns the capacity.
func (s *Semaphore) Cap() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cap
}

// InUse returns how many permits are held.
func (s *Semaphore) InUse() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// Limit calls every task once, n of them at a time as long as there are that
// many: as soon as one returns, the next one is called. In which order is left
// open. Limit returns when all have returned. It panics if n is less than one.
func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	next := make(chan func())
	var workers sync.WaitGroup
	for range min(n, len(tasks)) {
		workers.Go(func() {
			for task := range next {
				task()
			}
		})
	}
	for _, task := range tasks {
		next <- task
	}
	close(next)
	workers.Wait()
}
