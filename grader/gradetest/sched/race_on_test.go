//go:build race

package sched_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
	vatomic "github.com/weft-course/weft/grader/gradetest/vatomic"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
)

// envRace makes TestRacyProgram run one of the programs below.
const envRace = "SCHED_TEST_RACE"

// racy are programs and whether they have a data race: the schedule itself
// must neither hide a race nor make one.
var racy = map[string]struct {
	race    bool
	program func(n *int)
}{
	"lost update":       {true, func(n *int) { twice(func() { v := *n; sched.V(); *n = v + 1 }) }},
	"arguments":         {true, func(n *int) { twice(func() { bound(n, func(n *int, d int) { *n += d }) }) }},
	"mutex":             {false, func(n *int) { var mu vsync.Mutex; twice(func() { mu.Lock(); *n++; mu.Unlock() }) }},
	"two mutexes":       {true, func(n *int) { twice(func() { var mu vsync.Mutex; mu.Lock(); *n++; mu.Unlock() }) }},
	"unlocked too soon": {true, func(n *int) { var mu vsync.Mutex; twice(func() { mu.Lock(); mu.Unlock(); *n++; sched.V() }) }},
	"readers write":     {true, func(n *int) { var mu vsync.RWMutex; twice(func() { mu.RLock(); *n++; mu.RUnlock() }) }},
	"rwmutex":           {false, func(n *int) { var mu vsync.RWMutex; twice(func() { mu.Lock(); *n++; mu.Unlock() }) }},
	"atomic": {false, func(n *int) {
		var ready vatomic.Bool
		var wg vsync.WaitGroup
		wg.Go(func() { *n = 1; ready.Store(true) })
		wg.Go(func() {
			if ready.Load() {
				*n = 2
			}
		})
		wg.Wait()
	}},
	"select": {false, func(n *int) {
		c := make(chan int, 1)
		twice(func() { sched.Select(false, sched.W(c)(1)); *n++; sched.Select(false, sched.R(c)) })
	}},
	"select of two": {true, func(n *int) {
		twice(func() {
			c := make(chan int, 1)
			sched.Select(false, sched.W(c)(1))
			*n++
			sched.Select(true, sched.R(c))
		})
	}},
	"unbuffered": {false, func(n *int) {
		c := make(chan int)
		go sched.Bind(sched.Go(), func() { *n++; sched.S(); c <- 1; sched.P() })()
		sched.Recv(c)
		*n++
	}},
	"after the wait": {false, func(n *int) { twice(func() {}); *n++ }},
}

// twice calls f in two goroutines.
func twice(f func()) {
	var wg vsync.WaitGroup
	for range 2 {
		wg.Go(f)
	}
	wg.Wait()
}

// bound calls f by way of reflection, as Bind does, and waits.
func bound(n *int, f func(*int, int)) {
	done := make(chan bool)
	go sched.Bind(sched.Go(), func(n *int, d int) { f(n, d); close(done) })(n, 1)
	sched.P()
	<-done
}

func TestRacyProgram(t *testing.T) {
	p, ok := racy[os.Getenv(envRace)]
	if !ok {
		t.Skip("run by TestRacesAreSeen")
	}
	for seed := range uint64(40) {
		run(t, seed, func() { p.program(new(int)) })
	}
}

func TestRacesAreSeen(t *testing.T) {
	for name, p := range racy {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestRacyProgram$")
			cmd.Env = append(os.Environ(), envRace+"="+name, "GORACE=halt_on_error=0 atexit_sleep_ms=0")
			out, _ := cmd.CombinedOutput()
			if p.race {
				assert.Contains(t, string(out), "DATA RACE")
			} else {
				assert.NotContains(t, string(out), "DATA RACE")
				assert.Contains(t, string(out), "PASS")
			}
		})
	}
}
