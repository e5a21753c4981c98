// Package rlock is a re-entrant lock in which everybody who waits blocks on a
// mutex of their own, locked until the lock is handed over: the line consists
// of batons. Who waits with a time-out gets a channel instead.
package rlock

import (
	"errors"
	"slices"
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

// RLock is a re-entrant lock.
type RLock struct {
	owner atomic.Pointer[Owner] // changed with mu held
	depth atomic.Int64          // changed by the holder, or in handing over

	mu   sync.Mutex
	line []*baton
}

// baton is a place in the line. pass hands the lock over.
type baton struct {
	owner *Owner
	pass  func()
}

// New returns a free lock.
func New() *RLock {
	return new(RLock)
}

// again takes the lock once more if o holds it. Nobody but o can change that.
func (l *RLock) again(o *Owner) bool {
	mustBeSomebody(o)
	if l.owner.Load() != o {
		return false
	}
	l.depth.Add(1)
	return true
}

// first takes a free lock.
func (l *RLock) first(o *Owner) bool {
	if l.owner.Load() != nil {
		return false
	}
	l.give(o)
	return true
}

// give makes o the owner. The depth comes first: who sees the owner sees it.
func (l *RLock) give(o *Owner) {
	l.depth.Store(1)
	l.owner.Store(o)
}

// Lock takes the lock for o.
func (l *RLock) Lock(o *Owner) {
	if l.again(o) {
		return
	}
	l.mu.Lock()
	if l.first(o) {
		l.mu.Unlock()
		return
	}
	var turn sync.Mutex
	turn.Lock()
	l.line = append(l.line, &baton{o, turn.Unlock})
	l.mu.Unlock()
	turn.Lock() // until somebody calls pass
}

// TryLock is Lock without waiting.
func (l *RLock) TryLock(o *Owner) bool {
	if l.again(o) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first(o)
}

// LockTimeout is Lock with a limit to waiting.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	deadline := time.Now().Add(d)
	if l.again(o) {
		return true
	}
	l.mu.Lock()
	if l.first(o) {
		l.mu.Unlock()
		return true
	}
	if d <= 0 {
		l.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	place := &baton{o, func() { close(turn) }}
	l.line = append(l.line, place)
	l.mu.Unlock()

	select {
	case <-turn:
		return true
	case <-time.After(time.Until(deadline)):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.line, place); i >= 0 {
		l.line = slices.Delete(l.line, i, i+1)
		return false
	}
	return true
}

// Unlock undoes one Lock.
func (l *RLock) Unlock(o *Owner) error {
	if o == nil || l.owner.Load() != o {
		return ErrNotOwner
	}
	if l.depth.Add(-1) > 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) == 0 {
		l.owner.Store(nil)
		return nil
	}
	next := l.line[0]
	l.line = l.line[1:]
	l.give(next.owner)
	next.pass()
	return nil
}

// Holder returns the owner that holds the lock, or nil.
func (l *RLock) Holder() *Owner {
	return l.owner.Load()
}

// Depth returns how many times o holds the lock.
func (l *RLock) Depth(o *Owner) int {
	if o == nil || l.owner.Load() != o {
		return 0
	}
	return int(l.depth.Load())
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
