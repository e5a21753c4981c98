package deadlock

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// ErrNotHolder is returned by Manager.Unlock.
var ErrNotHolder = errors.New("deadlock: unlock by an owner that does not hold the resource")

// Wait says that an owner waits for a resource which the holder has.
type Wait struct{ Owner, Resource, Holder string }

// CycleError says that a lock was refused.
type CycleError struct{ Cycle []Wait }

func (e *CycleError) Error() string {
	var b strings.Builder
	for i, w := range e.Cycle {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(w.Holder + " has " + w.Resource + ", wanted by " + w.Owner)
	}
	return b.String()
}

// Manager wakes everybody at every change; each looks again whether its turn
// has come, or a cycle.
type Manager struct {
	mu      sync.RWMutex
	holders map[string]string
	wants   map[string]string
	changed chan struct{}
}

// NewManager returns a manager that holds no locks.
func NewManager() *Manager {
	return &Manager{holders: map[string]string{}, wants: map[string]string{}, changed: make(chan struct{})}
}

// Lock locks the resource for the owner.
func (m *Manager) Lock(ctx context.Context, owner, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer delete(m.wants, owner)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, held := m.holders[resource]; !held {
			m.holders[resource] = owner
			return nil
		}
		m.wants[owner] = resource
		if cycle := m.from(owner); cycle != nil {
			return &CycleError{cycle}
		}
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		m.mu.Lock()
	}
}

// from returns the cycle that the owner is in, or nil.
func (m *Manager) from(owner string) []Wait {
	var path []Wait
	seen := map[string]bool{}
	for at := owner; !seen[at]; {
		seen[at] = true
		resource, waits := m.wants[at]
		holder, held := m.holders[resource]
		if !waits || !held {
			return nil
		}
		path = append(path, Wait{at, resource, holder})
		at = holder
		if at == owner {
			return path
		}
	}
	return nil
}

// Unlock unlocks the resource.
func (m *Manager) Unlock(owner, resource string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if holder, held := m.holders[resource]; !held || holder != owner {
		return ErrNotHolder
	}
	delete(m.holders, resource)
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

// Holder returns who holds the resource.
func (m *Manager) Holder(resource string) (string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	holder, held := m.holders[resource]
	return holder, held
}
