// Package deadlock with conditions that are announced to everybody who waits: a
// mutex that closes a channel at every Unlock, LockAll that takes everything in
// one step or nothing, and a table that is one monitor.
package deadlock

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Errors that Transfer returns.
var (
	ErrAmount = errors.New("deadlock: transfer of a negative amount")
	ErrFunds  = errors.New("deadlock: not enough money in the account")
)

// Mutex is a lock that can stop waiting.
type Mutex struct {
	mu     sync.Mutex
	locked bool
	freed  chan struct{} // closed and replaced by Unlock
}

// NewMutex returns an unlocked mutex.
func NewMutex() *Mutex { return &Mutex{freed: make(chan struct{})} }

// try locks m, or returns a channel that is closed by the next Unlock.
func (m *Mutex) try() (freed <-chan struct{}, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return m.freed, false
	}
	m.locked = true
	return nil, true
}

// Lock locks m.
func (m *Mutex) Lock() { m.lock(nil) }

func (m *Mutex) lock(enough <-chan struct{}) bool {
	for {
		freed, ok := m.try()
		if ok {
			return true
		}
		select {
		case <-freed:
		case <-enough:
			return false
		}
	}
}

// TryLock locks m if it is free.
func (m *Mutex) TryLock() bool {
	_, ok := m.try()
	return ok
}

// LockFor locks m, waiting d at most.
func (m *Mutex) LockFor(d time.Duration) bool {
	timeout := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(timeout) })
	defer timer.Stop()
	return m.TryLock() || d > 0 && m.lock(timeout)
}

// LockContext locks m, or gives up when ctx ends.
func (m *Mutex) LockContext(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !m.lock(ctx.Done()) {
		return ctx.Err()
	}
	return nil
}

// Unlock unlocks m.
func (m *Mutex) Unlock() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.locked {
		panic("deadlock: unlock of an unlocked mutex")
	}
	m.locked = false
	close(m.freed)
	m.freed = make(chan struct{})
}

// conductor is held by whoever takes several locks, never while waiting.
var conductor sync.Mutex

// LockAll takes all mutexes in one step, as soon as all are free.
func LockAll(ctx context.Context, mutexes ...*Mutex) (func(), error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		taken, freed := takeAll(mutexes)
		if freed == nil {
			return func() { unlockAll(taken) }, nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
		}
	}
}

func takeAll(mutexes []*Mutex) (taken map[*Mutex]bool, freed <-chan struct{}) {
	conductor.Lock()
	defer conductor.Unlock()
	taken = map[*Mutex]bool{}
	for _, m := range mutexes {
		if taken[m] {
			continue
		}
		if freed, ok := m.try(); !ok {
			unlockAll(taken)
			return nil, freed
		}
		taken[m] = true
	}
	return taken, nil
}

func unlockAll(taken map[*Mutex]bool) {
	for m := range taken {
		m.Unlock()
	}
}

// Account holds money.
type Account struct {
	*Mutex
	balance int
}

// NewAccount returns an account with that much money in it.
func NewAccount(balance int) *Account { return &Account{NewMutex(), balance} }

// Balance returns how much money is in the account.
func (a *Account) Balance() (balance int) {
	Audit(func(balances []int) { balance = balances[0] }, a)
	return balance
}

// Transfer moves amount from one account to another.
func Transfer(from, to *Account, amount int) error {
	unlock, err := LockAll(context.TODO(), from.Mutex, to.Mutex)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case amount < 0:
		return ErrAmount
	case amount > from.balance:
		return ErrFunds
	}
	to.balance += amount
	from.balance -= amount
	return nil
}

// Audit calls look with the balances of the accounts.
func Audit(look func(balances []int), accounts ...*Account) {
	var mutexes []*Mutex
	for _, a := range accounts {
		mutexes = append(mutexes, a.Mutex)
	}
	unlock, err := LockAll(context.TODO(), mutexes...)
	if err != nil {
		return
	}
	defer unlock()
	var balances []int
	for _, a := range accounts {
		balances = append(balances, a.balance)
	}
	look(balances)
}

// Action is what a philosopher does.
type Action string

// What a philosopher does for one meal.
const (
	Think Action = "thinks"
	Take  Action = "takes"
	Eat   Action = "eats"
	Put   Action = "puts back"
)

// Event is something that a philosopher does.
type Event struct {
	Philosopher int
	Action      Action
	Fork        int
}

// monitor knows which philosophers have forks; both are taken in one step.
type monitor struct {
	sync.Mutex
	changed *sync.Cond
	eating  []bool
}

func (m *monitor) takeBoth(p int) {
	m.Lock()
	defer m.Unlock()
	n := len(m.eating)
	for m.eating[(p+1)%n] || m.eating[(p+n-1)%n] {
		m.changed.Wait()
	}
	m.eating[p] = true
}

func (m *monitor) putBoth(p int) {
	m.Lock()
	defer m.Unlock()
	m.eating[p] = false
	m.changed.Broadcast()
}

// Dine takes both forks at once, so that nobody waits with a fork in hand.
func Dine(n, meals int, watch func(Event)) {
	if n < 2 || meals < 0 {
		panic("deadlock: too few philosophers or meals")
	}
	m := &monitor{eating: make([]bool, n)}
	m.changed = sync.NewCond(m)
	var table sync.WaitGroup
	for p := range n {
		table.Go(func() {
			for range meals {
				watch(Event{Philosopher: p, Action: Think})
				m.takeBoth(p)
				for _, e := range []Event{{p, Take, (p + 1) % n}, {p, Take, p}, {p, Eat, 0}, {p, Put, p}, {p, Put, (p + 1) % n}} {
					watch(e)
				}
				m.putBoth(p)
			}
		})
	}
	table.Wait()
}
