package joinablequeue_test

import (
	"context"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

func start(t *testing.T, q *joinablequeue.Queue[job], w joinablequeue.Worker[job], n int) (started []*joinablequeue.Process) {
	t.Helper()
	for range n {
		p, err := q.Start(w)
		require.NoError(t, err, "error of Start")
		require.NotNil(t, p, "process that Start has started")
		require.NotZero(t, p.Pid(), "number of a process that Start has started")
		started = append(started, p)
	}
	return started
}

func putJobs(t *testing.T, q *joinablequeue.Queue[job], jobs ...job) {
	t.Helper()
	for _, j := range jobs {
		require.NoError(t, q.Put(context.Background(), j), "Put")
	}
}

// numbers are those of the items that were done, each as often as it was.
func numbers(all []done) (ns []int) {
	for _, d := range all {
		ns = append(ns, d.n)
	}
	return ns
}

// crashes are those that Wait reports, by the numbers of the processes.
func crashes(t *testing.T, err error) map[int]*joinablequeue.WorkerError {
	t.Helper()
	require.Error(t, err, "Wait, after workers have crashed")
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "Wait returns errors that errors.Join has joined, and not %T", err)
	found := map[int]*joinablequeue.WorkerError{}
	for _, err := range joined.Unwrap() {
		crash, ok := err.(*joinablequeue.WorkerError)
		require.True(t, ok, "Wait returns errors of type *WorkerError, joined, and not %T", err)
		require.NotContains(t, found, crash.Pid, "processes that Wait has reported before")
		require.NotEmpty(t, crash.Error(), "text of an error of Wait")
		found[crash.Pid] = crash
	}
	return found
}

// TestAcrossProcesses has three processes do what is put into a small queue.
func TestAcrossProcesses(t *testing.T) {
	gradetest.RealTime(t)
	dir, remove := folder(t)
	defer remove()
	q := joinablequeue.NewQueue[job](2)
	started := start(t, q, works, 3)
	long := strings.Repeat("more than fits in ", 1<<13)
	want := map[int]uint32{}
	for n := range 12 {
		j := job{Dir: dir, N: n, Text: "线\x00\n\"", Next: &job{Text: "inner"}}
		if n%5 == 0 {
			j.Text = long
		}
		want[n] = crc32.ChecksumIEEE([]byte(j.Text)) + crc32.ChecksumIEEE([]byte("inner"))
		putJobs(t, q, j)
	}
	require.NoError(t, q.Join(context.Background()), "Join")
	all := notes(t, dir)
	require.Len(t, all, len(want), "items done when Join has returned, each once")
	var pids []int
	for _, p := range started {
		pids = append(pids, p.Pid())
	}
	for _, d := range all {
		require.Equal(t, want[d.n], d.sum, "checksum of item %d as it arrived", d.n)
		delete(want, d.n)
		require.Contains(t, pids, d.pid, "process that has done an item, and those that Start has started")
		require.NotEqual(t, os.Getpid(), d.pid, "process that has done an item, beside this one")
	}
	require.Empty(t, want, "items that were not done")
	q.Close()
	require.NoError(t, q.Wait(context.Background()), "Wait, after all workers have ended as they should")
}

func TestWorkersPut(t *testing.T) {
	gradetest.RealTime(t)
	dir, remove := folder(t)
	defer remove()
	q := joinablequeue.NewQueue[job](0)
	start(t, q, works, 2)
	putJobs(t, q, job{Dir: dir, Do: "split", N: 1}, job{Dir: dir, Do: "split", N: 2})
	require.NoError(t, q.Join(context.Background()), "Join")
	require.ElementsMatch(t, []int{1, 11, 12, 2, 21, 22}, numbers(notes(t, dir)), "items done when Join has returned")
	q.Close()
	require.NoError(t, q.Wait(context.Background()), "Wait")
}

// TestDeathsAreReported has a worker end in each of five ways, once each, and a sixth do the rest.
func TestDeathsAreReported(t *testing.T) {
	gradetest.RealTime(t)
	dir, remove := folder(t)
	defer remove()
	want := map[string]int{"exit": 7, "panic": 2, "kill": -1, "error": 1, "return": 0}
	q := joinablequeue.NewQueue[job](0)
	started := start(t, q, works, len(want)+1)
	n := 0
	var items []int
	for how := range want {
		putJobs(t, q, job{Dir: dir, N: n}, job{Dir: dir, Do: how, N: n + 1})
		items = append(items, n, n+1)
		n += 2
	}
	require.NoError(t, q.Join(context.Background()), "Join, when each item that was lost is done at the second attempt")
	require.ElementsMatch(t, items, numbers(notes(t, dir)), "items done when Join has returned")
	require.Empty(t, q.GivenUp(), "items that were given up")
	q.Close()
	found := crashes(t, q.Wait(context.Background()))
	require.Len(t, found, len(want), "processes that Wait reports")
	var got, codes []int
	for _, crash := range found {
		require.True(t, crash.NotDone, "NotDone, of a worker that ended with an item in hand")
		got = append(got, max(crash.ExitCode, -1))
	}
	for _, code := range want {
		codes = append(codes, code)
	}
	if killedIsNegative {
		require.ElementsMatch(t, codes, got, "exit codes of the processes that Wait reports")
	}
	well := 0
	for _, p := range started {
		if found[p.Pid()] == nil {
			well++
		}
	}
	require.Equal(t, 1, well, "processes that Wait does not report, of those that were started")
}

func TestPoison(t *testing.T) {
	gradetest.RealTime(t)
	dir, remove := folder(t)
	defer remove()
	q := joinablequeue.NewQueue[job](0)
	start(t, q, works, joinablequeue.MaxAttempts+1)
	putJobs(t, q, job{Dir: dir, N: 1}, job{Dir: dir, Do: "poison", N: 2}, job{Dir: dir, N: 3})
	require.ErrorIs(t, q.Join(context.Background()), joinablequeue.ErrGivenUp, "error of Join, with an item that ends every worker")
	require.ElementsMatch(t, []int{1, 2, 2, 2, 3}, numbers(notes(t, dir)), "items that workers had, each as often as it was handed out")
	given := q.GivenUp()
	require.Len(t, given, 1, "items that were given up")
	require.Equal(t, 2, given[0].N, "item that was given up")
	q.Close()
	require.Len(t, crashes(t, q.Wait(context.Background())), joinablequeue.MaxAttempts, "processes that Wait reports")
}

// TestTerminated kills a worker that has nothing to do. If the news has not come
// when an item does, the dead may get it, and have it for a moment.
func TestTerminated(t *testing.T) {
	gradetest.RealTime(t)
	dir, remove := folder(t)
	defer remove()
	q := joinablequeue.NewQueue[job](0)
	two := start(t, q, works, 2)
	require.NoError(t, two[0].Terminate(), "Terminate")
	require.NoError(t, two[0].Join(context.Background()), "Join of a process that was terminated")
	putJobs(t, q, job{Dir: dir, N: 1}, job{Dir: dir, N: 2})
	require.NoError(t, q.Join(context.Background()), "Join, with one worker of two left")
	for _, d := range notes(t, dir) {
		require.Equal(t, two[1].Pid(), d.pid, "process that has done an item, when the other was terminated")
	}
	require.Len(t, notes(t, dir), 2, "items done when Join has returned")
	gone, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, q.Wait(gone), context.DeadlineExceeded, "error of Wait while a worker lives, with a time-out")
	q.Close()
	found := crashes(t, q.Wait(context.Background()))
	require.Len(t, found, 1, "processes that Wait reports")
	require.NotNil(t, found[two[0].Pid()], "report of the process that was terminated")
	require.Len(t, crashes(t, q.Wait(ended())), 1, "processes that a second Wait reports, with a context that has ended")

	empty := joinablequeue.NewQueue[job](0)
	p := start(t, empty, works, 1)[0]
	require.NoError(t, p.Terminate(), "Terminate")
	crash := crashes(t, empty.Wait(context.Background()))[p.Pid()]
	require.NotNil(t, crash, "report of the process that was terminated")
	require.False(t, crash.NotDone, "NotDone, of a worker of an empty queue")
	require.NotZero(t, crash.ExitCode, "exit code of a worker that was terminated")
}
