package locks_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/02-locks"
)

func TestOneGoroutine(t *testing.T) {
	l := locks.NewList("a", "b")
	l.Append("c", "d")
	if got, want := l.Snapshot(), []string{"a", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("Snapshot of a list of a, b with c, d appended: got %q, want %q", got, want)
	}
	s := locks.NewSet[string]()
	if !s.Add("a") {
		t.Error("Add of a new item: got false, want true")
	}
	if s.Add("a") {
		t.Error("Add of an item that is there: got true, want false")
	}
	d := locks.NewDict[string, int]()
	d.Put("a", 1)
	if !locks.CompareAndSwap(d, "a", 1, 2) {
		t.Error("CompareAndSwap from the value that is there: got false, want true")
	}
	if got, ok := d.Get("a"); got != 2 || !ok {
		t.Errorf("Get after CompareAndSwap to 2: got %d, %t, want 2, true", got, ok)
	}
}

func TestSnapshotIsYours(t *testing.T) {
	l := locks.NewList(1, 2, 3)
	mine := l.Snapshot()
	if len(mine) != 3 {
		t.Fatalf("items in a snapshot of a list of three: got %d, want 3", len(mine))
	}
	mine[0] = 100
	if got := l.At(0); got != 1 {
		t.Errorf("At(0) after somebody changed a snapshot: got %d, want 1", got)
	}
}

func TestEveryAddCounts(t *testing.T) {
	c := locks.NewCounter[string]()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				c.Add("visits", 1)
			}
		})
	}
	all.Wait()
	if got := c.Get("visits"); got != 4000 {
		t.Errorf("count after 4 goroutines added 1 a thousand times each: got %d, want 4000", got)
	}
}

// TestFibonacci computes each number from the two before it, so that compute
// uses the dict that it computes for.
func TestFibonacci(t *testing.T) {
	d := locks.NewDict[int, int]()
	var fibonacci func(n int) int
	fibonacci = func(n int) int {
		if n < 2 {
			return n
		}
		return d.GetOrCompute(n, func() int { return fibonacci(n-1) + fibonacci(n-2) })
	}
	result := make(chan int, 1)
	go func() { result <- fibonacci(80) }()
	for range 200 {
		select {
		case got := <-result:
			if want := 23416728348467685; got != want {
				t.Errorf("Fibonacci number 80: got %d, want %d", got, want)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("GetOrCompute does not return: who holds the lock while compute runs?")
}
