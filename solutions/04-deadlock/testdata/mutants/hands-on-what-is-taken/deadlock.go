// Package deadlock deals with locks that wait for one another: a mutex that can
// stop waiting, ways of taking several locks that never end in a deadlock, and
// a lock manager that reports a deadlock instead of being caught in it.
//
// Nothing here polls: whoever waits goes on at the moment in which that becomes
// possible, and uses no processor time until then.
package deadlock

import (
	"cmp"
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

// Mutex is a lock that can stop waiting. Like sync.Mutex it has no owner: any
// goroutine may unlock it. Make one with NewMutex.
type Mutex struct {
	id    uint64        // its place in the order in which LockAll locks
	token chan struct{} // full while the mutex is locked
}

var lastID atomic.Uint64

// NewMutex returns an unlocked mutex.
func NewMutex() *Mutex {
	return &Mutex{id: lastID.Add(1), token: make(chan struct{}, 1)}
}

// Lock locks m and waits for that as long as it takes.
func (m *Mutex) Lock() {
	m.token <- struct{}{}
}

// TryLock locks m if it is free and reports whether it did. It never waits.
func (m *Mutex) TryLock() bool {
	select {
	case m.token <- struct{}{}:
		return true
	default:
		return false
	}
}

// LockFor locks m, waiting d at most, and reports whether it did. A free mutex
// is locked whatever d is; with d zero or negative there is no waiting. When
// LockFor returns false it leaves nothing behind: m is not locked by it, not
// even later, and no goroutine of it still waits.
func (m *Mutex) LockFor(d time.Duration) bool {
	if m.TryLock() {
		return true
	}
	if d <= 0 {
		return false
	}
	select {
	case m.token <- struct{}{}:
		return true
	case <-time.After(d):
		return false
	}
}

// LockContext locks m, or returns ctx.Err() when ctx ends first. If ctx has
// ended before the call, m is not locked even if it is free. After an error
// nothing is left behind, as with LockFor.
func (m *Mutex) LockContext(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case m.token <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unlock unlocks m. It panics if m is not locked.
func (m *Mutex) Unlock() {
	select {
	case <-m.token:
	default:
		panic("deadlock: unlock of an unlocked mutex")
	}
}

// LockAll locks all the mutexes and returns a function, to be called once, that
// unlocks them. The order of the arguments does not matter: calls that want the
// same mutexes in different orders never wait for one another for ever. A mutex
// that is given twice is locked once, and the caller's slice stays as it is.
// When ctx ends first, LockAll returns nil and ctx.Err(), and holds none of the
// mutexes.
func LockAll(ctx context.Context, mutexes ...*Mutex) (unlock func(), err error) {
	ordered := slices.Clone(mutexes)
	slices.SortFunc(ordered, func(a, b *Mutex) int { return cmp.Compare(a.id, b.id) })
	ordered = slices.Compact(ordered)
	for i, m := range ordered {
		if err := m.LockContext(ctx); err != nil {
			unlockAll(ordered[:i])
			return nil, err
		}
	}
	return func() { unlockAll(ordered) }, nil
}

func unlockAll(mutexes []*Mutex) {
	for _, m := range mutexes {
		m.Unlock()
	}
}

// Account holds money. Make one with NewAccount.
type Account struct {
	mu      *Mutex
	balance int
}

// NewAccount returns an account with that much money in it.
func NewAccount(balance int) *Account { return &Account{mu: NewMutex(), balance: balance} }

// Balance returns how much money is in the account.
func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

// Transfer moves amount from one account to another, in one step: nobody sees
// the money in neither account or in both. It returns ErrAmount if amount is
// negative and ErrFunds if from holds less than amount, and then moves nothing.
// A transfer from an account to itself needs the money like any other, and
// changes nothing. Transfers between the same accounts in opposite directions
// do not deadlock; those between other accounts are not held up.
func Transfer(from, to *Account, amount int) error {
	if amount < 0 {
		return ErrAmount
	}
	defer lockAccounts(from, to)()
	if from.balance < amount {
		return ErrFunds
	}
	from.balance -= amount
	to.balance += amount
	return nil
}

// Audit calls look with the balances of the accounts at one moment, in the
// order of the arguments, in which an account may occur twice. Until look
// returns or panics no transfer touches these accounts; transfers between other
// accounts go on. look must not use accounts itself.
func Audit(look func(balances []int), accounts ...*Account) {
	defer lockAccounts(accounts...)()
	balances := make([]int, len(accounts))
	for i, a := range accounts {
		balances[i] = a.balance
	}
	look(balances)
}

func lockAccounts(accounts ...*Account) (unlock func()) {
	mutexes := make([]*Mutex, len(accounts))
	for i, a := range accounts {
		mutexes[i] = a.mu
	}
	unlock, _ = LockAll(context.Background(), mutexes...) // this context never ends
	return unlock
}

// Action is what a philosopher does.
type Action string

// What a philosopher does for one meal, in this order.
const (
	Think Action = "thinks"    // with empty hands, before each meal
	Take  Action = "takes"     // a fork has just been taken
	Eat   Action = "eats"      // with both forks in hand
	Put   Action = "puts back" // a fork is about to be put back
)

// Event is something that a philosopher does, with the fork that it concerns
// if it is Take or Put.
type Event struct {
	Philosopher int
	Action      Action
	Fork        int
}

// Dine has n philosophers eat that many meals each, around a table with n
// forks, and returns when all are done. Philosopher p eats with the forks p and
// (p+1)%n. It panics if n is less than two or meals is negative.
//
// Each philosopher is a goroutine that thinks, takes its forks, eats, and puts
// the forks back, and calls watch for every one of these. It calls watch(Take)
// after it took the fork and watch(Put) before it gives the fork back, so that
// in the order of the calls no fork is ever in two hands. Calls of watch by
// different philosophers overlap, and may take as long as they like.
//
// Whatever the timing of watch is, Dine ends if watch always returns. Someone
// who becomes hungry while no neighbour is hungry or eating eats at once, even
// if others are eating. Of two philosophers, who share both forks, the one who
// waits eats as soon as the other has put the forks back.
func Dine(n, meals int, watch func(Event)) {
	if n < 2 || meals < 0 {
		panic("deadlock: Dine needs two philosophers at least and no negative number of meals")
	}
	forks := make([]*Mutex, n)
	for i := range forks {
		forks[i] = NewMutex()
	}
	var table sync.WaitGroup
	for p := range n {
		// All take the lower fork first, so the last philosopher, unlike the
		// others, begins with the right-hand one: nobody closes the circle.
		low, high := min(p, (p+1)%n), max(p, (p+1)%n)
		table.Go(func() {
			for range meals {
				watch(Event{Philosopher: p, Action: Think})
				forks[low].Lock()
				watch(Event{p, Take, low})
				forks[high].Lock()
				watch(Event{p, Take, high})
				watch(Event{Philosopher: p, Action: Eat})
				watch(Event{p, Put, high})
				forks[high].Unlock()
				watch(Event{p, Put, low})
				forks[low].Unlock()
			}
		})
	}
	table.Wait()
}
