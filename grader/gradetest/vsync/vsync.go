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
//
// While a schedule is explored (package sched), every operation yields before
// and after, the seed decides who gets a lock that several wait for, and the
// race detector is told of exactly the order that package sync promises.
package sync

import (
	"os"
	"sync"
	"unsafe"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Env is the environment variable that, when not empty at the start of the
// process, makes waiting durable.
const Env = "WEFT_VIRTUAL_LOCKS"

var virtual = os.Getenv(Env) != ""

// Types of package sync that are used as they are.
type (
	Locker = sync.Locker
	Map    = sync.Map
)

// gate is a queue of waiting goroutines, each with a channel of its own, made
// by the waiter so that it belongs to the waiter's bubble. It is a linked list
// because the types of package sync are comparable, which a slice is not.
type gate struct {
	first *waiter
	n     int
}

type waiter struct {
	wake chan struct{}
	next *waiter
}

//go:norace
func (g *gate) join() chan struct{} {
	w := &waiter{wake: make(chan struct{}, 1)}
	at := &g.first
	for *at != nil {
		at = &(*at).next
	}
	*at = w
	g.n++
	return w.wake
}

// wake wakes the one at place i, and reports false when nobody waits.
//
//go:norace
func (g *gate) wake(i int) bool {
	if g.n == 0 {
		return false
	}
	at := &g.first
	for range i {
		at = &(*at).next
	}
	w := *at
	*at = w.next
	g.n--
	w.wake <- struct{}{}
	return true
}

// await joins the gate, leaves, and waits to be woken.
//
//go:norace
func await(mu *sync.Mutex, g *gate, what string, holder uint32) {
	c := g.join()
	sched.Waiting(what, holder)
	mu.Unlock()
	<-c
	sched.RaceEnable()
	sched.P()
}

// Mutex is sync.Mutex with durable waiting. The zero value is unlocked.
type Mutex struct {
	mu     sync.Mutex // when virtual, held for a few instructions only
	locked bool
	holder uint32
	queue  gate
}

// Lock locks m, waiting in a way that virtual time can pass.
func (m *Mutex) Lock() {
	if virtual {
		m.lock()
	} else {
		m.mu.Lock()
	}
}

//go:norace
func (m *Mutex) lock() {
	sched.S()
	sched.Enter(&m.mu)
	for m.locked {
		await(&m.mu, &m.queue, "the lock", m.holder)
		sched.Enter(&m.mu)
	}
	m.locked, m.holder = true, sched.Index()
	sched.Leave(&m.mu)
	sched.Acquire(unsafe.Pointer(m))
}

// TryLock locks m if it is free and reports whether it did.
func (m *Mutex) TryLock() bool {
	if virtual {
		return m.tryLock()
	}
	return m.mu.TryLock()
}

//go:norace
func (m *Mutex) tryLock() bool {
	sched.S()
	sched.Enter(&m.mu)
	ok := !m.locked
	if ok {
		m.locked, m.holder = true, sched.Index()
	}
	sched.Leave(&m.mu)
	if ok {
		sched.Acquire(unsafe.Pointer(m))
	}
	return ok
}

// Unlock unlocks m. Unlocking a free Mutex ends the program, as with package sync.
func (m *Mutex) Unlock() {
	if virtual {
		m.unlock()
	} else {
		m.mu.Unlock()
	}
}

//go:norace
func (m *Mutex) unlock() {
	sched.S()
	sched.Release(unsafe.Pointer(m))
	sched.Enter(&m.mu)
	if !m.locked {
		var real sync.Mutex
		real.Unlock() // the runtime's own fatal error
	}
	m.locked = false
	m.queue.wake(sched.Choose(m.queue.n))
	sched.Leave(&m.mu)
	sched.S()
}

// RWMutex is sync.RWMutex with durable waiting. As there, a waiting writer
// keeps new readers out, and Unlock lets all waiting readers in first.
type RWMutex struct {
	real    sync.RWMutex // does all the work unless virtual
	mu      sync.Mutex
	readers int
	writer  bool
	holder  uint32
	pending int // writers that wait
	rq, wq  gate
	// what the race detector knows the two sides by
	toReaders, toWriters byte
}

// RLock locks for reading.
func (m *RWMutex) RLock() {
	if virtual {
		m.rlock()
	} else {
		m.real.RLock()
	}
}

//go:norace
func (m *RWMutex) rlock() {
	sched.S()
	sched.Enter(&m.mu)
	if !m.writer && m.pending == 0 {
		m.readers++
		sched.Leave(&m.mu)
	} else {
		await(&m.mu, &m.rq, "the lock, to read", m.holder) // whoever wakes us has counted us in
	}
	sched.Acquire(unsafe.Pointer(&m.toReaders))
}

// TryRLock locks for reading if that needs no waiting.
func (m *RWMutex) TryRLock() bool {
	if virtual {
		return m.tryRLock()
	}
	return m.real.TryRLock()
}

//go:norace
func (m *RWMutex) tryRLock() bool {
	sched.S()
	sched.Enter(&m.mu)
	ok := !m.writer && m.pending == 0
	if ok {
		m.readers++
	}
	sched.Leave(&m.mu)
	if ok {
		sched.Acquire(unsafe.Pointer(&m.toReaders))
	}
	return ok
}

// RUnlock undoes one RLock.
func (m *RWMutex) RUnlock() {
	if virtual {
		m.rUnlock()
	} else {
		m.real.RUnlock()
	}
}

//go:norace
func (m *RWMutex) rUnlock() {
	sched.S()
	sched.ReleaseMerge(unsafe.Pointer(&m.toWriters))
	sched.Enter(&m.mu)
	if m.readers == 0 {
		m.real.RUnlock() // never locked: the runtime's own fatal error
	}
	m.readers--
	m.admitWriter()
	sched.Leave(&m.mu)
	sched.S()
}

//go:norace
func (m *RWMutex) admitWriter() {
	if m.readers == 0 && !m.writer && m.pending > 0 {
		m.pending--
		m.writer, m.holder = true, 0
		m.wq.wake(sched.Choose(m.wq.n))
	}
}

// Lock locks for writing.
func (m *RWMutex) Lock() {
	if virtual {
		m.lock()
	} else {
		m.real.Lock()
	}
}

//go:norace
func (m *RWMutex) lock() {
	sched.S()
	sched.Enter(&m.mu)
	if !m.writer && m.readers == 0 && m.pending == 0 {
		m.writer = true
		sched.Leave(&m.mu)
	} else {
		m.pending++
		await(&m.mu, &m.wq, "the lock, to write", m.holder)
	}
	m.holder = sched.Index()
	m.acquire()
}

func (m *RWMutex) acquire() {
	sched.Acquire(unsafe.Pointer(&m.toReaders))
	sched.Acquire(unsafe.Pointer(&m.toWriters))
}

// TryLock locks for writing if that needs no waiting.
func (m *RWMutex) TryLock() bool {
	if virtual {
		return m.tryLock()
	}
	return m.real.TryLock()
}

//go:norace
func (m *RWMutex) tryLock() bool {
	sched.S()
	sched.Enter(&m.mu)
	ok := !m.writer && m.readers == 0 && m.pending == 0
	if ok {
		m.writer, m.holder = true, sched.Index()
	}
	sched.Leave(&m.mu)
	if ok {
		m.acquire()
	}
	return ok
}

// Unlock undoes Lock.
func (m *RWMutex) Unlock() {
	if virtual {
		m.unlock()
	} else {
		m.real.Unlock()
	}
}

//go:norace
func (m *RWMutex) unlock() {
	sched.S()
	sched.Release(unsafe.Pointer(&m.toReaders))
	sched.Enter(&m.mu)
	if !m.writer {
		m.real.Unlock()
	}
	m.writer = false
	for m.rq.wake(0) {
		m.readers++
	}
	m.admitWriter()
	sched.Leave(&m.mu)
	sched.S()
}

// RLocker returns a Locker whose methods are RLock and RUnlock.
func (m *RWMutex) RLocker() Locker { return (*rlocker)(m) }

type rlocker RWMutex

func (r *rlocker) Lock()   { (*RWMutex)(r).RLock() }
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }
