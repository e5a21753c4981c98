// Package deadlock with channels that hold what they protect: a mutex is a
// channel with a key in it, an account one with the money in it, and a waiter
// hands out the forks.
package deadlock

import (
	"context"
	"errors"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that Transfer returns.
var (
	ErrAmount = errors.New("deadlock: transfer of a negative amount")
	ErrFunds  = errors.New("deadlock: not enough money in the account")
)

// Mutex is a lock that can stop waiting: whoever has its key holds it.
type Mutex struct {
	key  chan struct{}
	rank int64
}

var ranks atomic.Int64

// NewMutex returns an unlocked mutex.
func NewMutex() *Mutex {
	m := &Mutex{key: make(chan struct{}, 1), rank: ranks.Add(-1)}
	m.key <- struct{}{}
	return m
}

// Lock locks m.
func (m *Mutex) Lock() { <-m.key }

// TryLock locks m if it is free.
func (m *Mutex) TryLock() bool {
	select {
	case <-m.key:
		return true
	default:
		return false
	}
}

// LockFor locks m, waiting d at most.
func (m *Mutex) LockFor(d time.Duration) bool {
	if d <= 0 {
		return m.TryLock()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.key:
		return true
	case <-timer.C:
		return m.TryLock() // a last look
	}
}

// LockContext locks m, or gives up when ctx ends.
func (m *Mutex) LockContext(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case <-m.key:
		if err := ctx.Err(); err != nil {
			m.Unlock()
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unlock unlocks m.
func (m *Mutex) Unlock() {
	select {
	case m.key <- struct{}{}:
	default:
		panic("deadlock: unlock of an unlocked mutex")
	}
}

// LockAll locks the mutexes by rank, each with a call of its own.
func LockAll(ctx context.Context, mutexes ...*Mutex) (func(), error) {
	byRank := map[int64]*Mutex{}
	var order []int64
	for _, m := range mutexes {
		if byRank[m.rank] == nil {
			order = append(order, m.rank)
		}
		byRank[m.rank] = m
	}
	sort.Slice(order, func(i, j int) bool { return order[i] < order[j] })
	return lockRest(ctx, byRank, order)
}

func lockRest(ctx context.Context, byRank map[int64]*Mutex, order []int64) (func(), error) {
	if len(order) == 0 {
		return func() {}, nil
	}
	m := byRank[order[0]]
	if err := m.LockContext(ctx); err != nil {
		return nil, err
	}
	unlockRest, err := lockRest(ctx, byRank, order[1:])
	if err != nil {
		m.Unlock()
		return nil, err
	}
	return func() { unlockRest(); m.Unlock() }, nil
}

// Account is a channel with the balance in it: who takes it out has the account.
type Account struct {
	id    int64
	money chan int
}

// NewAccount returns an account with that much money in it.
func NewAccount(balance int) *Account {
	a := &Account{id: ranks.Add(-1), money: make(chan int, 1)}
	a.money <- balance
	return a
}

// Balance returns how much money is in the account.
func (a *Account) Balance() int {
	balance := <-a.money
	a.money <- balance
	return balance
}

// Transfer moves amount from one account to another.
func Transfer(from, to *Account, amount int) error {
	if amount < 0 {
		return ErrAmount
	}
	if from == to {
		if from.Balance() < amount {
			return ErrFunds
		}
		return nil
	}
	first, second := from, to
	if first.id > second.id {
		first, second = second, first
	}
	x := <-first.money
	y := <-second.money
	defer func() { first.money <- x; second.money <- y }()
	have, add := &x, &y
	if first == to {
		have, add = add, have
	}
	if *have < amount {
		return ErrFunds
	}
	*have, *add = *have-amount, *add+amount
	return nil
}

// Audit calls look with the balances of the accounts.
func Audit(look func(balances []int), accounts ...*Account) {
	order := append([]*Account(nil), accounts...)
	sort.Slice(order, func(i, j int) bool { return order[i].id < order[j].id })
	taken := map[*Account]int{}
	defer func() {
		for a, balance := range taken {
			a.money <- balance
		}
	}()
	for _, a := range order {
		if _, again := taken[a]; !again {
			taken[a] = <-a.money
		}
	}
	balances := make([]int, 0, len(accounts))
	for _, a := range accounts {
		balances = append(balances, taken[a])
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

// waiter hands out both forks of a philosopher, or none, to those who have
// waited longest.
type waiter struct {
	hungry chan int
	fed    chan int
	served []chan struct{}
}

func (w *waiter) serve(dinner <-chan struct{}) {
	n := len(w.served)
	used := make([]bool, n)
	var queue []int
	for {
		select {
		case p := <-w.hungry:
			queue = append(queue, p)
		case p := <-w.fed:
			used[p], used[(p+1)%n] = false, false
		case <-dinner:
			return
		}
		var rest []int
		for _, p := range queue {
			if used[p] || used[(p+1)%n] {
				rest = append(rest, p)
				continue
			}
			used[p], used[(p+1)%n] = true, true
			w.served[p] <- struct{}{}
		}
		queue = rest
	}
}

// Dine has a waiter, who is the only one to know about forks.
func Dine(n, meals int, watch func(Event)) {
	if n < 2 || meals < 0 {
		panic("deadlock: too few philosophers or meals")
	}
	w := &waiter{hungry: make(chan int), fed: make(chan int), served: make([]chan struct{}, n)}
	for p := range w.served {
		w.served[p] = make(chan struct{}, 1)
	}
	dinner := make(chan struct{})
	var guests, staff sync.WaitGroup
	staff.Go(func() { w.serve(dinner) })
	for p := range n {
		guests.Go(func() {
			for range meals {
				watch(Event{Philosopher: p, Action: Think})
				w.hungry <- p
				<-w.served[p]
				for _, fork := range []int{p, (p + 1) % n} {
					watch(Event{p, Take, fork})
				}
				watch(Event{Philosopher: p, Action: Eat})
				for _, fork := range []int{p, (p + 1) % n} {
					watch(Event{p, Put, fork})
				}
				w.fed <- p
			}
		})
	}
	guests.Wait()
	close(dinner)
	staff.Wait()
}
