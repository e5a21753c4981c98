package gil_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

// step is the time that an instruction of these tests takes to compute.
const step = 10 * time.Millisecond

// slow is a program of n instructions that take a step each and then write a letter.
func slow(to *strings.Builder, letter string, n int) gil.Program {
	var p gil.Program
	for range n {
		p = append(p, gil.Compute(func() {
			time.Sleep(step)
			to.WriteString(letter)
		}))
	}
	return p
}

func blockFor(d time.Duration) gil.Instr { return gil.IO(func() { time.Sleep(d) }) }

func TestGILSpeedsNothingUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := withGIL(2)
		took := gradetest.Took(func() { in.Run(slow(&trace, "a", 3), slow(&trace, "b", 3), slow(&trace, "c", 3)) })
		require.Equal(t, 9*step, took, "time for nine Compute instructions of 10 ms in three threads under the GIL")
		require.Equal(t, "aabbccabc", trace.String(), "order of the instructions, two a turn")
	})
}

// TestIOTakesTimeOnce has three threads wait at the same time.
func TestIOTakesTimeOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := gil.New()
		p := append(slow(&trace, "a", 1), blockFor(100*time.Millisecond))
		took := gradetest.Took(func() { in.Run(p, p, p) })
		require.Equal(t, "aaa", trace.String(), "Compute instructions before an IO, in three threads")
		require.Equal(t, 130*time.Millisecond, took, "time for three threads with 10 ms of computing and then 100 ms of IO each")
	})
}

func TestComputingGoesOnDuringIO(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		took := gradetest.Took(func() {
			gil.New().Run(gil.Program{blockFor(10 * step)}, slow(&trace, "a", 10))
		})
		require.Equal(t, 10*step, took, "time for 100 ms of IO beside 100 ms of computing")
	})
}

// TestNoConvoy has a thread come back from IO while another computes: it waits
// for the end of the turn and no longer, every time.
func TestNoConvoy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		var at []time.Duration
		start := time.Now()
		note := gil.Compute(func() { at = append(at, time.Since(start)) })
		withGIL(3).Run(
			gil.Program{blockFor(25 * time.Millisecond), note, blockFor(25 * time.Millisecond), note, blockFor(25 * time.Millisecond), note},
			slow(&trace, "a", 20),
		)
		require.Equal(t, []time.Duration{3 * step, 6 * step, 9 * step}, at,
			"when a thread went on that had to wait for 25 ms each time, beside one that computes in turns of 30 ms")
	})
}

// TestLateArrival comes when the holder's turn has ended and nobody waited.
func TestLateArrival(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		var at time.Duration
		start := time.Now()
		withGIL(3).Run(
			gil.Program{blockFor(35 * time.Millisecond), gil.Compute(func() { at = time.Since(start) })},
			slow(&trace, "a", 20),
		)
		require.Contains(t, []time.Duration{4 * step, 5 * step, 6 * step}, at,
			"when a thread went on that came after 35 ms, beside one that computes in turns of 30 ms")
	})
}

// TestTurnBeginsAfresh has a thread use up a part of its turn before an IO.
func TestTurnBeginsAfresh(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		p := append(slow(&trace, "a", 1), blockFor(15*time.Millisecond))
		withGIL(2).Run(append(p, slow(&trace, "a", 3)...), slow(&trace, "b", 6))
		require.Equal(t, "abbaabbabb", trace.String(), "order of the instructions, two a turn, with an IO after the first")
	})
}

// TestBackOfTheLine has a thread come back from IO while one computes and
// another has been waiting.
func TestBackOfTheLine(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		withGIL(2).Run(
			append(gil.Program{blockFor(15 * time.Millisecond)}, slow(&trace, "a", 1)...),
			slow(&trace, "b", 4), slow(&trace, "c", 4),
		)
		require.Equal(t, "bbccabbcc", trace.String(), "order of the instructions, two a turn, with a coming back from an IO in the first turn of b")
	})
}

// TestNewRunQueues has a second Run come in the middle of a turn.
func TestNewRunQueues(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := withGIL(2)
		first := gradetest.GoDo(func() { in.Run(slow(&trace, "a", 3), slow(&trace, "b", 3)) })
		time.Sleep(15 * time.Millisecond)
		second := gradetest.GoDo(func() { in.Run(slow(&trace, "c", 2), slow(&trace, "d", 1)) })
		first.Wait()
		second.Wait()
		require.Equal(t, "aabbccdab", trace.String(), "order of the instructions, two a turn, with c and d coming in the first turn of a")
	})
}

// TestWaitingIsFree has threads wait for the GIL, and for an IO, in real time.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		in := withGIL(1)
		end := make(chan struct{})
		nop := gil.Compute(func() {})
		run := gradetest.GoDo(func() {
			in.Run(gil.Program{gil.Compute(func() { <-end }), nop}, gil.Program{nop, nothing(), nop}, gil.Program{nothing(), nop})
		})
		free := gradetest.GoDo(func() { gil.NewFree().Run(gil.Program{gil.IO(func() { <-end })}) })
		return func() {
			close(end)
			run.Wait()
			free.Wait()
		}
	})
}
