package threads_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/01-threads"
)

// atOnce runs all of fs in goroutines of their own, 50 times each, in real time.
func atOnce(fs ...func(i int)) {
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(func() {
			for i := range 50 {
				f(i)
			}
		})
	}
	all.Wait()
}

func TestHammer(t *testing.T) {
	p := threads.NewProcess()
	var ran gradetest.InFlight
	life := func(i int) {
		th := p.NewThread(threads.Func(func(context.Context) { ran.Enter() }))
		th.SetDaemon(i%2 == 0)
		if th.Start() == nil && i%3 > 0 {
			th.Join(t.Context())
		}
	}
	look := func(int) {
		for _, th := range p.Enumerate() {
			th.Alive()
			th.Name()
			th.Daemon()
		}
		p.ActiveCount()
	}
	err := p.Main(func(context.Context) { atOnce(life, life, life, look) })
	require.NoError(t, err, "error of Main")
	require.GreaterOrEqual(t, ran.Total(), 75, "threads that had run when Main returned, of 75 that were no daemons")
}

func TestHammerOneThread(t *testing.T) {
	p := threads.NewProcess()
	th := p.NewThread(threads.Func(func(context.Context) {}))
	atOnce(
		func(i int) { th.SetName(fmt.Sprint("name ", i)) },
		func(int) { th.Name() },
		func(i int) { th.SetDaemon(i%2 == 0) },
		func(int) { th.Daemon() },
		func(int) { th.Alive() },
		func(i int) {
			if i == 25 {
				th.Start()
			}
		},
	)
	require.NoError(t, th.Join(t.Context()), "error of Join")
}

func TestJoinOrdersMemory(t *testing.T) {
	p := threads.NewProcess()
	wool := make([]int, 3) // plain variables: only Join and Main order their use
	err := p.Main(func(ctx context.Context) {
		var first, second *threads.Thread
		first = p.NewThread(threads.Func(func(context.Context) { wool[0] = 1 }))
		second = p.NewThread(threads.Func(func(ctx context.Context) {
			first.Join(ctx)
			wool[1] = wool[0] + 1
		}))
		first.Start()
		second.Start()
		second.Join(ctx)
		wool[0] = wool[1] + 1
		p.NewThread(threads.Target(func(_ context.Context, at ...int) {
			for _, i := range at {
				wool[i] = wool[0] + i
			}
		}, 1, 2)).Start()
	})
	require.NoError(t, err, "error of Main")
	require.Equal(t, []int{3, 4, 5}, wool, "what the threads wrote, read after Join and Main")
}
