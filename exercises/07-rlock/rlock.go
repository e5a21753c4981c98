// Package rlock is a lock that one owner may take several times. Go gives a
// goroutine no identity, so the caller says who it is: every call names its
// [Owner].
package rlock

import (
	"errors"
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
	// TODO: what makes an owner?
}

// NewOwner returns a new owner, different from every other one. The name is
// for people.
func NewOwner(name string) *Owner {
	return &Owner{}
}

// Name returns the name that was given to NewOwner.
func (o *Owner) Name() string {
	return "" // TODO
}

// RLock is a mutual exclusion lock that its owner may take again, as often as
// it likes: it counts, and is free for others when every Lock has had its
// Unlock. Those who wait get it in the order in which they came. Make one with
// New. It needs no closing and keeps no goroutine of its own.
type RLock struct {
	// TODO: what must a re-entrant lock remember?
}

// New returns a free lock.
func New() *RLock {
	return &RLock{}
}

// Lock takes the lock for o. If o holds it already, Lock counts one more and
// returns at once, even if others wait. Otherwise it waits, behind those that
// came before, until the lock is handed to o. It panics if o is nil.
func (l *RLock) Lock(o *Owner) {
	// TODO
}

// TryLock is Lock without waiting: it takes the lock for o, once more if o
// holds it already, and reports whether it did. A lock that others wait for is
// not free: TryLock overtakes nobody. It panics if o is nil.
func (l *RLock) TryLock(o *Owner) bool {
	return false // TODO
}

// LockTimeout is Lock with a limit to waiting: it reports whether it took the
// lock for o. If it did not within d, counted from the call, it returns false
// and o no longer waits. A d of zero or less makes it TryLock. It panics if o
// is nil.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	return false // TODO
}

// Unlock undoes one Lock, TryLock or LockTimeout of o. The last one hands the
// lock to whoever has waited longest. If o does not hold the lock, Unlock
// returns ErrNotOwner and changes nothing.
func (l *RLock) Unlock(o *Owner) error {
	return nil // TODO
}

// Holder returns the owner that holds the lock, or nil when nobody does. The
// answer may be out of date by the time it is read. Any goroutine may ask.
func (l *RLock) Holder() *Owner {
	return nil // TODO
}

// Depth returns how many times o holds the lock, which is how many Unlocks it
// still owes: zero when it is not the holder.
func (l *RLock) Depth(o *Owner) int {
	return 0 // TODO
}

// Node is a node of a tree of numbers. All nodes of a tree share one lock,
// which guards every value and every child; each method takes it for the
// owner it is given. An owner that holds the lock already may call all of
// them, and what it does between Lock and Unlock is one step for everybody
// else.
type Node struct {
	// TODO: what does a node know?
}

// NewTree returns the root of a new tree, guarded by lock.
func NewTree(lock *RLock, value int) *Node {
	return &Node{}
}

// Add appends a child with the given value to n and returns it.
func (n *Node) Add(o *Owner, value int) *Node {
	return &Node{} // TODO
}

// Value returns n's own value.
func (n *Node) Value(o *Owner) int {
	return 0 // TODO
}

// Sum returns the sum of the values of n and of everything below it.
func (n *Node) Sum(o *Owner) int {
	return 0 // TODO
}

// Walk calls visit for n, then walks n's children in the order in which they
// were added. The lock is held from the first visit to the last without a
// break, and visit may call any method of any node of the tree with o. When
// visit returns an error, Walk stops and returns it. However Walk ends, also
// when visit panics, it leaves the lock as it found it.
func (n *Node) Walk(o *Owner, visit func(*Node) error) error {
	return nil // TODO
}
