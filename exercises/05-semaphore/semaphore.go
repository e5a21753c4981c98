// Package semaphore limits how many goroutines use a resource at a time.
package semaphore

import (
	"context"
	"errors"
)

// ErrOverRelease is returned by Release when no permit is held.
var ErrOverRelease = errors.New("semaphore: released more permits than were acquired")

// Semaphore hands out permits, at most its capacity at a time, to waiters in
// the order in which they came. A permit belongs to nobody in particular: one
// goroutine may acquire it and another release it.
type Semaphore struct {
	// TODO: what must a semaphore remember?
}

// New returns a semaphore with n permits. It panics if n is negative.
func New(n int) *Semaphore {
	return &Semaphore{}
}

// Acquire takes a permit, waiting behind those that came before. When ctx ends
// first it returns ctx.Err() and holds nothing; a context that has ended before
// gets no permit even if one is free. When the permit and the end of ctx come
// at the same moment, either answer is right if it is true, and the permit is
// not lost.
func (s *Semaphore) Acquire(ctx context.Context) error {
	return nil // TODO
}

// TryAcquire takes a permit if one is free and nobody waits for it, and reports
// whether it did. It never waits.
func (s *Semaphore) TryAcquire() bool {
	return false // TODO
}

// Release gives a permit back; it goes to the first of those who wait. Release
// returns ErrOverRelease, and changes nothing, if no permit is held.
func (s *Semaphore) Release() error {
	return nil // TODO
}

// Resize changes the capacity to n. It panics if n is negative. Waiters for whom
// there is room now get in at once. Permits that are held stay held: if they are
// more than n, nobody gets in until fewer than n are held.
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

// Limit calls every task once, n of them at a time as long as there are that
// many: as soon as one returns, the next one is called. In which order is left
// open. Limit returns when all have returned. It panics if n is less than one.
func Limit(n int, tasks ...func()) {
	// TODO
}
