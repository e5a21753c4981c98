package deadlock_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/04-deadlock"
)

// The tests of this file run in real time: the tested locks must order what
// happens under them, or the race detector sees the plain variables.

func TestHammerMutex(t *testing.T) {
	m := deadlock.NewMutex()
	counter := 0
	lock := []func() bool{
		func() bool { m.Lock(); return true },
		m.TryLock,
		func() bool { return m.LockFor(time.Minute) },
		func() bool { return m.LockFor(0) },
		func() bool { return m.LockContext(context.Background()) == nil },
	}
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			for range 100 {
				if lock[i]() {
					counter++
					m.Unlock()
				}
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, counter, 300, "times that a goroutine held the mutex")
}

func TestHammerLockAll(t *testing.T) {
	ms := []*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}
	counters := make([]int, len(ms)-1)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 100 {
				unlock, err := deadlock.LockAll(context.Background(), ms[i%2], ms[i%2+1])
				if err != nil || unlock == nil {
					return
				}
				counters[i%2]++
				unlock()
			}
		})
	}
	all.Wait()
	require.Equal(t, []int{200, 200}, counters, "times that two goroutines each held a pair of mutexes")
}

func TestHammerAccounts(t *testing.T) {
	a, b := deadlock.NewAccount(1000), deadlock.NewAccount(0)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 100 {
				deadlock.Transfer(a, b, 1)
			}
		})
	}
	all.Go(func() {
		for range 100 {
			a.Balance()
			b.Balance()
		}
	})
	all.Go(func() {
		for range 100 {
			deadlock.Audit(func([]int) {}, a, b)
		}
	})
	all.Wait()
	require.Equal(t, 700, a.Balance(), "balance of 1000 after 300 transfers of 1")
	require.Equal(t, 300, b.Balance(), "balance of the receiver of 300 transfers of 1")
}

// TestHammerTable lets the philosophers become hungry one after another, so
// that they seldom meet: forks must order what is done with them all the same.
func TestHammerTable(t *testing.T) {
	uses := make([]int, 3)
	deadlock.Dine(3, 1, func(e deadlock.Event) {
		switch e.Action {
		case deadlock.Think:
			time.Sleep(time.Duration(3*e.Philosopher) * time.Millisecond)
		case deadlock.Take, deadlock.Put:
			if e.Fork >= 0 && e.Fork < len(uses) {
				uses[e.Fork]++
			}
		}
	})
	for fork, n := range uses {
		require.GreaterOrEqual(t, n, 4, "times that fork %d was taken or put back, in one meal of three philosophers", fork)
	}
}

func TestHammerManager(t *testing.T) {
	m := deadlock.NewManager()
	counters := map[string]*int{"disk": new(int), "tape": new(int)}
	var all sync.WaitGroup
	for i, owner := range []string{"anna", "bert", "carl", "dora"} {
		all.Go(func() {
			resource := []string{"disk", "tape"}[i%2]
			for range 100 {
				if m.Lock(context.Background(), owner, resource) == nil {
					*counters[resource]++
					m.Unlock(owner, resource)
				}
			}
		})
	}
	all.Go(func() {
		for range 100 {
			m.Holder("disk")
			m.Holder("tape")
		}
	})
	all.Wait()
	require.Equal(t, 200, *counters["disk"], "times that two owners locked disk")
	require.Equal(t, 200, *counters["tape"], "times that two owners locked tape")
}

// TestHammerGivingUp has many wait in vain for what stays locked.
func TestHammerGivingUp(t *testing.T) {
	m, manager := deadlock.NewMutex(), deadlock.NewManager()
	m.Lock()
	manager.Lock(context.Background(), "anna", "disk")
	got := make([]bool, 4)
	var all sync.WaitGroup
	for i, owner := range []string{"bert", "carl", "dora", "emil"} {
		all.Go(func() {
			for range 5 {
				ctx, cancel := context.WithTimeout(context.Background(), 200*time.Microsecond)
				got[i] = m.LockFor(200*time.Microsecond) || got[i]
				got[i] = manager.Lock(ctx, owner, "disk") == nil || got[i]
				cancel()
				ctx, cancel = context.WithTimeout(context.Background(), 200*time.Microsecond)
				got[i] = m.LockContext(ctx) == nil || got[i]
				cancel()
			}
		})
	}
	all.Wait()
	require.NotContains(t, got, true, "locks that somebody got although another one held them")
}
