// Package semaphore limits how many goroutines use a resource at a time.
package semaphore

import (
	"context"
	"errors"
)

// ErrOverRelease is returned by Release when no permit is held.
var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

// Semaphore hands out permits, at most its capacity at a time, to waiters in
// the order in which they came.
type Semaphore struct {
	// TODO: what must a semaphore remember?
}

// New returns a semaphore with n permits. It panics if n is negative.
func New(n int) *Semaphore {
	return &Semaphore{}
}

// Acquire takes a permit, waiting behind those that came before. When ctx ends
// first it returns ctx.Err() and holds nothing.
func (s *Semaphore) Acquire(ctx context.Context) error {
	return nil // TODO
}

// TryAcquire takes a permit if one is free and nobody waits for it.
func (s *Semaphore) TryAcquire() bool {
	return false // TODO
}

// Release gives a permit back. It returns ErrOverRelease if none is held.
func (s *Semaphore) Release() error {
	return nil // TODO
}

// Resize changes the capacity to n. Permits that are held stay held.
func (s *Semaphore) Resize(n int) {
	// TODO
}

// Cap returns the capacity.
func (s *Semaphore) Cap() int {
	return 0 // TODO
}

// InUse returns how many permits are held.
func (s *Semaphore) InUse() int {
	return 0 // TODO
}

// Limit runs all tasks, n of them at a time as long as there are that many,
// and returns when all have returned. It panics if n is less than one.
func Limit(n int, tasks ...func()) {
	// TODO
}
