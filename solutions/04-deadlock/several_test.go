package deadlock_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/04-deadlock"
)

// orders are all the orders of three things.
func orders() [][]int {
	return [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
}

func pick(ms []*deadlock.Mutex, order []int) []*deadlock.Mutex {
	picked := make([]*deadlock.Mutex, len(order))
	for i, j := range order {
		picked[i] = ms[j]
	}
	return picked
}

var errNotLocked = errors.New("LockAll returned without an error, and one of the mutexes is not locked")

// lockAndUnlock starts a goroutine that locks the mutexes and unlocks them.
func lockAndUnlock(t *testing.T, ms []*deadlock.Mutex) *gradetest.Call[error] {
	c := gradetest.Go(func() error {
		unlock, err := deadlock.LockAll(t.Context(), ms...)
		if err != nil {
			return err
		}
		for _, m := range ms {
			if m.TryLock() {
				return errNotLocked
			}
		}
		unlock()
		return nil
	})
	gradetest.Settle()
	return c
}

// TestLockAllInAnyOrder has two goroutines lock the same three mutexes, in
// every pair of orders, while the test holds each of the three in turn: held
// back in the middle, one has its first and the other has its own first.
func TestLockAllInAnyOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for held := range 3 {
			for _, one := range orders() {
				for _, other := range orders() {
					ms := []*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}
					ms[held].Lock()
					a := lockAndUnlock(t, pick(ms, one))
					b := lockAndUnlock(t, pick(ms, other))
					ms[held].Unlock()
					require.NoError(t, a.Wait(), "LockAll in order %v, with another one in order %v", one, other)
					require.NoError(t, b.Wait(), "LockAll in order %v, with another one in order %v", other, one)
					for _, m := range ms {
						require.Equal(t, true, m.TryLock(), "TryLock on a mutex that LockAll locked and unlocked, twice")
					}
				}
			}
		}
	})
}

// TestLockAllInCircle has three goroutines that each want two of three mutexes.
func TestLockAllInCircle(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, order := range orders() {
			ms := pick([]*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}, order)
			gate := deadlock.NewMutex()
			gate.Lock()
			var calls []*gradetest.Call[error]
			for i := range ms {
				calls = append(calls, lockAndUnlock(t, []*deadlock.Mutex{ms[i], gate, ms[(i+1)%3]}))
			}
			gate.Unlock()
			for _, c := range calls {
				require.NoError(t, c.Wait(), "LockAll, three goroutines in a circle")
			}
			isFree(t, gate, "a mutex that three goroutines have unlocked")
		}
	})
}

func TestLockAllLocksAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, order := range orders() {
			ms := []*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}
			unlock, err := deadlock.LockAll(t.Context(), pick(ms, order)...)
			require.NoError(t, err, "LockAll on three free mutexes")
			require.NotNil(t, unlock, "function that LockAll returned")
			for i, m := range ms {
				require.Equal(t, false, m.TryLock(), "TryLock on mutex %d of 3, after LockAll", i+1)
			}
			unlock()
			for i, m := range ms {
				require.Equal(t, true, m.TryLock(), "TryLock on mutex %d of 3, after unlocking all", i+1)
			}
		}
	})
}

func TestLockAllLeavesArgumentsAlone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, order := range orders() {
			ms := pick([]*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}, order)
			ms = append(ms, ms[0])
			before := slices.Clone(ms)
			unlock, err := deadlock.LockAll(t.Context(), ms...)
			require.NoError(t, err, "LockAll with a mutex that is given twice")
			require.NotNil(t, unlock, "function that LockAll returned")
			require.Equal(t, false, ms[0].TryLock(), "TryLock on a mutex that was given twice, after LockAll")
			require.Equal(t, true, slices.Equal(before, ms), "caller's slice unchanged, after LockAll")
			unlock()
			require.Equal(t, true, slices.Equal(before, ms), "caller's slice unchanged, after unlocking")
			isFree(t, ms[0], "a mutex that was given twice, after unlocking")
		}
	})
}

func TestLockAllSameTwice(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewMutex(), deadlock.NewMutex()
		require.NoError(t, lockAndUnlock(t, []*deadlock.Mutex{a, a}).Wait(), "LockAll(a, a)")
		require.NoError(t, lockAndUnlock(t, []*deadlock.Mutex{a, b, a}).Wait(), "LockAll(a, b, a)")
		require.NoError(t, lockAndUnlock(t, []*deadlock.Mutex{b, a, b, a}).Wait(), "LockAll(b, a, b, a)")
		isFree(t, a, "a mutex that was given twice, after unlocking")
		isFree(t, b, "a mutex that was given twice, after unlocking")
	})
}

// TestLockAllGivesUpEmptyHanded keeps one of three mutexes locked, each in turn.
func TestLockAllGivesUpEmptyHanded(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for held := range 3 {
			for _, order := range orders() {
				ms := []*deadlock.Mutex{deadlock.NewMutex(), deadlock.NewMutex(), deadlock.NewMutex()}
				ms[held].Lock()
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				unlock, err := deadlock.LockAll(ctx, pick(ms, order)...)
				cancel()
				require.ErrorIs(t, err, context.DeadlineExceeded, "LockAll with one mutex that stays locked")
				require.NotErrorIs(t, err, context.Canceled, "LockAll with one mutex that stays locked")
				require.Equal(t, true, unlock == nil, "nil in place of the function, when LockAll returns an error")
				ms[held].Unlock()
				for _, m := range ms {
					isFree(t, m, "one of three mutexes, after LockAll gave up on all")
				}
			}
		}
	})
}

func TestLockAllWithEndedContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := deadlock.NewMutex(), deadlock.NewMutex()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		unlock, err := deadlock.LockAll(ctx, a, b)
		require.ErrorIs(t, err, context.Canceled, "LockAll on free mutexes with a context that has ended")
		require.Equal(t, true, unlock == nil, "nil in place of the function, when LockAll returns an error")
		isFree(t, a, "a free mutex, after LockAll with a context that has ended")
		isFree(t, b, "a free mutex, after LockAll with a context that has ended")
	})
}
