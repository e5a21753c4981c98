package deadlock

import (
	"context"
	"errors"
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
	return "" // TODO
}

// Manager locks resources for owners, both known by name, and knows who waits
// for whom. An owner is one line of work: it makes one call of Lock at a time.
// Make one with NewManager.
type Manager struct {
	// TODO: what must it know to tell who waits for whom?
}

// NewManager returns a manager that holds no locks.
func NewManager() *Manager {
	return &Manager{}
}

// Lock locks the resource for the owner, waiting while somebody else holds it.
// If that wait would close a cycle of owners that all wait for one another, Lock
// returns a *CycleError at once; an owner that holds the resource already is a
// cycle by itself. If ctx ends while Lock waits, or has ended before, Lock
// returns ctx.Err(). After an error everything is as if Lock had not been
// called: the owner keeps what it held, and waits for nothing.
func (m *Manager) Lock(ctx context.Context, owner, resource string) error {
	return nil // TODO
}

// Unlock unlocks the resource and lets one of those who wait for it go on. It
// returns ErrNotHolder, and changes nothing, if the owner does not hold it.
func (m *Manager) Unlock(owner, resource string) error {
	return nil // TODO
}

// Holder returns who holds the resource, and whether anybody does.
func (m *Manager) Holder(resource string) (owner string, held bool) {
	return "", false // TODO
}
