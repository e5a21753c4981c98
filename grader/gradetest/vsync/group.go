package sync

import (
	"sync"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// WaitGroup is sync.WaitGroup, whose waiting is durable by itself.
type WaitGroup struct{ real sync.WaitGroup }

// Add adds delta to the counter.
func (w *WaitGroup) Add(delta int) { sched.S(); w.real.Add(delta) }

// Done takes one from the counter.
func (w *WaitGroup) Done() { sched.S(); w.real.Done(); sched.S() }

// Wait waits until the counter is zero.
func (w *WaitGroup) Wait() { sched.S(); w.real.Wait(); sched.P() }

// Go calls f in a goroutine that the counter counts.
func (w *WaitGroup) Go(f func()) {
	if !sched.On() {
		w.real.Go(f)
		return
	}
	t := sched.Go()
	w.real.Go(func() {
		t.Start()
		f()
		sched.S() // before it is counted out
	})
	sched.S()
}

// Cond is sync.Cond, whose waiting is durable by itself.
type Cond struct {
	L    Locker
	real sync.Cond
}

// NewCond returns a Cond with the locker l.
func NewCond(l Locker) *Cond { return &Cond{L: l} }

// Wait unlocks c.L, waits for Signal or Broadcast, and locks c.L again.
func (c *Cond) Wait() {
	sched.S()
	c.wrap()
	c.real.Wait()
}

// wrap always writes the same, also when several readers' locks get here together.
//
//go:norace
func (c *Cond) wrap() {
	if c.real.L == nil {
		c.real.L = inner{c.L}
	}
}

// Signal wakes the goroutine that has waited longest.
func (c *Cond) Signal() { sched.S(); c.real.Signal(); sched.S() }

// Broadcast wakes all goroutines that wait.
func (c *Cond) Broadcast() { sched.S(); c.real.Broadcast(); sched.S() }

// inner yields when the wait is over and the lock not yet taken again.
type inner struct{ Locker }

// Lock yields and locks.
func (l inner) Lock() { sched.P(); l.Locker.Lock() }
