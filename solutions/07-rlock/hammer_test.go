package rlock_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/07-rlock"
)

// TestHammer runs in real time: the lock must order what happens between Lock
// and Unlock, nested as it is, or the race detector sees the plain counter.
func TestHammer(t *testing.T) {
	const rounds = 100
	l := rlock.New()
	ways := []func(o *rlock.Owner) bool{
		func(o *rlock.Owner) bool { l.Lock(o); return true },
		func(o *rlock.Owner) bool { return l.LockTimeout(o, time.Hour) },
		func(o *rlock.Owner) bool { return l.LockTimeout(o, 20*time.Microsecond) },
		func(o *rlock.Owner) bool { return l.TryLock(o) },
	}
	inside, wrong := make([]int, len(ways)), make([]int, len(ways))
	counter := 0
	var all sync.WaitGroup
	for i, take := range ways {
		o := rlock.NewOwner(fmt.Sprint("worker ", i))
		all.Go(func() {
			for range rounds {
				if !take(o) {
					continue
				}
				counter++
				l.Lock(o)
				runtime.Gosched() // let others come and wait
				counter++
				if l.Depth(o) != 2 || l.Unlock(o) != nil {
					wrong[i]++
				}
				counter++ // one Unlock of two: still ours
				inside[i]++
				if l.Unlock(o) != nil {
					wrong[i]++
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, []int{0, 0, 0, 0}, wrong, "wrong answers of Depth or Unlock, by goroutine")
	require.Equal(t, rounds, inside[0], "times that Lock took the lock")
	require.Equal(t, rounds, inside[1], "times that LockTimeout with an hour took the lock")
	require.Equal(t, 3*(inside[0]+inside[1]+inside[2]+inside[3]), counter, "counter, three more for each time the lock was taken")
	require.Nil(t, l.Holder(), "Holder after everybody unlocked")
}

// TestHammerHolder asks while others take and release.
func TestHammerHolder(t *testing.T) {
	l := rlock.New()
	ann, ben := rlock.NewOwner("ann"), rlock.NewOwner("ben")
	strangers, mistaken := 0, 0
	var all sync.WaitGroup
	for _, o := range []*rlock.Owner{ann, ben} {
		all.Go(func() {
			for range 200 {
				l.Lock(o)
				l.Lock(o)
				runtime.Gosched()
				l.Unlock(o)
				l.Unlock(o)
			}
		})
	}
	all.Go(func() {
		for range 400 {
			if o := l.Holder(); o != nil && o != ann && o != ben {
				strangers++
			}
		}
	})
	all.Go(func() {
		other := rlock.NewOwner("other")
		for range 400 {
			if l.Depth(other) != 0 || l.Unlock(other) == nil {
				mistaken++
			}
		}
	})
	all.Wait()
	require.Zero(t, mistaken, "times that an owner which never took the lock seemed to hold it")
	require.Zero(t, strangers, "times that Holder named somebody who never took the lock")
	require.Nil(t, l.Holder(), "Holder after everybody unlocked")
}

// TestHammerTree has somebody add, somebody sum and somebody walk.
func TestHammerTree(t *testing.T) {
	const rounds = 60
	root := rlock.NewTree(rlock.New(), 0)
	uneven := 0
	var all sync.WaitGroup
	work := func(name string, f func(o *rlock.Owner)) {
		o := rlock.NewOwner(name)
		all.Go(func() {
			for range rounds {
				f(o)
			}
		})
	}
	work("left", func(o *rlock.Owner) { root.Add(o, 1) })
	work("right", func(o *rlock.Owner) { root.Add(o, 1) })
	work("sum", func(o *rlock.Owner) { root.Sum(o) })
	work("value", func(o *rlock.Owner) { root.Value(o) })
	work("walk", func(o *rlock.Owner) {
		before, walked := root.Sum(o), 0
		root.Walk(o, func(n *rlock.Node) error { walked += n.Value(o); return nil })
		if walked < before {
			uneven++
		}
	})
	all.Wait()
	require.Zero(t, uneven, "walks that saw less than an earlier Sum")
	require.Equal(t, 2*rounds, root.Sum(rlock.NewOwner("last")), "Sum after all nodes were added")
}
