package rlock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/07-rlock"
)

func TestWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben, cat := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben"), rlock.NewOwner("cat")
		l.Lock(ann)
		l.Lock(ann)
		first := gradetest.GoDo(func() { l.Lock(ben) })
		synctest.Wait()
		second := gradetest.Go(func() bool { return l.LockTimeout(cat, time.Hour) })
		synctest.Wait()
		time.Sleep(time.Millisecond)
		unlock(t, l, ann)
		time.Sleep(234567 * time.Nanosecond)
		unlock(t, l, ann)
		synctest.Wait()
		first.MustReturn(t, "the waiting Lock, at the instant of the last Unlock")
		require.Equal(t, 1234567*time.Nanosecond, first.Took(), "time from Lock to its return, with the last Unlock after 1.234567 ms")
		time.Sleep(3 * time.Nanosecond)
		unlock(t, l, ben)
		synctest.Wait()
		require.True(t, second.MustReturn(t, "the waiting LockTimeout, at the instant of Unlock"), "LockTimeout when the lock comes in time")
		require.Equal(t, 1234570*time.Nanosecond, second.Took(), "time from LockTimeout to its return, with the lock free for it after 1.234570 ms")
		unlock(t, l, cat)
	})
}

func TestTimeoutIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben")
		l.Lock(ann)
		for _, d := range []time.Duration{7 * time.Millisecond, 1234567, 1, 0, -time.Millisecond} {
			took := gradetest.Took(func() {
				assert.False(t, l.LockTimeout(ben, d), "LockTimeout of %v while somebody else holds the lock", d)
			})
			require.Equal(t, max(d, 0), took, "time that LockTimeout of %v waited", d)
		}
		unlock(t, l, ann)
		synctest.Wait()
		took := gradetest.Took(func() { assert.True(t, l.LockTimeout(ben, time.Second), "LockTimeout on a free lock") })
		took += gradetest.Took(func() { assert.True(t, l.LockTimeout(ben, time.Second), "LockTimeout by the holder") })
		require.Zero(t, took, "time that LockTimeout waited for a lock that it could have at once")
		unlock(t, l, ben)
		unlock(t, l, ben)
	})
}

// TestPatienceIsCountedOnce hands the lock to others meanwhile: that must not
// give the one with the time-out any more time.
func TestPatienceIsCountedOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		l, ann, ben, cat := rlock.New(), rlock.NewOwner("ann"), rlock.NewOwner("ben"), rlock.NewOwner("cat")
		l.Lock(ann)
		before := gradetest.GoDo(func() { l.Lock(ben) })
		synctest.Wait()
		hasty := gradetest.Go(func() bool { return l.LockTimeout(cat, 10*time.Millisecond) })
		time.Sleep(4 * time.Millisecond)
		l.Lock(ann)
		unlock(t, l, ann)
		time.Sleep(2 * time.Millisecond)
		unlock(t, l, ann)
		time.Sleep(4 * time.Millisecond)
		synctest.Wait()
		before.MustReturn(t, "the Lock that waited first")
		require.False(t, hasty.MustReturn(t, "LockTimeout of 10 ms, after 10 ms in which others had the lock"), "LockTimeout while others have the lock")
		require.Equal(t, 10*time.Millisecond, hasty.Took(), "time that LockTimeout of 10 ms waited while others had the lock")
		unlock(t, l, ben)
		synctest.Wait()
		mustBeFree(t, l, "after a time-out and everybody's Unlock")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		l, ann := rlock.New(), rlock.NewOwner("ann")
		l.Lock(ann)
		l.Lock(ann)
		var calls []*gradetest.Call[bool]
		for i, name := range []string{"ben", "cat", "dan"} {
			o := rlock.NewOwner(name)
			calls = append(calls, gradetest.Go(func() bool {
				if i == 0 {
					l.Lock(o)
				} else if !l.LockTimeout(o, time.Hour) {
					return false
				}
				return l.Unlock(o) == nil
			}))
		}
		return func() {
			for _, c := range calls {
				assert.False(t, c.Done(), "return of a waiter while somebody else holds the lock")
			}
			l.Unlock(ann)
			l.Unlock(ann)
			for _, c := range calls {
				assert.True(t, c.Wait(), "success of a waiter after the last Unlock")
			}
		}
	})
}
