package deadlock_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/04-deadlock"
)

// finish runs f and waits for its end, two seconds at most on a quiet machine.
func finish(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	for range 200 {
		select {
		case <-done:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s: not done after two seconds; is this a deadlock?", what)
}

func TestLockWithWaitingTime(t *testing.T) {
	m := deadlock.NewMutex()
	if !m.TryLock() {
		t.Fatal("TryLock on a new mutex: got false, want true")
	}
	if m.LockFor(10 * time.Millisecond) {
		t.Error("LockFor(10ms) on a locked mutex: got true, want false")
	}
	m.Unlock()
	if !m.LockFor(10 * time.Millisecond) {
		t.Error("LockFor(10ms) on a free mutex: got false, want true")
	}
}

func TestTransfersBothWays(t *testing.T) {
	a, b := deadlock.NewAccount(1000), deadlock.NewAccount(1000)
	finish(t, "500 transfers in each direction", func() {
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() { deadlock.Transfer(a, b, 2) })
			all.Go(func() { deadlock.Transfer(b, a, 1) })
		}
		all.Wait()
	})
	if got := a.Balance(); got != 500 {
		t.Errorf("balance of the first account: got %d, want 1000 - 500*2 + 500*1 = 500", got)
	}
	if got := b.Balance(); got != 1500 {
		t.Errorf("balance of the second account: got %d, want 1000 + 500*2 - 500*1 = 1500", got)
	}
}

func TestDinner(t *testing.T) {
	var meals atomic.Int32
	finish(t, "five philosophers with two meals each", func() {
		deadlock.Dine(5, 2, func(e deadlock.Event) {
			switch e.Action {
			case deadlock.Take:
				time.Sleep(time.Millisecond) // by now everybody has a fork
			case deadlock.Eat:
				meals.Add(1)
			}
		})
	})
	if got := meals.Load(); got != 10 {
		t.Errorf("meals of five philosophers with two each: got %d, want 10", got)
	}
}

func TestTwoOwnersInACircle(t *testing.T) {
	ctx := context.Background()
	m := deadlock.NewManager()
	if m.Lock(ctx, "anna", "disk") != nil || m.Lock(ctx, "bert", "tape") != nil {
		t.Fatal("Lock of a free resource: got an error, want none")
	}
	var refused atomic.Int32
	lock := func(owner, resource, held string) {
		err := m.Lock(ctx, owner, resource)
		if cycle := (*deadlock.CycleError)(nil); errors.As(err, &cycle) {
			refused.Add(1)
			m.Unlock(owner, held) // back out, so that the other can go on
		} else if err != nil {
			t.Errorf("Lock of %s by %s: got error %v, want none or a *CycleError", resource, owner, err)
		}
	}
	finish(t, "two owners that each want what the other holds", func() {
		var both sync.WaitGroup
		both.Go(func() { lock("anna", "tape", "disk") })
		both.Go(func() { lock("bert", "disk", "tape") })
		both.Wait()
	})
	if got := refused.Load(); got != 1 {
		t.Errorf("owners refused, of two that each want what the other holds: got %d, want 1", got)
	}
}
