package gil_test

import (
	"strings"
	"testing"

	"github.com/weft-course/weft/exercises/08-gil"
)

func TestRunsEverything(t *testing.T) {
	for _, in := range []*gil.Interpreter{gil.New(), gil.NewFree()} {
		var first, second []int
		program := func(to *[]int) gil.Program {
			return gil.Program{
				gil.Compute(func() { *to = append(*to, 1) }),
				gil.IO(func() { *to = append(*to, 2) }),
				gil.Compute(func() { *to = append(*to, 3) }),
			}
		}
		in.Run(program(&first), program(&second))
		for _, got := range [][]int{first, second} {
			if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
				t.Errorf("instructions run by a program of three: got %v, want [1 2 3]", got)
			}
		}
	}
}

func TestTakesTurns(t *testing.T) {
	in := gil.New()
	in.SetSwitchInterval(2)
	var trace strings.Builder // without a lock: under the GIL one thread at a time writes
	program := func(letter string, n int) gil.Program {
		var p gil.Program
		for range n {
			p = append(p, gil.Compute(func() { trace.WriteString(letter) }))
		}
		return p
	}
	in.Run(program("a", 5), program("b", 3))
	if got, want := trace.String(), "aabbaaba"; got != want {
		t.Errorf("order of the instructions of two programs, 2 in a turn: got %q, want %q", got, want)
	}
}

// TestCheckThenAct shows what the GIL does not protect. Each thread looks into
// the purse in one instruction and takes from it in the next.
func TestCheckThenAct(t *testing.T) {
	for _, c := range []struct{ interval, want int }{{1, -100}, {2, 0}} {
		purse := 100
		program := func() gil.Program {
			enough := false
			return gil.Program{
				gil.Compute(func() { enough = purse >= 100 }),
				gil.Compute(func() {
					if enough {
						purse -= 100
					}
				}),
			}
		}
		in := gil.New()
		in.SetSwitchInterval(c.interval)
		in.Run(program(), program())
		if purse != c.want {
			t.Errorf("what is left of 100 when two threads take 100 each, after looking, with switch interval %d: got %d, want %d", c.interval, purse, c.want)
		}
	}
}
