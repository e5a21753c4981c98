package gradetest_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/grader/gradetest/wire"
)

func TestCall(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		gate := make(chan int)
		c := gradetest.Go(func() int { n := <-gate; time.Sleep(time.Minute); return n })
		synctest.Wait()
		require.False(t, c.Done())
		c.MustWait(t, "the call before the gate opens")
		gate <- 7
		synctest.Wait()
		require.False(t, c.Done(), "it still sleeps")
		require.Equal(t, time.Minute, c.Took())
		require.True(t, c.Done())
		require.Equal(t, 7, c.MustReturn(t, "the call after the gate opened"))
		require.Equal(t, 7, c.Wait())
	})
}

func TestGoDo(t *testing.T) {
	n := 0
	c := gradetest.GoDo(func() { n++ })
	c.Wait()
	assert.Equal(t, 1, n)
	assert.True(t, c.Done())
}

func TestGoroutinesCountsThisBubbleOnly(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	for range 5 {
		go func() { <-stop }() // outside, not to be counted
	}
	gradetest.Bubble(t, func(t *testing.T) {
		require.Zero(t, gradetest.Goroutines(), "nobody else yet")
		gate := make(chan struct{})
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() { <-gate })
			require.Equal(t, i+1, gradetest.Goroutines())
		}
		inside := gradetest.Go(gradetest.Goroutines)
		require.Equal(t, 4, inside.Wait(), "as one of them sees it: three that wait, and the test")
		close(gate)
		all.Wait()
		synctest.Wait()
		require.Zero(t, gradetest.Goroutines(), "all have ended")
	})
}

func TestTookAndSettleAreVirtual(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.Equal(t, 48*time.Hour, gradetest.Took(func() { time.Sleep(48 * time.Hour) }))
		polls := gradetest.GoDo(func() { time.Sleep(19 * time.Millisecond) })
		slow := gradetest.GoDo(func() { time.Sleep(21 * time.Millisecond) })
		require.Equal(t, 20*time.Millisecond, gradetest.Took(gradetest.Settle))
		polls.MustReturn(t, "what needs less than Settle gives")
		slow.MustWait(t, "what needs more")
		slow.Wait()
	})
}

func TestInFlightCounts(t *testing.T) {
	var m gradetest.InFlight
	assert.Equal(t, []int{0, 0, 0}, []int{m.Now(), m.Max(), m.Total()}, "the zero value")
	assert.Equal(t, 1, m.Enter())
	assert.Equal(t, 2, m.Enter())
	m.Leave()
	assert.Equal(t, 2, m.Enter())
	m.Leave()
	m.Leave()
	assert.Equal(t, []int{0, 2, 3}, []int{m.Now(), m.Max(), m.Total()})
}

func TestInFlightFromManyGoroutines(t *testing.T) {
	var m gradetest.InFlight
	var all, inside sync.WaitGroup
	inside.Add(8)
	for range 8 {
		all.Go(func() {
			m.Enter()
			inside.Done()
			inside.Wait() // all eight are in
			m.Leave()
			for range 100 {
				m.Enter()
				m.Leave()
			}
		})
	}
	all.Wait()
	assert.Equal(t, []int{0, 8, 808}, []int{m.Now(), m.Max(), m.Total()})
}

func TestEffectiveCPUs(t *testing.T) {
	for value, want := range map[string]float64{"1.50": 1.5, "0.25": 0.25, "16": 16} {
		t.Setenv(wire.EnvCPUs, value)
		assert.Equal(t, want, gradetest.EffectiveCPUs())
	}
	for _, nonsense := range []string{"", "two", "-1", "0"} {
		t.Setenv(wire.EnvCPUs, nonsense)
		assert.GreaterOrEqual(t, gradetest.EffectiveCPUs(), 1.0, "GOMAXPROCS for %q", nonsense)
	}
}

func TestBurnIsAFunctionOfItsSeed(t *testing.T) {
	assert.Equal(t, gradetest.Burn(3, 100), gradetest.Burn(3, 100))
	assert.NotEqual(t, gradetest.Burn(3, 100), gradetest.Burn(5, 100))
	assert.NotEqual(t, gradetest.Burn(3, 100), gradetest.Burn(3, 101))
}

func TestCPUTimeGrowsWithWork(t *testing.T) {
	before := gradetest.CPUTime()
	burnFor(time.Millisecond)
	assert.Greater(t, gradetest.CPUTime(), before)
}
