// Package rlock is a re-entrant lock over a condition variable: everybody who
// waits looks, whenever something has changed, whether it is their turn.
package rlock

import (
	"errors"
	"slices"
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

// RLock is a re-entrant lock.
type RLock struct {
	mu      sync.Mutex
	changed *sync.Cond
	owner   *Owner
	depth   int
	line    []*ticket // those who wait, the first one in front
}

// ticket is a place in the line. Its size is not zero: places are told apart
// by their addresses.
type ticket struct{ expired bool }

// New returns a free lock.
func New() *RLock {
	l := &RLock{}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// Lock takes the lock for o.
func (l *RLock) Lock(o *Owner) {
	mustBeSomebody(o)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.take(o) {
		l.await(o, &ticket{})
	}
}

// TryLock is Lock without waiting.
func (l *RLock) TryLock(o *Owner) bool {
	mustBeSomebody(o)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(o)
}

// take takes the lock without waiting: a free one only if nobody is in line.
func (l *RLock) take(o *Owner) bool {
	if l.owner == o || l.owner == nil && len(l.line) == 0 {
		l.owner = o
		l.depth++
		return true
	}
	return false
}

// LockTimeout is Lock with a limit to waiting.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	mustBeSomebody(o)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.take(o) {
		return true
	}
	if d <= 0 {
		return false
	}
	t := &ticket{}
	l.line = append(l.line, t)
	for !t.expired && (l.owner != nil || l.line[0] != t) {
		l.waitAtMost(t, d)
	}
	return l.leave(o, t)
}

// waitAtMost waits for a change, or until t has expired.
func (l *RLock) waitAtMost(t *ticket, d time.Duration) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		patience := time.NewTimer(d)
		defer patience.Stop()
		select {
		case <-patience.C:
			l.mu.Lock()
			t.expired = true
			l.mu.Unlock()
			l.changed.Broadcast()
		case <-stop:
		}
	}()
	l.changed.Wait()
}

// await stands in line until the lock is free and t in front.
func (l *RLock) await(o *Owner, t *ticket) {
	l.line = append(l.line, t)
	for l.owner != nil || l.line[0] != t {
		l.changed.Wait()
	}
	l.leave(o, t)
}

// leave leaves the line, with the lock if it is t's turn.
func (l *RLock) leave(o *Owner, t *ticket) bool {
	got := l.owner == nil && l.line[0] == t
	l.line = slices.DeleteFunc(l.line, func(u *ticket) bool { return u == t })
	if got {
		l.owner, l.depth = o, 1
	} else {
		l.changed.Broadcast()
	}
	return got
}

// Unlock undoes one Lock.
func (l *RLock) Unlock(o *Owner) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == nil || l.owner != o {
		return ErrNotOwner
	}
	l.depth--
	if l.depth == 0 {
		l.owner = nil
		l.changed.Broadcast()
	}
	return nil
}

// Holder returns the owner that holds the lock, or nil.
func (l *RLock) Holder() *Owner {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner
}

// Depth returns how many times o holds the lock.
func (l *RLock) Depth(o *Owner) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o == nil || l.owner != o {
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
