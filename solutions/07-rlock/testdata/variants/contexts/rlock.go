// Package rlock is a re-entrant lock whose waiting is bounded by a context,
// as in most of Go; a time-out is one kind of context.
package rlock

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	state chan state // holds the state while nobody works on it
}

// state is who holds the lock, and who waits for it.
type state struct {
	owner *Owner
	depth int
	line  []waiter
}

// waiter is somebody in the line. An element in ready hands over the lock.
type waiter struct {
	owner *Owner
	ready chan struct{} // of one element, so that handing over never waits
}

// New returns a free lock.
func New() *RLock {
	l := &RLock{state: make(chan state, 1)}
	l.state <- state{}
	return l
}

// Lock takes the lock for o.
func (l *RLock) Lock(o *Owner) {
	l.lock(context.Background(), o)
}

// TryLock is Lock without waiting.
func (l *RLock) TryLock(o *Owner) bool {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	return l.lock(ended, o)
}

// LockTimeout is Lock with a limit to waiting.
func (l *RLock) LockTimeout(o *Owner, d time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return l.lock(ctx, o)
}

// lock waits as long as ctx lasts.
func (l *RLock) lock(ctx context.Context, o *Owner) bool {
	mustBeSomebody(o)
	s := <-l.state
	if s.owner == nil || s.owner == o {
		s.owner = o
		s.depth++
		l.state <- s
		return true
	}
	if ctx.Err() != nil {
		l.state <- s
		return false
	}
	me := waiter{o, make(chan struct{}, 1)}
	s.line = append(s.line, me)
	l.state <- s

	select {
	case <-me.ready:
		return true
	case <-ctx.Done():
		l.giveUp(me)
		return false
	}
}

// giveUp leaves the line. A lock that came at the last moment goes on to the
// next one.
func (l *RLock) giveUp(me waiter) {
	s := <-l.state
	select {
	case <-me.ready:
		s.handOver()
	default:
		s.line = slices.DeleteFunc(s.line, func(w waiter) bool { return w == me })
	}
	l.state <- s
}

// handOver makes the first in the line the owner.
func (s *state) handOver() {
	s.owner, s.depth = nil, 0
	if len(s.line) > 0 {
		s.owner, s.depth = s.line[0].owner, 1
		s.line[0].ready <- struct{}{}
		s.line = s.line[1:]
	}
}

// Unlock undoes one Lock.
func (l *RLock) Unlock(o *Owner) error {
	s := <-l.state
	defer func() { l.state <- s }()
	if o == nil || s.owner != o {
		return fmt.Errorf("%w (held by %v)", ErrNotOwner, s.owner)
	}
	s.depth--
	if s.depth == 0 {
		s.handOver()
	}
	return nil
}

// Holder returns the owner that holds the lock, or nil.
func (l *RLock) Holder() *Owner {
	s := <-l.state
	l.state <- s
	return s.owner
}

// Depth returns how many times o holds the lock.
func (l *RLock) Depth(o *Owner) int {
	s := <-l.state
	l.state <- s
	if o == nil || s.owner != o {
		return 0
	}
	return s.depth
}

func mustBeSomebody(o *Owner) {
	if o == nil {
		panic("rlock: nil owner")
	}
}

// Node is a node of a tree of numbers.
type Node struct {
	tree  *tree
	value int
	kids  []*Node
}

// tree is what all nodes of a tree share.
type tree struct{ lock *RLock }

// enter takes the tree's lock and returns what undoes it.
func (t *tree) enter(o *Owner) (leave func()) {
	t.lock.Lock(o)
	return func() { t.lock.Unlock(o) }
}

// NewTree returns the root of a new tree, guarded by lock.
func NewTree(lock *RLock, value int) *Node {
	return &Node{tree: &tree{lock}, value: value}
}

// Add appends a child with the given value to n and returns it.
func (n *Node) Add(o *Owner, value int) *Node {
	defer n.tree.enter(o)()
	n.kids = append(n.kids, &Node{tree: n.tree, value: value})
	return n.kids[len(n.kids)-1]
}

// Value returns n's own value.
func (n *Node) Value(o *Owner) int {
	defer n.tree.enter(o)()
	return n.value
}

// Sum returns the sum of the values of n and of everything below it.
func (n *Node) Sum(o *Owner) int {
	sum := 0
	n.Walk(o, func(below *Node) error {
		sum += below.value
		return nil
	})
	return sum
}

// Walk visits n and everything below it. One Lock is enough: the nodes still
// to be visited are on a stack.
func (n *Node) Walk(o *Owner, visit func(*Node) error) error {
	defer n.tree.enter(o)()
	todo := []*Node{n}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if err := visit(next); err != nil {
			return fmt.Errorf("walk: %w", err)
		}
		for _, kid := range slices.Backward(next.kids) {
			todo = append(todo, kid)
		}
	}
	return nil
}
