package rlock_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/07-rlock"
)

// TestTimeoutLeavesNothing keeps the lock when the time is up: whatever
// LockTimeout started to wait for it must be gone with it. Real time, since a
// bubble would let timers run out.
func TestTimeoutLeavesNothing(t *testing.T) {
	l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
	require.True(t, l.LockTimeout(ann, time.Hour), "LockTimeout on a free lock")
	for range 3 {
		require.False(t, l.LockTimeout(ben, time.Millisecond), "LockTimeout while somebody else holds the lock")
	}
	require.Same(t, ann, l.Holder(), "Holder after somebody else's time-out")
}

// TestGrantLeavesNothing has the lock come long before the time is up.
// Somebody sleeps inside, so others do wait.
func TestGrantLeavesNothing(t *testing.T) {
	l := rlock.New()
	got := make([]int, 4)
	var all sync.WaitGroup
	for i := range got {
		o := rlock.NewOwner(fmt.Sprint("worker ", i))
		all.Go(func() {
			for range 8 {
				if l.LockTimeout(o, time.Hour) {
					got[i]++
					time.Sleep(200 * time.Microsecond)
					l.Unlock(o)
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, []int{8, 8, 8, 8}, got, "times that LockTimeout with an hour took the lock, by goroutine")
	require.Nil(t, l.Holder(), "Holder after everybody unlocked")
}
