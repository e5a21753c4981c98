package gil_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

// TestFreeSpeedUp lets the threads take the tasks as they come.
func TestFreeSpeedUp(t *testing.T) {
	gradetest.Speedup(t, func(workers int, tasks []func()) {
		var next atomic.Int64
		take := gil.Compute(func() {
			if i := int(next.Add(1)) - 1; i < len(tasks) {
				tasks[i]()
			}
		})
		p := make(gil.Program, len(tasks))
		for i := range p {
			p[i] = take
		}
		programs := make([]gil.Program, workers)
		for i := range programs {
			programs[i] = p
		}
		gil.NewFree().Run(programs...)
	})
}

// TestGILAllowsNoSpeedUp needs no clock to see that: every instruction holds
// the door open for a second one, which must not come.
func TestGILAllowsNoSpeedUp(t *testing.T) {
	var inside gradetest.InFlight
	wait := gil.Compute(func() {
		inside.Enter()
		time.Sleep(5 * time.Millisecond)
		inside.Leave()
	})
	p := gil.Program{wait, gil.IO(func() {}), wait}
	withGIL(1).Run(p, p, p)
	require.Equal(t, 6, inside.Total(), "Compute instructions run by three threads with two each")
	require.Equal(t, 1, inside.Max(), "Compute instructions that ran at once under the GIL")
}
