package gil_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

func TestRunLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		in := withGIL(1)
		step := gil.Compute(func() {})
		in.Run(gil.Program{step, nothing(), step}, gil.Program{step, step})
		in.Run(gil.Program{nothing()})
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Run has returned")
	})
}

func TestFreeRunLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		step := gil.Compute(func() {})
		gil.NewFree().Run(gil.Program{step, nothing(), step}, gil.Program{step, step})
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Run of a free interpreter has returned")
	})
}

// TestNewStartsNothing makes an interpreter and drops it.
func TestNewStartsNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		gil.New().SetSwitchInterval(3)
		gil.NewFree().SetSwitchInterval(3)
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines of interpreters that run nothing")
	})
}
