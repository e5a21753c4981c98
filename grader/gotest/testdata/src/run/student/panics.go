package semaphore

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

// Panic panics with a string of two lines.
func Panic() { panic("no permits\nleft") }

// PanicError panics with an error.
func PanicError() { panic(fmt.Errorf("release: %w", errors.New("not held"))) }

// PanicElsewhere panics in a goroutine of its own.
func PanicElsewhere() {
	done := make(chan struct{})
	go func() {
		explode()
	}()
	<-done
}

func explode() {
	var s *Semaphore
	s.free++
}

// PanicAgain panics while it panics.
func PanicAgain() {
	defer func() {
		panic("second")
	}()
	panic("first")
}

// Repanic recovers and panics again.
func Repanic() {
	defer func() {
		panic(recover())
	}()
	panic("once")
}

// NilMap writes to a map that is nil.
func NilMap() {
	var m map[string]int
	m["a"] = 1
}

// CloseTwice closes a channel twice.
func CloseTwice() {
	ch := make(chan int)
	close(ch)
	close(ch)
}

// SendClosed sends on a closed channel.
func SendClosed() {
	ch := make(chan int)
	close(ch)
	ch <- 1
}

// Negative calls Done too often.
func Negative() {
	var wg sync.WaitGroup
	wg.Done()
}

// Unlock unlocks what is not locked.
func Unlock() {
	var mu sync.Mutex
	mu.Unlock()
}

// Index reads behind the end of a slice.
func Index() int {
	var s []int
	return s[3]
}

// Divide divides by nothing.
func Divide(n int) int { return 1 / n }

// Callback calls f, which may panic.
func Callback(f func()) { f() }

// Maps writes a map from two goroutines.
func Maps() {
	m := map[int]int{}
	for range 2 {
		go func() {
			for {
				m[1]++
			}
		}()
	}
	select {}
}

// Overflow calls itself for ever.
func Overflow(n int) int { return Overflow(n+1) + 1 }

// Hoard asks for more memory than there is.
func Hoard() []byte { return make([]byte, 1<<46) }

// Huge asks for more memory than the machine gives.
func Huge() [][]byte {
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<30))
	}
}

// Vanish ends the goroutine of whoever calls it.
func Vanish() { runtime.Goexit() }

// Exit ends the process as if all were well.
func Exit() { os.Exit(0) }
