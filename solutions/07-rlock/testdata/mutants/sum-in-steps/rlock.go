// Package rlock is a lock that one owner may take several times. Go gives a
// goroutine no identity, so the caller says who it is: every call names its
// [Owner].
package rlock

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// ErrNotOwner is returned by Unlock when the lock is not held by the owner
// that was given: somebody else holds it, or nobody does.
var ErrNotOwner = errors.New("rlock: unlock by an owner that does not hold the lock")

// Owner stands for one thread of control. It is what it is by identity: two
// owners are different even if they have the same name. An owner may be handed
// from one goroutine to another, which then continues where the first left
// off; it must not be used by two goroutines at the same time.
type Owner struct {
	name string
}

// NewOwner returns a new owner, different from every other one. The name is
// for people.
func NewOwner(name string) *Owner {
	return &Owner{name: name}
}

// Name returns the name that was given to NewOwner.
func (o *Owner) Name() string {
	return o.name
}

// RLock is a mutual exclusion lock that its owner may take again, as often as
// it likes: it counts, and is free for others when every Lock has had its
// Unlock. Those who wait get it in the order in which they came. Make one with
// New. It needs no closing and keeps no goroutine of its own.
type RLock struct {
	mu      sync.Mutex // guards the fields; held for a few instructions only
	owner   *Owner     // nil when free, and then nobody waits
	depth   int
	waiters list.List // of *waiter, longest waiting first
}

// waiter is somebody's place in the queue.
type waiter struct {
	owner   *Owner
	granted chan struct{} // closed, under mu, when the lock is handed over
}

// New returns a free lock.
func New() *RLock {
	return &RLock{}
}

// Lock takes the lock for o. If o holds it already, Lock counts one more and
// returns at once, even if others wait. Otherwise it waits, behind those that
// came before, until the lock is handed to o. It panics if o is nil.
func (l *RLock) Lock(o *Owner) {
	if place := l.takeOrQueue(o); place != nil {
		<-place.Value.(*waiter).granted
	}
}

// TryLock is Lock without waiting: it takes the lock for o, once more if o
// holds it already, and reports whether it did. A lock that others wait for is
// not free: TryLock overtakes nobody. It panics if o is nil.
func (l *RLock) TryLock(o *Owner) bool {
	mustBeSomebody(o)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(o)
}

// LockTimeout is Lock with a limit to waiting: it reports whether it took the
// lock for o. If it did not within d, counted from the call, it returns false
// and o no longer waits. A d of zero or less makes it TryLock. It panics if o
// is nil.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	if d <= 0 {
		return l.TryLock(o)
	}
	place := l.takeOrQueue(o)
	if place == nil {
		return true
	}
	patience := time.NewTimer(d)
	defer patience.Stop()
	select {
	case <-place.Value.(*waiter).granted:
		return true
	case <-patience.C:
		return l.leave(place)
	}
}

// Unlock undoes one Lock, TryLock or LockTimeout of o. The last one hands the
// lock to whoever has waited longest. If o does not hold the lock, Unlock
// returns ErrNotOwner and changes nothing.
func (l *RLock) Unlock(o *Owner) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == nil || l.owner != o {
		return ErrNotOwner
	}
	l.depth--
	if l.depth == 0 {
		l.handOver()
	}
	return nil
}

// Holder returns the owner that holds the lock, or nil when nobody does. The
// answer may be out of date by the time it is read. Any goroutine may ask.
func (l *RLock) Holder() *Owner {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner
}

// Depth returns how many times o holds the lock, which is how many Unlocks it
// still owes: zero when it is not the holder.
func (l *RLock) Depth(o *Owner) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == nil || l.owner != o {
		return 0
	}
	return l.depth
}

// takeOrQueue takes the lock for o and returns nil, or returns o's place in
// the queue. One critical section for both: between a failed attempt and
// queueing, the lock might become free and nobody would tell us.
func (l *RLock) takeOrQueue(o *Owner) *list.Element {
	mustBeSomebody(o)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.take(o) {
		return nil
	}
	return l.waiters.PushBack(&waiter{owner: o, granted: make(chan struct{})})
}

// take takes the lock if it is free or o's own. l.mu is held.
func (l *RLock) take(o *Owner) bool {
	if l.owner != nil && l.owner != o {
		return false
	}
	l.owner = o
	l.depth++
	return true
}

// handOver makes the first waiter the owner. The lock is never free in
// between, so nobody can snatch it. l.mu is held.
func (l *RLock) handOver() {
	first := l.waiters.Front()
	if first == nil {
		l.owner = nil
		return
	}
	next := l.waiters.Remove(first).(*waiter)
	l.owner, l.depth = next.owner, 1
	close(next.granted)
}

// leave gives a place in the queue up. It reports true if the lock had been
// handed over at the last moment: then it is held, and that is no time-out.
func (l *RLock) leave(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-place.Value.(*waiter).granted:
		return true
	default:
		l.waiters.Remove(place)
		return false
	}
}

func mustBeSomebody(o *Owner) {
	if o == nil {
		panic("rlock: nil owner")
	}
}

// Node is a node of a tree of numbers. All nodes of a tree share one lock,
// which guards every value and every child; each method takes it for the
// owner it is given. An owner that holds the lock already may call all of
// them, and what it does between Lock and Unlock is one step for everybody
// else.
type Node struct {
	lock  *RLock // the whole tree's
	value int
	kids  []*Node
}

// NewTree returns the root of a new tree, guarded by lock.
func NewTree(lock *RLock, value int) *Node {
	return &Node{lock: lock, value: value}
}

// Add appends a child with the given value to n and returns it.
func (n *Node) Add(o *Owner, value int) *Node {
	n.lock.Lock(o)
	defer n.lock.Unlock(o)
	kid := &Node{lock: n.lock, value: value}
	n.kids = append(n.kids, kid)
	return kid
}

// Value returns n's own value.
func (n *Node) Value(o *Owner) int {
	n.lock.Lock(o)
	defer n.lock.Unlock(o)
	return n.value
}

// Sum returns the sum of the values of n and of everything below it.
func (n *Node) Sum(o *Owner) int {
	n.lock.Lock(o)
	sum, kids := n.value, n.kids
	n.lock.Unlock(o)
	for _, kid := range kids {
		sum += kid.Sum(o)
	}
	return sum
}

// Walk calls visit for n, then walks n's children in the order in which they
// were added. The lock is held from the first visit to the last without a
// break, and visit may call any method of any node of the tree with o. When
// visit returns an error, Walk stops and returns it. However Walk ends, also
// when visit panics, it leaves the lock as it found it.
func (n *Node) Walk(o *Owner, visit func(*Node) error) error {
	n.lock.Lock(o)
	defer n.lock.Unlock(o)
	if err := visit(n); err != nil {
		return err
	}
	for _, kid := range n.kids {
		if err := kid.Walk(o, visit); err != nil {
			return err
		}
	}
	return nil
}
