package deadlock

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrNotHolder is returned by Manager.Unlock.
var ErrNotHolder = errors.New("deadlock: unlock by an owner that does not hold the resource")

// Wait says that an owner waits for a resource which the holder has.
type Wait struct{ Owner, Resource, Holder string }

// CycleError says that a lock was refused.
type CycleError struct{ Cycle []Wait }

func (e *CycleError) Error() string { return fmt.Sprintf("deadlock: %+v", e.Cycle) }

// Manager is a monitor: one lock, one condition.
type Manager struct {
	mu      sync.Mutex
	changed sync.Cond
	holders map[string]string
	waiting map[string]string
}

// NewManager returns a manager that holds no locks.
func NewManager() *Manager {
	m := &Manager{holders: map[string]string{}, waiting: map[string]string{}}
	m.changed.L = &m.mu
	return m
}

// Lock locks the resource for the owner. The end of the context is one more
// change of the condition.
func (m *Manager) Lock(ctx context.Context, owner, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.changed.Broadcast()
	})
	defer stop()
	defer delete(m.waiting, owner)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, held := m.holders[resource]; !held {
			m.holders[resource] = owner
			return nil
		}
		m.waiting[owner] = resource
		if cycle, closed := m.follow(owner, owner); closed {
			return &CycleError{cycle}
		}
		m.changed.Wait()
	}
}

// follow lists the waits from at to the owner, and says whether it got there.
func (m *Manager) follow(at, owner string) ([]Wait, bool) {
	resource, waits := m.waiting[at]
	holder, held := m.holders[resource]
	if !waits || !held {
		return nil, false
	}
	own := Wait{at, resource, holder}
	if holder == owner {
		return []Wait{own}, true
	}
	rest, closed := m.follow(holder, owner)
	return append([]Wait{own}, rest...), closed
}

// Unlock unlocks the resource.
func (m *Manager) Unlock(owner, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if holder, held := m.holders[resource]; !held || holder != owner {
		return ErrNotHolder
	}
	delete(m.holders, resource)
	m.changed.Broadcast()
	return nil
}

// Holder returns who holds the resource.
func (m *Manager) Holder(resource string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	holder, held := m.holders[resource]
	return holder, held
}
