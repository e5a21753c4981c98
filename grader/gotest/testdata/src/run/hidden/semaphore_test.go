package semaphore_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	semaphore "github.com/weft-course/weft/solutions/05-semaphore"
)

// dump does what the harness's watchdog does.
func dump(headline string) {
	buf := make([]byte, 1<<20)
	fmt.Printf("%s\n%s\nweft: end of stacks\n", headline, buf[:runtime.Stack(buf, true)])
	os.Exit(2)
}

func watch(headline string) {
	go func() {
		time.Sleep(200 * time.Millisecond)
		dump(headline)
	}()
}

func both(f, g func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Go(g)
	wg.Wait()
}

func TestPass(t *testing.T) { fmt.Println("hello from the student") }

func TestSkip(t *testing.T) { t.Skip("not here") }

func TestNest(t *testing.T) {
	fmt.Print("no newline")
	t.Run("one", func(t *testing.T) { t.Log("inside one") })
	t.Run("two", func(t *testing.T) { t.Error("inside two") })
}

func TestParallelA(t *testing.T) {
	t.Parallel()
	fmt.Println("a speaks")
	t.Error("a fails")
}

func TestParallelB(t *testing.T) {
	t.Parallel()
	fmt.Println("b speaks")
}

func TestRequireEqual(t *testing.T) {
	s := semaphore.New(1)
	s.Acquire()
	require.Equal(t, 1, s.Free(), "after one Acquire of %d", 1)
}

func TestAssertMany(t *testing.T) {
	assert.True(t, false, "Release wakes the waiter")
	assert.Equal(t, []int{1, 2, 3}, []int{1, 3, 2})
	assert.Equal(t, "one\ntwo\n", "one\nthree\n", "two lines\nof message")
	assert.NoError(t, errors.New("boom"))
	assert.ErrorIs(t, errors.New("boom"), os.ErrClosed)
	assert.Less(t, 5, 3)
	assert.Len(t, []int{1}, 2)
	assert.ElementsMatch(t, []int{1, 2}, []int{1, 4})
	assert.Panics(t, func() {})
	assert.Eventually(t, func() bool { return false }, 5*time.Millisecond, time.Millisecond)
	assert.InDelta(t, 1.0, 2.0, 0.5)
	assert.Contains(t, "abc", "d")
}

func TestPlain(t *testing.T) {
	t.Log("starting")
	t.Errorf("free = %d, want %d", 2, 3)
	t.Fatalf("several lines:\n  one\n  two")
}

func TestRaceWrite(t *testing.T) {
	s := semaphore.New(9)
	both(s.Acquire, s.Release)
}

func TestRaceRead(t *testing.T) {
	s := semaphore.New(9)
	for range 3 {
		both(s.Acquire, func() { _ = s.Free() })
	}
}

func TestRaceMap(t *testing.T) {
	s := semaphore.New(9)
	both(func() { s.Name("a") }, func() { s.Name("b") })
}

func TestRaceGlobal(t *testing.T) { both(semaphore.Count, semaphore.Count) }

func TestRaceOwn(t *testing.T) { semaphore.New(9).Start() }

func TestRaceTest(t *testing.T) {
	n := 0
	semaphore.New(9).Do(func() { n++ })
	assert.Equal(t, 2, n)
}

func TestRaceOnlyTest(t *testing.T) {
	n, s := 0, semaphore.New(1)
	worker := func() {
		_ = s
		n++
	}
	both(worker, worker)
}

func TestRaceAtomic(t *testing.T) {
	var c semaphore.Counter
	both(c.Add, func() { _ = c.Load() })
}

func TestRaceGeneric(t *testing.T) {
	var s semaphore.Stack[int]
	both(func() { s.Push(1) }, func() { s.Push(2) })
}

func TestRaceAtomicInner(t *testing.T) {
	var c semaphore.Counter
	both(func() { c.Add() }, func() { _ = c.Load() })
}

func TestLeak(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	semaphore.New(1).Leave(3)
}

func TestLeakMark(t *testing.T) {
	semaphore.New(1).Leave(2)
	time.Sleep(10 * time.Millisecond)
	dump("weft: leak")
}

func TestLeakTick(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	semaphore.New(1).Tick()
}

func TestBubbleBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { semaphore.New(1).Receive() })
}

func TestBubbleLeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		semaphore.New(1).Leave(2)
	})
}

func TestBubbleMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { synctest.Wait() })
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(1)
		go s.Receive()
		go s.WaitReady()
		synctest.Wait()
		dump("weft: deadlock")
	})
}

func TestBubbleMutex(t *testing.T) {
	watch("weft: stuck after 3s")
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.New(1)
		go s.Receive()
		s.LockTwice()
	})
}

func TestStuck(t *testing.T) {
	watch("weft: stuck after 3s")
	semaphore.New(1).Several()
}

func TestStuckTest(t *testing.T) {
	watch("weft: stuck after 3s")
	semaphore.New(1).Release()
	<-make(chan int)
}

func TestStuckNap(t *testing.T) {
	watch("weft: stuck after 3s")
	semaphore.New(1).Nap()
}

func TestRunningSpin(t *testing.T) {
	watch("weft: still running after 10s")
	s := semaphore.New(1)
	go s.Spin()
	s.Receive()
}

func TestRunningBlocked(t *testing.T) {
	watch("weft: still running after 10s")
	semaphore.New(1).Receive()
}

func TestAsleep(t *testing.T) { semaphore.New(1).Several() }

func TestTimeoutBlocked(t *testing.T) { semaphore.New(1).Receive() }

func TestTimeoutSpin(t *testing.T) { semaphore.New(1).Spin() }

func TestPanic(t *testing.T)          { semaphore.Panic() }
func TestPanicError(t *testing.T)     { semaphore.PanicError() }
func TestPanicElsewhere(t *testing.T) { semaphore.PanicElsewhere() }
func TestPanicAgain(t *testing.T)     { semaphore.PanicAgain() }
func TestRepanic(t *testing.T)        { semaphore.Repanic() }
func TestNilMap(t *testing.T)         { semaphore.NilMap() }
func TestCloseTwice(t *testing.T)     { semaphore.CloseTwice() }
func TestSendClosed(t *testing.T)     { semaphore.SendClosed() }
func TestNegative(t *testing.T)       { semaphore.Negative() }
func TestUnlock(t *testing.T)         { semaphore.Unlock() }
func TestIndex(t *testing.T)          { semaphore.Index() }
func TestDivide(t *testing.T)         { semaphore.Divide(0) }
func TestCallback(t *testing.T)       { semaphore.Callback(func() { panic("from the test") }) }
func TestMaps(t *testing.T)           { semaphore.Maps() }
func TestOverflow(t *testing.T)       { semaphore.Overflow(0) }
func TestHoard(t *testing.T)          { semaphore.Hoard() }
func TestHuge(t *testing.T)           { semaphore.Huge() }
func TestVanish(t *testing.T)         { semaphore.Vanish() }
func TestExit(t *testing.T)           { semaphore.Exit() }

func TestUnfinishedLine(t *testing.T) {
	fmt.Print("waiting ... ")
	done := make(chan struct{})
	go func() {
		semaphore.Panic()
		close(done)
	}()
	<-done
}

func TestRepeat(t *testing.T) {
	for range 3 {
		assert.Equal(t, 1, 2, "the same each time")
		t.Errorf("got %d, want %d.", 1, 2)
	}
}

// TestUse panics in the test's own code, for what the student returned.
func TestUse(t *testing.T) {
	var s *semaphore.Counter
	_ = *s
}

func TestLeakLibrary(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	semaphore.New(1).Ticker()
}

func TestNilResult(t *testing.T) {
	var s *semaphore.Semaphore
	go s.Acquire()
	time.Sleep(time.Second)
}
