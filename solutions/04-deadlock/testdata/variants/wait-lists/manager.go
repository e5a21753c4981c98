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

func (e *CycleError) Error() string {
	text := "cycle:"
	for _, w := range e.Cycle {
		text += fmt.Sprintf(" %s -[%s]->", w.Owner, w.Resource)
	}
	return text + " and round again"
}

// Manager has a node for each owner and each resource; the edges of the graph
// are pointers.
type Manager struct {
	mu        sync.Mutex
	owners    map[string]*owner
	resources map[string]*resource
}

type owner struct {
	name  string
	wants *resource
	turn  chan struct{}
}

type resource struct {
	name  string
	user  *owner
	queue []*owner
}

// NewManager returns a manager that holds no locks.
func NewManager() *Manager {
	return &Manager{owners: make(map[string]*owner), resources: make(map[string]*resource)}
}

func (m *Manager) nodes(o, r string) (*owner, *resource) {
	if m.owners[o] == nil {
		m.owners[o] = &owner{name: o}
	}
	if m.resources[r] == nil {
		m.resources[r] = &resource{name: r}
	}
	return m.owners[o], m.resources[r]
}

// Lock locks the resource for the owner.
func (m *Manager) Lock(ctx context.Context, ownerName, resourceName string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	o, r := m.nodes(ownerName, resourceName)
	if r.user == nil {
		r.user = o
		m.mu.Unlock()
		return nil
	}
	o.wants = r
	if path := walk(o, o, nil); path != nil {
		o.wants = nil
		m.mu.Unlock()
		return &CycleError{Cycle: path}
	}
	turn := make(chan struct{})
	o.turn = turn
	r.queue = append(r.queue, o)
	m.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.user == o { // it came at the last moment: pass it on
		r.next()
		return ctx.Err()
	}
	o.wants = nil
	for i, other := range r.queue {
		if other == o {
			r.queue = append(r.queue[:i:i], r.queue[i+1:]...)
			break
		}
	}
	return ctx.Err()
}

// walk follows the edges from an owner until it comes back to the start.
func walk(start, at *owner, path []Wait) []Wait {
	if at.wants == nil {
		return nil
	}
	user := at.wants.user
	path = append(path, Wait{Owner: at.name, Resource: at.wants.name, Holder: user.name})
	if user == start {
		return path
	}
	return walk(start, user, path)
}

func (r *resource) next() {
	r.user = nil
	if len(r.queue) > 0 {
		r.user, r.queue = r.queue[0], r.queue[1:]
		r.user.wants = nil
		close(r.user.turn)
	}
}

// Unlock unlocks the resource.
func (m *Manager) Unlock(ownerName, resourceName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, r := m.nodes(ownerName, resourceName)
	if r.user != o {
		return ErrNotHolder
	}
	r.next()
	return nil
}

// Holder returns who holds the resource.
func (m *Manager) Holder(name string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.resources[name]; r != nil && r.user != nil {
		return r.user.name, true
	}
	return "", false
}
