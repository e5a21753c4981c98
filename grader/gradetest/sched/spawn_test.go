package sched_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

type joiner func(sep string, parts ...any) string

func join(sep string, parts ...any) string { return strings.Trim(fmt.Sprintf("%v", parts), "[]") + sep }

func TestBindKeepsWhatAFunctionDoes(t *testing.T) {
	check := func() {
		called := 0
		sched.Bind(sched.Go(), func() { called++ })()
		assert.Equal(t, 1, called)
		assert.Equal(t, "1 a!", sched.Bind(sched.Go(), join)("!", 1, "a"))
		assert.Equal(t, "1 a!", sched.Bind(sched.Go(), join)("!", []any{1, "a"}...))
		assert.Equal(t, "!", sched.Bind(sched.Go(), joiner(join))("!"))
		assert.IsType(t, joiner(nil), sched.Bind(sched.Go(), joiner(join)))
		a, err := sched.Bind(sched.Go(), fmt.Sscan)("7", &called)
		assert.Equal(t, 1, a)
		assert.NoError(t, err)
		assert.Equal(t, 7, called)
		assert.PanicsWithValue(t, "mine", func() { sched.Bind(sched.Go(), func(s string) { panic(s) })("mine") })
	}
	check()
	run(t, 3, check)
	f := func(int) {}
	assert.Equal(t, reflect.ValueOf(f).Pointer(), reflect.ValueOf(sched.Bind(sched.Go(), f)).Pointer(), "nothing is wrapped without a schedule")
}

func TestSelectDoesWhatSelectDoes(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		run(t, seed, func() { selects(t) })
	}
	selects(t)
}

func selects(t *testing.T) {
	c, full := make(chan int, 3), make(chan any)
	assert.Equal(t, -1, sched.Select(true).I)
	assert.Equal(t, -1, sched.Select(true, sched.R(c), sched.W(full)(nil), sched.R[int](nil), sched.W[int](nil)(1)).I)
	assert.Equal(t, 1, sched.Select(false, sched.R[int](nil), sched.W(c)(5)).I)
	x := sched.Select(true, sched.R(full), sched.R(c))
	assert.Equal(t, 1, x.I)
	assert.Equal(t, 5, sched.Value(c, x))
	assert.True(t, x.OK)
	go func() { full <- nil }()
	x = sched.Select(false, sched.R(full), sched.R(c))
	assert.Equal(t, 0, x.I)
	assert.Nil(t, sched.Value(full, x))
	close(c)
	x = sched.Select(false, sched.R(c))
	assert.False(t, x.OK)
	assert.Zero(t, sched.Value(c, x))
	assert.Panics(t, func() { sched.Select(false, sched.W(c)(1)) })
}

func TestTheSeedChoosesAmongReadyCases(t *testing.T) {
	counts := [3]int{}
	for seed := range uint64(300) {
		run(t, seed, func() {
			c := make(chan int, 1)
			c <- 1
			counts[sched.Select(false, sched.R(c), sched.R(c), sched.R(c)).I]++
		})
	}
	for i, n := range counts {
		assert.InDelta(t, 100, n, 40, "case %d", i)
	}
}

func TestRecv(t *testing.T) {
	check := func() {
		c := make(chan error, 1)
		c <- nil
		assert.NoError(t, sched.Recv(c))
		close(c)
		v, ok := sched.Recv2(c)
		assert.NoError(t, v)
		assert.False(t, ok)
	}
	check()
	run(t, 1, check)
}

func TestChoose(t *testing.T) {
	assert.Zero(t, sched.Choose(5), "without a schedule")
	seen := map[int]bool{}
	run(t, 1, func() {
		assert.Zero(t, sched.Choose(0))
		assert.Zero(t, sched.Choose(1))
		for range 200 {
			seen[sched.Choose(5)] = true
		}
	})
	assert.Equal(t, map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true}, seen)
}

func TestCallback(t *testing.T) {
	assert.Nil(t, sched.Callback(nil))
	for seed := range uint64(20) {
		run(t, seed, func() {
			assert.Nil(t, sched.Callback(nil))
			release, who := make(chan bool), make(chan uint32, 3)
			timer := time.AfterFunc(1, sched.Callback(func() { who <- sched.Index(); <-release }))
			for range 2 { // reset while the call before still runs
				time.Sleep(5 * time.Millisecond)
				timer.Reset(1)
			}
			a, b, c := <-who, <-who, <-who
			assert.Len(t, map[uint32]bool{a: true, b: true, c: true, 0: true, sched.Index(): true}, 5, "each call is a goroutine of its own")
			close(release)
		})
	}
}

func TestSettle(t *testing.T) {
	for seed := range uint64(20) {
		run(t, seed, func() {
			var n atomic.Int32
			for range 3 {
				go sched.Bind(sched.Go(), func() {
					for range 10 {
						sched.S()
					}
					n.Add(1)
				})()
			}
			sched.Settle(synctest.Wait)
			assert.EqualValues(t, 3, n.Load(), "seed %d", seed)
		})
	}
}
