// Package semaphore is what a student might hand in: every function goes
// wrong in its own way. record.sh runs it and keeps what is printed.
package semaphore

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Semaphore is one that does not lock.
type Semaphore struct {
	free  int
	names map[string]int
	mu    sync.Mutex
	ready *sync.Cond
	ch    chan struct{}
}

// New makes a semaphore of n permits.
func New(n int) *Semaphore {
	s := &Semaphore{free: n, names: map[string]int{}, ch: make(chan struct{})}
	s.ready = sync.NewCond(&s.mu)
	return s
}

// Acquire takes a permit without a lock.
func (s *Semaphore) Acquire() {
	s.free--
}

// Release gives it back without a lock.
func (s *Semaphore) Release() {
	s.free++
}

// Free reads without a lock.
func (s *Semaphore) Free() int { return s.free }

// Name writes a map without a lock.
func (s *Semaphore) Name(name string) {
	s.names[name] = s.free
}

// Start adds up in goroutines of its own.
func (s *Semaphore) Start() {
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			s.free += 2
		})
	}
	wg.Wait()
}

// Do runs f twice at once, which it should not.
func (s *Semaphore) Do(f func()) {
	done := make(chan struct{})
	go func() {
		f()
		close(done)
	}()
	f()
	<-done
}

// Counter mixes atomic and plain access.
type Counter struct{ n int64 }

// Add is atomic.
func (c *Counter) Add() { atomic.AddInt64(&c.n, 1) }

// Load is not.
func (c *Counter) Load() int64 { return c.n }

// Stack is generic.
type Stack[T any] struct{ items []T }

// Push appends without a lock.
func (s *Stack[T]) Push(v T) {
	s.items = append(s.items, v)
}

// Leave starts goroutines that nobody ends.
func (s *Semaphore) Leave(n int) {
	for range n {
		go s.wait()
	}
	go func() {
		select {
		case <-s.ch:
		case <-context.Background().Done():
		}
	}()
}

func (s *Semaphore) wait() {
	<-s.ch
}

// Tick starts a goroutine that sleeps for ever.
func (s *Semaphore) Tick() {
	go func() {
		for {
			time.Sleep(time.Hour)
		}
	}()
}

// LockTwice cannot get on.
func (s *Semaphore) LockTwice() {
	s.mu.Lock()
	s.mu.Lock()
}

// WaitReady waits for a signal that nobody gives.
func (s *Semaphore) WaitReady() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready.Wait()
}

// Receive waits for a value.
func (s *Semaphore) Receive() { <-s.ch }

// Send waits for a receiver.
func (s *Semaphore) Send() { s.ch <- struct{}{} }

// Several makes goroutines that wait in several ways.
func (s *Semaphore) Several() {
	var wg sync.WaitGroup
	var rw sync.RWMutex
	rw.Lock()
	var none chan int
	wg.Go(func() { s.LockTwice() })
	wg.Go(func() { s.Receive() })
	wg.Go(func() { s.Send() })
	wg.Go(func() { rw.RLock() })
	wg.Go(func() { rw.Lock() })
	wg.Go(func() { none <- 1 })
	wg.Go(func() { <-none })
	wg.Go(func() { select {} })
	wg.Go(func() { s.WaitReady() })
	wg.Wait()
}

// Spin waits by asking over and over.
func (s *Semaphore) Spin() {
	for atomic.LoadInt64(&never) == 0 {
	}
}

var never int64

// Nap waits by sleeping.
func (s *Semaphore) Nap() {
	for atomic.LoadInt64(&never) == 0 {
		time.Sleep(time.Minute)
	}
}

// Ticker starts goroutines that only a library knows.
func (s *Semaphore) Ticker() {
	go time.Sleep(time.Hour)
	context.AfterFunc(done(), func() { time.Sleep(time.Hour) })
	context.AfterFunc(done(), s.mu.Lock)
	context.AfterFunc(done(), s.mu.Lock)
}

func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

var total int

// Count counts without a lock, in a variable of the package.
func Count() { total++ }
