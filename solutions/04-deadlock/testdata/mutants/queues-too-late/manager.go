package deadlock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// ErrNotHolder is returned by Manager.Unlock.
var ErrNotHolder = errors.New("deadlock: unlock by an owner that does not hold the resource")

// Wait says that an owner waits for a resource which the holder has.
type Wait struct{ Owner, Resource, Holder string }

// CycleError says that a lock was refused because waiting for it would have
// been a deadlock.
type CycleError struct {
	// Cycle begins with the wait that was refused. Each further one is what
	// the holder before it waits for, and the last holder is the first owner.
	Cycle []Wait
}

// Error tells who would wait for what; every owner and resource is named.
func (e *CycleError) Error() string {
	waits := make([]string, len(e.Cycle))
	for i, w := range e.Cycle {
		waits[i] = fmt.Sprintf("%s waits for %s held by %s", w.Owner, w.Resource, w.Holder)
	}
	return "deadlock: " + strings.Join(waits, ", ")
}

// Manager locks resources for owners, both known by name, and knows who waits
// for whom. An owner is one line of work: it makes one call of Lock at a time.
// Make one with NewManager.
type Manager struct {
	mu     sync.Mutex
	holder map[string]string    // who holds a resource
	waits  map[string]string    // the resource that an owner waits for
	queues map[string][]*waiter // who waits for a resource, first come first
}

type waiter struct {
	owner   string
	granted chan struct{} // closed once the resource is the owner's
}

// NewManager returns a manager that holds no locks.
func NewManager() *Manager {
	return &Manager{holder: map[string]string{}, waits: map[string]string{}, queues: map[string][]*waiter{}}
}

// Lock locks the resource for the owner, waiting while somebody else holds it.
// If that wait would close a cycle of owners that all wait for one another, Lock
// returns a *CycleError at once; an owner that holds the resource already is a
// cycle by itself. If ctx ends while Lock waits, or has ended before, Lock
// returns ctx.Err(). After an error everything is as if Lock had not been
// called: the owner keeps what it held, and waits for nothing.
func (m *Manager) Lock(ctx context.Context, owner, resource string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := m.request(owner, resource)
	if w == nil {
		return err
	}
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		return m.abandon(w, resource, ctx.Err())
	}
}

// request locks the resource, refuses it, or returns a place in the queue.
func (m *Manager) request(owner, resource string) (*waiter, error) {
	m.mu.Lock()
	if _, held := m.holder[resource]; !held {
		m.holder[resource] = owner
		m.mu.Unlock()
		return nil, nil
	}
	cycle := m.cycle(owner, resource)
	m.mu.Unlock()
	if cycle != nil {
		return nil, &CycleError{cycle}
	}
	w := &waiter{owner, make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits[owner] = resource
	m.queues[resource] = append(m.queues[resource], w)
	return w, nil
}

// cycle returns the waits that lead from the owner back to itself if it waits
// for the resource, or nil. It follows holders, of whom each waits for at most
// one resource, and comes to an end because no cycle was let in before.
func (m *Manager) cycle(owner, resource string) (path []Wait) {
	for at, waiting := owner, true; waiting; {
		holder := m.holder[resource]
		path = append(path, Wait{at, resource, holder})
		if holder == owner {
			return path
		}
		at = holder
		resource, waiting = m.waits[holder]
	}
	return nil
}

// abandon leaves the queue, unless the resource came at the same moment.
func (m *Manager) abandon(w *waiter, resource string, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-w.granted:
		return nil // too late to give up: it is ours
	default:
	}
	delete(m.waits, w.owner)
	m.queues[resource] = slices.DeleteFunc(m.queues[resource], func(q *waiter) bool { return q == w })
	return err
}

// Unlock unlocks the resource and lets one of those who wait for it go on. It
// returns ErrNotHolder, and changes nothing, if the owner does not hold it.
func (m *Manager) Unlock(owner, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if holder, held := m.holder[resource]; !held || holder != owner {
		return ErrNotHolder
	}
	queue := m.queues[resource]
	if len(queue) == 0 {
		delete(m.holder, resource)
		delete(m.queues, resource)
		return nil
	}
	next := queue[0]
	m.queues[resource] = queue[1:]
	m.holder[resource] = next.owner
	delete(m.waits, next.owner)
	close(next.granted)
	return nil
}

// Holder returns who holds the resource, and whether anybody does.
func (m *Manager) Holder(resource string) (owner string, held bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	owner, held = m.holder[resource]
	return owner, held
}
