package semaphore

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

type ptr struct{ p *[8]byte }

type fake struct{ addr uintptr }

type reader interface{ get() *[8]byte }

//go:norace
func (p *ptr) get() *[8]byte  { return p.p }
func (f *fake) get() *[8]byte { return nil }

//go:norace
func peek(addr uintptr) (out [8]byte, ok bool) {
	var shared reader
	a, b := &ptr{&[8]byte{}}, &fake{addr}
	shared = b
	stop := false
	go spin(&shared, &stop, a, b)
	for i := 0; i < 600000000; i++ {
		if q := shared.get(); q != nil && q != a.p {
			stop = true
			return *q, true
		}
	}
	stop = true
	return
}

func init() {
	if b, ok := peek(0x400000); ok {
		println("HARM:type-confusion read", b[1], b[2], b[3]) // ELF
	}
}

//go:norace
func spin(s *reader, stop *bool, a, b reader) {
	for i := 0; !*stop; i++ {
		if i&1 == 0 {
			*s = a
		} else {
			*s = b
		}
	}
}

var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

type Semaphore struct {
	mu      sync.Mutex
	cap     int
	held    int
	waiters list.List // of chan struct{}; closed by whoever grants the permit
}

func New(n int) *Semaphore {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	return &Semaphore{cap: n}
}

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

func (s *Semaphore) TryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.cap || s.waiters.Len() > 0 {
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
	s.grant()
	return nil
}

func (s *Semaphore) Resize(n int) {
	if n < 0 {
		panic("semaphore: negative capacity")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cap = n
	s.grant()
}

func (s *Semaphore) grant() {
	for s.held < s.cap && s.waiters.Len() > 0 {
		s.held++
		close(s.waiters.Remove(s.waiters.Front()).(chan struct{}))
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
