package gil_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

// TestOthersComputeDuringIO has an IO wait for an instruction of another thread.
func TestOthersComputeDuringIO(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		computed := make(chan struct{})
		gil.New().Run(
			gil.Program{gil.IO(func() { <-computed })},
			gil.Program{gil.Compute(func() { close(computed) })},
		)
	})
}

// TestIOsOverlap has two IOs wait for each other.
func TestIOsOverlap(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		meet := make(chan int)
		sum := 0
		add := gil.Compute(func() { sum++ })
		gil.New().Run(
			gil.Program{add, gil.IO(func() { meet <- 1 }), add},
			gil.Program{add, gil.IO(func() { <-meet }), add},
		)
		require.Equal(t, 4, sum, "Compute instructions run before and after two IOs that wait for each other")
	})
}

// TestNewcomerComputesDuringIO begins a Run when the only thread so far is in
// an IO: it had nobody to leave the GIL to, and must have left it all the same.
func TestNewcomerComputesDuringIO(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		in := gil.New()
		end := make(chan struct{})
		first := gradetest.GoDo(func() { in.Run(gil.Program{gil.Compute(func() {}), gil.IO(func() { <-end }), gil.Compute(func() {})}) })
		gradetest.Settle()
		newcomer := gradetest.GoDo(func() { in.Run(gil.Program{gil.Compute(func() {})}) })
		gradetest.Settle()
		newcomer.MustReturn(t, "Run of one Compute while the only other thread is in an IO")
		first.MustWait(t, "Run of a thread that is in an IO")
		close(end)
		gradetest.Settle()
		first.MustReturn(t, "Run after the end of the IO")
	})
}

// TestRunInsideIO is what a thread does that starts others and joins them.
func TestRunInsideIO(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		in := withGIL(1)
		sum := 0
		add := gil.Compute(func() { sum++ })
		in.Run(gil.Program{add, gil.IO(func() { in.Run(gil.Program{add, add}, gil.Program{add}) }), add})
		require.Equal(t, 5, sum, "Compute instructions run by a thread and by those that it runs in an IO")
	})
}

// TestIOMeetsCompute has threads come back for the GIL while it changes hands:
// whatever the order of their steps, nobody is forgotten.
func TestIOMeetsCompute(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		sum := 0
		add := gil.Compute(func() { sum++ })
		withGIL(1).Run(gil.Program{nothing(), add}, gil.Program{add, add}, gil.Program{nothing(), add})
		require.Equal(t, 4, sum, "Compute instructions run while others come back from an IO")
	})
}
