// Package semaphore limits how many goroutines use a resource at a time. Those
// who wait queue up at a turnstile, a channel of one place, whose queue is first
// come first served; only the one in it waits for a permit. The permits are
// numbers, never in anybody's hands, so whoever gives up cannot lose one.
package semaphore

import (
	"context"
	"errors"
	"sync"
)

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	turnstile chan struct{}
	look      chan struct{} // tells the one in the turnstile to look again; holds one

	mu        sync.Mutex
	cap, held int
	waiting   int
}

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	return &Semaphore{cap: n, turnstile: make(chan struct{}, 1), look: make(chan struct{}, 1)}
}

func (s *Semaphore) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.waiting == 0 && s.held < s.cap {
		s.held++
		s.mu.Unlock()
		return nil
	}
	s.waiting++
	s.mu.Unlock()

	select {
	case s.turnstile <- struct{}{}:
		defer func() { <-s.turnstile }()
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waiting--
		return ctx.Err()
	}
	for !s.take() {
		select {
		case <-s.look:
		case <-ctx.Done():
			s.mu.Lock()
			defer s.mu.Unlock()
			s.waiting--
			return ctx.Err()
		}
	}
	return nil
}

func (s *Semaphore) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.cap {
		return false
	}
	s.held++
	s.waiting--
	return true
}

func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting > 0 || s.held >= s.cap {
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
	s.changed()
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
	s.changed()
}

func (s *Semaphore) changed() {
	select {
	case s.look <- struct{}{}:
	default:
	}
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

// Limit starts the next task whenever one says that it is over.
func Limit(n int, tasks ...func()) {
	if n < 1 {
		panic("semaphore: limit below one")
	}
	over := make(chan struct{})
	start := func(task func()) {
		go func() {
			task()
			over <- struct{}{}
		}()
	}
	running := 0
	for _, task := range tasks {
		if running == n {
			<-over
			running--
		}
		start(task)
		running++
	}
	for range running {
		<-over
	}
}
