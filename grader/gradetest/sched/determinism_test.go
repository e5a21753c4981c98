package sched_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
	vatomic "github.com/weft-course/weft/grader/gradetest/vatomic"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
)

// programs are written as package explore writes them. Each returns what
// depends on the order in which its goroutines run.
var programs = map[string]func() string{
	"append":   appending,
	"lock":     locking,
	"channel":  channels,
	"select":   selecting,
	"atomic":   atomics,
	"callback": callbacks,
	"nested":   nested,
}

func appending() string {
	var wg vsync.WaitGroup
	var mu vsync.Mutex
	order := ""
	for i := range 4 {
		wg.Add(1)
		go sched.Bind(sched.Go(), func(n int) {
			defer wg.Done()
			mu.Lock()
			order += fmt.Sprint(n)
			mu.Unlock()
		})(i)
		sched.P()
	}
	wg.Wait()
	return order
}

func locking() string {
	var wg vsync.WaitGroup
	var mu vsync.RWMutex
	n, seen := 0, ""
	for range 3 {
		wg.Go(func() {
			mu.RLock()
			v := n
			sched.V()
			mu.RUnlock()
			mu.Lock()
			n = v + 1
			seen += fmt.Sprint(n)
			mu.Unlock()
		})
	}
	wg.Wait()
	return seen
}

func channels() string {
	c := make(chan int)
	for i := range 3 {
		go sched.Bind(sched.Go(), func() { sched.S(); c <- i; sched.P() })()
		sched.P()
	}
	return fmt.Sprint(sched.Recv(c), sched.Recv(c), sched.Recv(c))
}

func selecting() string {
	a, b := make(chan int, 4), make(chan int, 4)
	out := ""
	for range 4 {
		a <- 1
		b <- 2
	}
	for range 4 {
		x := sched.Select(false, sched.R(a), sched.R(b), sched.R[int](nil))
		out += fmt.Sprint(x.I, sched.Value(a, x))
	}
	return out
}

func atomics() string {
	var wg vsync.WaitGroup
	var x vatomic.Int32
	for range 3 {
		wg.Go(func() { v := x.Load(); x.Store(v + 1) })
	}
	wg.Wait()
	return fmt.Sprint(x.Load())
}

func callbacks() string {
	c := make(chan string, 4)
	for _, s := range []string{"a", "b"} {
		time.AfterFunc(time.Microsecond, sched.Callback(func() { sched.V(); c <- s }))
		sched.V()
	}
	return sched.Recv(c) + sched.Recv(c)
}

func nested() string {
	c := make(chan string, 4)
	for _, s := range []string{"a", "b"} {
		go sched.Bind(sched.Go(), func() {
			go sched.Bind(sched.Go(), func() { sched.V(); c <- s + "1" })()
			sched.V()
			c <- s + "2"
		})()
		sched.P()
	}
	return sched.Recv(c) + sched.Recv(c) + sched.Recv(c) + sched.Recv(c)
}

func TestTheSeedIsTheSchedule(t *testing.T) {
	type outcome struct {
		steps, hash uint64
		said        string
	}
	repeats := 1000
	if testing.Short() {
		repeats = 50
	}
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			once := func(seed uint64) (o outcome) {
				o.steps, o.hash = run(t, seed, func() { o.said = program() })
				return o
			}
			seeds := uint64(10)
			want := make([]outcome, seeds)
			for seed := range seeds {
				want[seed] = once(seed)
				assert.NotZero(t, want[seed].steps)
			}
			for i := range uint64(repeats) {
				if seed := i % seeds; once(seed) != want[seed] {
					t.Fatalf("seed %d went otherwise in repetition %d", seed, i)
				}
			}
		})
	}
}

func TestSeedsDiffer(t *testing.T) {
	for name, program := range programs {
		hashes, said := map[uint64]bool{}, map[string]bool{}
		for seed := range uint64(60) {
			_, hash := run(t, seed, func() { said[program()] = true })
			hashes[hash] = true
		}
		assert.Greater(t, len(hashes), 10, "%s: orders of steps", name)
		assert.Greater(t, len(said), 1, "%s: %v", name, said)
	}
}
