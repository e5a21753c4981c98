// Package rlock is a lock that one owner may take several times. Go gives a
// goroutine no identity, so the caller says who it is: every call names its
// [Owner].
package rlock

import (
	"errors"
	"sync"
	"sync/atomic"
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

// RLock is a mutex with an owner and a count.
type RLock struct {
	mu    sync.Mutex // locked as long as somebody holds the RLock
	owner atomic.Pointer[Owner]
	depth int // the holder's own business
}

// New returns a free lock.
func New() *RLock {
	return &RLock{}
}

func (l *RLock) holds(o *Owner) bool {
	return o != nil && l.owner.Load() == o
}

// Lock takes the lock for o.
func (l *RLock) Lock(o *Owner) {
	mustBeSomebody(o)
	if !l.holds(o) {
		l.mu.Lock()
		l.owner.Store(o)
	}
	l.depth++
}

// TryLock is Lock without waiting.
func (l *RLock) TryLock(o *Owner) bool {
	mustBeSomebody(o)
	if !l.holds(o) {
		if !l.mu.TryLock() {
			return false
		}
		l.owner.Store(o)
	}
	l.depth++
	return true
}

// LockTimeout is Lock with a limit to waiting. A sync.Mutex cannot give up
// waiting, so this one asks until the time is up.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for !l.TryLock(o) {
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		time.Sleep(min(left, time.Millisecond))
	}
	return true
}

// Unlock undoes one Lock.
func (l *RLock) Unlock(o *Owner) error {
	if !l.holds(o) {
		return ErrNotOwner
	}
	l.depth--
	if l.depth == 0 {
		l.owner.Store(nil)
		l.mu.Unlock()
	}
	return nil
}

// Holder returns the owner that holds the lock, or nil.
func (l *RLock) Holder() *Owner {
	return l.owner.Load()
}

// Depth returns how many times o holds the lock.
func (l *RLock) Depth(o *Owner) int {
	if !l.holds(o) {
		return 0
	}
	return l.depth
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
	defer n.lock.Unlock(o)
	sum := n.value
	for _, kid := range n.kids {
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
