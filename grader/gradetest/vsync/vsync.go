// Package vsync stands in for package sync where a submission's timing is
// judged in virtual time.
//
// A goroutine that waits for a [sync.Mutex] is not durably blocked in the
// sense of testing/synctest, so virtual time would stand still while a correct
// program holds a lock across a sleep. The locks here wait on channels, which
// synctest understands. Everything that already blocks durably, or never
// blocks, is the real thing under its own name.
//
// Binaries without the race detector are built with the submission's import of
// "sync" pointing here; nothing else of the code changes. The timing stage sets
// [Env]; without it every type hands its work to the one of package sync that
// it has inside, at the price of a branch. Misuse ends the program as it does
// with package sync.
package vsync

import (
	"os"
	"sync"
)

// Env is the environment variable that, when not empty at the start of the
// process, makes waiting durable.
const Env = "WEFT_VIRTUAL_LOCKS"

var virtual = os.Getenv(Env) != ""

// Types of package sync that virtual time already understands.
type (
	Locker    = sync.Locker
	Cond      = sync.Cond
	WaitGroup = sync.WaitGroup
	Map       = sync.Map
	Pool      = sync.Pool
)

// NewCond is sync.NewCond.
func NewCond(l Locker) *Cond { return sync.NewCond(l) }

// gate is a queue of waiting goroutines, each with a channel of its own, made
// by the waiter so that it belongs to the waiter's bubble. It is a linked list
// because the types of package sync are comparable, which a slice is not.
type gate struct{ first, last *waiter }

type waiter struct {
	wake chan struct{}
	next *waiter
}

func (g *gate) join() chan struct{} {
	w := &waiter{wake: make(chan struct{}, 1)}
	if g.first == nil {
		g.first = w
	} else {
		g.last.next = w
	}
	g.last = w
	return w.wake
}

func (g *gate) wakeOne() bool {
	w := g.first
	if w == nil {
		return false
	}
	g.first = w.next
	w.wake <- struct{}{}
	return true
}

// Mutex is sync.Mutex with durable waiting. The zero value is unlocked.
type Mutex struct {
	mu     sync.Mutex // when virtual, held for a few instructions only
	locked bool
	queue  gate
}

// Lock locks m, waiting in a way that virtual time can pass.
func (m *Mutex) Lock() {
	m.mu.Lock()
	if virtual {
		m.await()
	}
}

// await goes on with mu held, and leaves it released.
func (m *Mutex) await() {
	for m.locked {
		c := m.queue.join()
		m.mu.Unlock()
		<-c
		m.mu.Lock()
	}
	m.locked = true
	m.mu.Unlock()
}

// TryLock locks m if it is free and reports whether it did.
func (m *Mutex) TryLock() bool {
	if !virtual {
		return m.mu.TryLock()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return false
	}
	m.locked = true
	return true
}

// Unlock unlocks m. Unlocking a free Mutex ends the program, as with package sync.
func (m *Mutex) Unlock() {
	if virtual {
		m.release()
	} else {
		m.mu.Unlock()
	}
}

func (m *Mutex) release() {
	m.mu.Lock()
	if !m.locked {
		var real sync.Mutex
		real.Unlock() // the runtime's own fatal error
	}
	m.locked = false
	m.queue.wakeOne()
	m.mu.Unlock()
}

// RWMutex is sync.RWMutex with durable waiting. As there, a waiting writer
// keeps new readers out, and Unlock lets all waiting readers in first.
type RWMutex struct {
	real    sync.RWMutex // does all the work unless virtual
	mu      sync.Mutex
	readers int
	writer  bool
	pending int // writers that wait
	rq, wq  gate
}

// RLock locks for reading.
func (m *RWMutex) RLock() {
	if !virtual {
		m.real.RLock()
		return
	}
	m.mu.Lock()
	if !m.writer && m.pending == 0 {
		m.readers++
		m.mu.Unlock()
		return
	}
	c := m.rq.join()
	m.mu.Unlock()
	<-c // whoever wakes us has counted us in
}

// TryRLock locks for reading if that needs no waiting.
func (m *RWMutex) TryRLock() bool {
	if !virtual {
		return m.real.TryRLock()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.writer || m.pending > 0 {
		return false
	}
	m.readers++
	return true
}

// RUnlock undoes one RLock.
func (m *RWMutex) RUnlock() {
	if !virtual {
		m.real.RUnlock()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.readers == 0 {
		m.real.RUnlock() // never locked: the runtime's own fatal error
	}
	m.readers--
	m.admitWriter()
}

func (m *RWMutex) admitWriter() {
	if m.readers == 0 && !m.writer && m.pending > 0 {
		m.pending--
		m.writer = true
		m.wq.wakeOne()
	}
}

// Lock locks for writing.
func (m *RWMutex) Lock() {
	if !virtual {
		m.real.Lock()
		return
	}
	m.mu.Lock()
	if !m.writer && m.readers == 0 && m.pending == 0 {
		m.writer = true
		m.mu.Unlock()
		return
	}
	m.pending++
	c := m.wq.join()
	m.mu.Unlock()
	<-c
}

// TryLock locks for writing if that needs no waiting.
func (m *RWMutex) TryLock() bool {
	if !virtual {
		return m.real.TryLock()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.writer || m.readers > 0 || m.pending > 0 {
		return false
	}
	m.writer = true
	return true
}

// Unlock undoes Lock.
func (m *RWMutex) Unlock() {
	if !virtual {
		m.real.Unlock()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.writer {
		m.real.Unlock()
	}
	m.writer = false
	for m.rq.wakeOne() {
		m.readers++
	}
	m.admitWriter()
}

// RLocker returns a Locker whose methods are RLock and RUnlock.
func (m *RWMutex) RLocker() Locker { return (*rlocker)(m) }

type rlocker RWMutex

func (r *rlocker) Lock()   { (*RWMutex)(r).RLock() }
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }
