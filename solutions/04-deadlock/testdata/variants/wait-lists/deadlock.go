// Package deadlock with wait lists: whoever unlocks hands the lock to the first
// waiter. LockAll holds nothing while it waits, accounts are ordered by number,
// and a footman keeps one philosopher from the table.
package deadlock

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that Transfer returns.
var (
	ErrAmount = errors.New("deadlock: transfer of a negative amount")
	ErrFunds  = errors.New("deadlock: not enough money in the account")
)

// Mutex is a lock that can stop waiting.
type Mutex struct {
	mu      sync.Mutex
	locked  bool
	waiters list.List // of chan struct{}, closed when the lock is handed over
}

// NewMutex returns an unlocked mutex.
func NewMutex() *Mutex { return new(Mutex) }

// Lock locks m.
func (m *Mutex) Lock() { m.acquire(nil) }

// TryLock locks m if it is free.
func (m *Mutex) TryLock() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return false
	}
	m.locked = true
	return true
}

// LockFor locks m, waiting d at most.
func (m *Mutex) LockFor(d time.Duration) bool {
	if m.TryLock() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return m.LockContext(ctx) == nil
}

// LockContext locks m, or gives up when ctx ends.
func (m *Mutex) LockContext(ctx context.Context) error {
	if ctx.Err() != nil || !m.acquire(ctx.Done()) {
		return ctx.Err()
	}
	return nil
}

// acquire locks m unless enough is closed first. A lock that comes at the same
// moment goes to the next in the list.
func (m *Mutex) acquire(enough <-chan struct{}) bool {
	m.mu.Lock()
	if !m.locked {
		m.locked = true
		m.mu.Unlock()
		return true
	}
	mine := make(chan struct{})
	place := m.waiters.PushBack(mine)
	m.mu.Unlock()
	select {
	case <-mine:
		return true
	case <-enough:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-mine:
		m.handOver()
	default:
		m.waiters.Remove(place)
	}
	return false
}

// Unlock unlocks m.
func (m *Mutex) Unlock() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.locked {
		panic("deadlock: unlock of an unlocked mutex")
	}
	m.handOver()
}

func (m *Mutex) handOver() {
	if first := m.waiters.Front(); first != nil {
		close(m.waiters.Remove(first).(chan struct{}))
		return
	}
	m.locked = false
}

// LockAll waits for one mutex at a time and holds none while it does: if one of
// the others is busy it lets go of all and waits for that one.
func LockAll(ctx context.Context, mutexes ...*Mutex) (func(), error) {
	var all []*Mutex
	for _, m := range mutexes {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	for first := 0; len(all) > 0; {
		if err := all[first].LockContext(ctx); err != nil {
			return nil, err
		}
		busy := tryOthers(all, first)
		if busy < 0 {
			break
		}
		first = busy
	}
	return func() {
		for _, m := range all {
			m.Unlock()
		}
	}, nil
}

// tryOthers locks all but the first, or unlocks everything and says which is busy.
func tryOthers(all []*Mutex, first int) int {
	for i, m := range all {
		if i == first || m.TryLock() {
			continue
		}
		for j, locked := range all {
			if j < i || j == first {
				locked.Unlock()
			}
		}
		return i
	}
	return -1
}

// Account holds money.
type Account struct {
	mu      sync.Mutex
	number  int64
	balance int
}

var opened atomic.Int64

// NewAccount returns an account with that much money in it.
func NewAccount(balance int) *Account {
	return &Account{number: opened.Add(1), balance: balance}
}

// Balance returns how much money is in the account.
func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

// Transfer moves amount from one account to another.
func Transfer(from, to *Account, amount int) (err error) {
	if amount < 0 {
		return ErrAmount
	}
	with([]*Account{from, to}, func() {
		if from.balance < amount {
			err = ErrFunds
			return
		}
		from.balance -= amount
		to.balance += amount
	})
	return err
}

// Audit calls look with the balances of the accounts.
func Audit(look func(balances []int), accounts ...*Account) {
	with(accounts, func() {
		var balances []int
		for _, a := range accounts {
			balances = append(balances, a.balance)
		}
		look(balances)
	})
}

// with locks the account with the highest number and then the rest.
func with(accounts []*Account, f func()) {
	if len(accounts) == 0 {
		f()
		return
	}
	last := slices.MaxFunc(accounts, func(a, b *Account) int { return cmp.Compare(a.number, b.number) })
	last.mu.Lock()
	defer last.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(accounts), func(a *Account) bool { return a == last })
	with(rest, f)
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

// Dine lets n-1 philosophers at a time near the forks: one of them has both
// neighbours' forks to itself, so that somebody can always eat.
func Dine(n, meals int, watch func(Event)) {
	if n < 2 || meals < 0 {
		panic("deadlock: too few philosophers or meals")
	}
	footman := make(chan struct{}, n-1)
	forks := make([]sync.Mutex, n)
	var table sync.WaitGroup
	for p := range n {
		table.Add(1)
		go func() {
			defer table.Done()
			left, right := p, (p+1)%n
			for range meals {
				watch(Event{p, Think, -1})
				footman <- struct{}{}
				forks[left].Lock()
				watch(Event{p, Take, left})
				forks[right].Lock()
				watch(Event{p, Take, right})
				watch(Event{p, Eat, -1})
				watch(Event{p, Put, left})
				forks[left].Unlock()
				watch(Event{p, Put, right})
				forks[right].Unlock()
				<-footman
			}
		}()
	}
	table.Wait()
}
