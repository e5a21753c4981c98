package gil_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

// withGIL returns an interpreter that switches after n instructions.
func withGIL(n int) *gil.Interpreter {
	in := gil.New()
	in.SetSwitchInterval(n)
	return in
}

// visit is an instruction that shows itself to inside.
func visit(inside *gradetest.InFlight) gil.Instr {
	return gil.Compute(func() {
		inside.Enter()
		runtime.Gosched()
		inside.Leave()
	})
}

// letters is a program of n instructions that write a letter. They take no
// lock: under the GIL they need none.
func letters(to *strings.Builder, letter string, n int) gil.Program {
	var p gil.Program
	for range n {
		p = append(p, write(to, letter))
	}
	return p
}

func write(to *strings.Builder, letter string) gil.Instr {
	return gil.Compute(func() { to.WriteString(letter) })
}

// nothing is an IO that does not block: it gives up the GIL all the same.
func nothing() gil.Instr { return gil.IO(func() {}) }

func TestNeverTwoAtOnce(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		var inside gradetest.InFlight
		p := gil.Program{visit(&inside), visit(&inside), visit(&inside)}
		withGIL(1).Run(p, p)
		require.Equal(t, 6, inside.Total(), "Compute instructions run by two threads with three each")
		require.Equal(t, 1, inside.Max(), "Compute instructions that ran at once under the GIL")
	})
}

// TestNeverTwoAtOnceAfterIO has threads come back from an IO while others compute.
func TestNeverTwoAtOnceAfterIO(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		var inside gradetest.InFlight
		p := gil.Program{visit(&inside), nothing(), visit(&inside)}
		gil.New().Run(p, p)
		require.Equal(t, 4, inside.Total(), "Compute instructions run by two threads with two each")
		require.Equal(t, 1, inside.Max(), "Compute instructions that ran at once under the GIL, with an IO before some of them")
	})
}

// TestRunMeetsRun starts two threads by two calls: there is one GIL for both,
// and it gets lost in no order of their steps.
func TestRunMeetsRun(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var inside gradetest.InFlight
		in := withGIL(1)
		p := gil.Program{visit(&inside), visit(&inside)}
		other := gradetest.GoDo(func() { in.Run(p) })
		in.Run(p)
		gradetest.Settle()
		other.MustReturn(t, "a Run that meets another Run")
		require.Equal(t, 4, inside.Total(), "Compute instructions run by two calls of Run with two each")
		require.Equal(t, 1, inside.Max(), "Compute instructions that ran at once under one GIL, in two calls of Run")
	})
}

// TestInterpretersAreIndependent uses one interpreter in an instruction of another.
func TestInterpretersAreIndependent(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		outer, inner := gil.New(), gil.New()
		ran := 0
		outer.Run(gil.Program{gil.Compute(func() {
			inner.Run(gil.Program{gil.Compute(func() { ran++ }), nothing(), gil.Compute(func() { ran++ })})
		})})
		require.Equal(t, 2, ran, "Compute instructions run by an interpreter inside an instruction of another one")
	})
}

func TestOnceAndInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, in := range []*gil.Interpreter{withGIL(2), gil.NewFree()} {
			var first, second strings.Builder
			program := func(to *strings.Builder) gil.Program {
				return gil.Program{
					write(to, "a"), write(to, "b"), write(to, "c"),
					gil.IO(func() { to.WriteString("D") }), gil.IO(func() { to.WriteString("E") }),
					write(to, "f"),
				}
			}
			in.Run(program(&first), program(&second))
			require.Equal(t, "abcDEf", first.String(), "instructions of the first program, in the order in which they ran")
			require.Equal(t, "abcDEf", second.String(), "instructions of the second program, in the order in which they ran")
		}
	})
}

// TestSharedProgram runs one Program in several threads, twice.
func TestSharedProgram(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, in := range []*gil.Interpreter{withGIL(1), gil.NewFree()} {
			var inside gradetest.InFlight
			p := gil.Program{visit(&inside), visit(&inside)}
			in.Run(p, p, p)
			in.Run(p)
			require.Equal(t, 8, inside.Total(), "instructions run by four threads that share a program of two")
		}
	})
}

func TestRunWaitsForAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, in := range []*gil.Interpreter{gil.New(), gil.NewFree()} {
			end := make(chan struct{})
			run := gradetest.GoDo(func() { in.Run(gil.Program{gil.IO(func() { <-end })}, gil.Program{nothing()}) })
			gradetest.Settle()
			run.MustWait(t, "Run with a thread that is still in an IO")
			close(end)
			gradetest.Settle()
			run.MustReturn(t, "Run after the end of the last thread")
		}
	})
}

func TestNothingToRun(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, in := range []*gil.Interpreter{gil.New(), gil.NewFree()} {
			in.Run()
			in.Run(gil.Program{}, nil)
			ran := 0
			in.Run(nil, gil.Program{gil.Compute(func() { ran++ })}, nil)
			require.Equal(t, 1, ran, "instructions run after, and beside, empty programs")
		}
	})
}

func TestSwitchIntervalIsRemembered(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		assert.Equal(t, 100, gil.DefaultSwitchInterval, "DefaultSwitchInterval")
		for _, in := range []*gil.Interpreter{gil.New(), gil.NewFree()} {
			assert.Equal(t, gil.DefaultSwitchInterval, in.SwitchInterval(), "switch interval of a new interpreter")
			in.SetSwitchInterval(7)
			assert.Panics(t, func() { in.SetSwitchInterval(0) }, "SetSwitchInterval(0)")
			assert.Panics(t, func() { in.SetSwitchInterval(-1) }, "SetSwitchInterval(-1)")
			assert.Equal(t, 7, in.SwitchInterval(), "switch interval after 7 was set, and 0 and -1 were refused")
		}
	})
}

// TestHammer runs in real time: the GIL must order what the instructions of
// different threads do, or the race detector sees the plain counter.
func TestHammer(t *testing.T) {
	in := withGIL(2)
	counter := 0
	count := gil.Compute(func() { counter++ })
	p := gil.Program{count, count, count, gil.IO(runtime.Gosched), count, nothing(), count, count}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				in.Run(p, p, p)
			}
		})
	}
	all.Wait()
	require.Equal(t, 4*10*3*6, counter, "what 120 threads counted that add 1 six times each, without a lock of their own")
}

// TestHammerInterval has every goroutine call one method only: a lock that
// another one takes would order, by luck, what this one forgets to protect.
func TestHammerInterval(t *testing.T) {
	in := gil.New()
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			for n := range 100 {
				in.SetSwitchInterval(1 + (n+i)%3)
			}
		})
		all.Go(func() {
			for range 100 {
				in.SwitchInterval()
			}
		})
	}
	all.Go(func() {
		step := gil.Compute(func() {})
		p := gil.Program{step, step, step, step, step, step}
		for range 20 {
			in.Run(p, p)
		}
	})
	all.Wait()
	require.Contains(t, []int{1, 2, 3}, in.SwitchInterval(), "switch interval after it was set to 1, 2 and 3 by turns")
}

// TestFreeResults reads without a lock what the threads wrote, once Run has returned.
func TestFreeResults(t *testing.T) {
	in := gil.NewFree()
	results := make([]int, 8)
	var programs []gil.Program
	for i := range results {
		double := gil.Compute(func() { results[i] *= 2 })
		programs = append(programs, gil.Program{gil.Compute(func() { results[i] = i }), gil.IO(runtime.Gosched), double, double})
	}
	for range 20 {
		in.Run(programs...)
		for i, got := range results {
			require.Equal(t, 4*i, got, "what a thread of a free interpreter had computed when Run returned")
		}
	}
}
