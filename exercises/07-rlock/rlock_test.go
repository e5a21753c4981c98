package rlock_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/07-rlock"
)

// within fails the test, instead of hanging, when f does not return.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: still waiting after 10 s", what)
	}
}

func TestEnterAgain(t *testing.T) {
	l := rlock.New()
	ann, ben := rlock.NewOwner("ann"), rlock.NewOwner("ben")
	within(t, "Lock, twice, by the same owner", func() {
		l.Lock(ann)
		l.Lock(ann)
	})
	if got := l.Depth(ann); got != 2 {
		t.Fatalf("Depth after two Locks: got %d, want 2", got)
	}
	for owed := 2; owed > 0; owed-- {
		if l.TryLock(ben) {
			t.Fatalf("TryLock by another owner, with %d Unlocks still owed: got true, want false", owed)
		}
		if err := l.Unlock(ann); err != nil {
			t.Fatalf("Unlock by the holder, with %d Unlocks still owed: got error %v, want none", owed, err)
		}
	}
	if !l.TryLock(ben) {
		t.Error("TryLock by another owner after the last Unlock: got false, want true")
	}
}

func TestTimeout(t *testing.T) {
	l := rlock.New()
	ann, ben := rlock.NewOwner("ann"), rlock.NewOwner("ben")
	within(t, "LockTimeout", func() {
		if !l.LockTimeout(ann, 10*time.Millisecond) {
			t.Error("LockTimeout on a free lock: got false, want true")
		}
		if l.LockTimeout(ben, 10*time.Millisecond) {
			t.Error("LockTimeout while somebody else holds the lock: got true, want false")
		}
		if !l.LockTimeout(ann, 10*time.Millisecond) {
			t.Error("LockTimeout by the owner that holds the lock: got false, want true")
		}
	})
}

func TestForeignUnlock(t *testing.T) {
	l := rlock.New()
	ann, ben := rlock.NewOwner("ann"), rlock.NewOwner("ben")
	within(t, "Lock of a free lock", func() { l.Lock(ann) })
	if err := l.Unlock(ben); !errors.Is(err, rlock.ErrNotOwner) {
		t.Errorf("Unlock by somebody who does not hold the lock: got error %v, want %v", err, rlock.ErrNotOwner)
	}
	if got := l.Holder(); got != ann {
		t.Errorf("Holder after somebody else's Unlock: got %p, want %p", got, ann)
	}
}

// TestTree adds up the tree 1(2 3(4)), once directly and once by a walk.
func TestTree(t *testing.T) {
	ann := rlock.NewOwner("ann")
	root := rlock.NewTree(rlock.New(), 1)
	within(t, "Add, Sum and Walk", func() {
		root.Add(ann, 2)
		root.Add(ann, 3).Add(ann, 4)
		if got := root.Sum(ann); got != 10 {
			t.Errorf("Sum of the tree 1(2 3(4)): got %d, want 10", got)
		}
		sum := 0
		root.Walk(ann, func(n *rlock.Node) error {
			sum += n.Value(ann)
			return nil
		})
		if sum != 10 {
			t.Errorf("sum of the values that a walk of the tree 1(2 3(4)) visits: got %d, want 10", sum)
		}
	})
}
