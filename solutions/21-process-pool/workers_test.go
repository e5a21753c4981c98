package processpool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

// TestWorkersAreUsedAgain waits for each of the first calls, and submits the others together.
func TestWorkersAreUsedAgain(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 0)
	defer p.Close()
	first := result(t, submit(t, p, whoami, none{}), "a call")
	second := result(t, submit(t, p, whoami, none{}), "a call")
	require.Equal(t, ids{first.Pid, first.Parent, 2}, second, "process that runs the second call, and how many it has run")
	var fs []*processpool.Future[ids]
	for range 5 {
		fs = append(fs, submit(t, p, whoami, none{}))
	}
	for i, f := range fs {
		require.Equal(t, ids{first.Pid, first.Parent, i + 3}, result(t, f, "a call"), "process that runs a later call, and how many it has run")
	}
}

// TestAsManyProcessesAsWorkers has two calls run at once, and then more wait than that.
func TestAsManyProcessesAsWorkers(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 2, 0)
	defer p.Close()
	a, b := newGate(t), newGate(t)
	defer a.remove()
	defer b.remove()
	first, second := submit(t, p, holds, string(a)), submit(t, p, holds, string(b))
	a.await()
	b.await()
	var fs []*processpool.Future[ids]
	for range 10 {
		fs = append(fs, submit(t, p, whoami, none{}))
	}
	require.NoError(t, a.open(), "opening a gate")
	require.NoError(t, b.open(), "opening a gate")
	one, two := result(t, first, "a call"), result(t, second, "a call")
	require.NotEqual(t, one.Pid, two.Pid, "processes of two calls that run at once")
	for _, f := range fs {
		require.Contains(t, []int{one.Pid, two.Pid}, result(t, f, "a call").Pid, "process of a call, with two workers")
	}
}

// TestTasksPerChild submits the first calls together and waits for each of the others.
func TestTasksPerChild(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 2)
	defer p.Close()
	var fs []*processpool.Future[ids]
	for range 3 {
		fs = append(fs, submit(t, p, whoami, none{}))
	}
	var got []ids
	for _, f := range fs {
		got = append(got, result(t, f, "one of several calls, with two tasks per child"))
	}
	for range 2 {
		got = append(got, result(t, submit(t, p, whoami, none{}), "one of several calls, with two tasks per child"))
	}
	pids := map[int]bool{}
	for i, id := range got {
		require.Equal(t, i%2+1, id.Calls, "calls that the process of call number %d has run, with two tasks per child", i+1)
		pids[id.Pid] = true
	}
	require.Len(t, pids, 3, "processes for five calls, with two tasks per child")
}

func TestFailedTasksCount(t *testing.T) {
	gradetest.RealTime(t)
	p := newPool(t, 1, 2)
	defer p.Close()
	first := result(t, submit(t, p, whoami, none{}), "a call")
	failure(t, submit(t, p, panics, "boom"), "a call that panicked")
	third := result(t, submit(t, p, whoami, none{}), "a call")
	require.NotEqual(t, first.Pid, third.Pid, "processes of the first and the third call, with two tasks per child and a panic between")
}
