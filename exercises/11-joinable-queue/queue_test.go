package joinablequeue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/11-joinable-queue"
)

// TestMain is for a test binary what main is for a program. In a process that
// Start has made, Main must not return: it would start all tests again, and
// they more processes, and so on.
func TestMain(m *testing.M) {
	joinablequeue.Main()
	const inside = "WEFT_ELEVEN_VISIBLE"
	if os.Getenv(inside) != "" {
		fmt.Fprintln(os.Stderr, "Main has returned in a process that Start has made")
		os.Exit(97)
	}
	os.Setenv(inside, "1")
	os.Exit(m.Run())
}

// diligent does all items until it gets the end mark.
var diligent = joinablequeue.RegisterWorker("diligent", func(q *joinablequeue.Remote[int]) error {
	for {
		if _, err := q.Get(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := q.TaskDone(); err != nil {
			return err
		}
	}
})

// stuck takes one item, and never does it.
var stuck = joinablequeue.RegisterWorker("stuck", func(q *joinablequeue.Remote[int]) error {
	_, err := q.Get()
	time.Sleep(time.Minute)
	return err
})

// local has q serve a worker that is no process, but the test. The call of hangUp ends the connection.
func local(q *joinablequeue.Queue[int]) (w *joinablequeue.Remote[int], hangUp func()) {
	theirIn, out := io.Pipe()
	in, theirOut := io.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		q.Serve(joinablequeue.NewPipe(in, out))
	}()
	return joinablequeue.NewRemote[int](joinablequeue.NewPipe(theirIn, theirOut)), func() {
		theirIn.Close()
		theirOut.Close()
		<-served
	}
}

func TestItemsComeInOrder(t *testing.T) {
	q := joinablequeue.NewQueue[int](3)
	for n := 1; n <= 3; n++ {
		if err := q.Put(context.Background(), n); err != nil {
			t.Fatalf("Put: got error %v, want none", err)
		}
	}
	q.Close()
	w, hangUp := local(q)
	defer hangUp()
	for want := 1; want <= 3; want++ {
		if got, err := w.Get(); got != want || err != nil {
			t.Fatalf("Get: got %d and error %v, want %d and none", got, err, want)
		}
		if err := w.TaskDone(); err != nil {
			t.Fatalf("TaskDone: got error %v, want none", err)
		}
	}
	if _, err := w.Get(); err != io.EOF {
		t.Errorf("Get when all is done: got error %v, want the end mark, %v", err, io.EOF)
	}
}

func TestJoinWaitsForTaskDone(t *testing.T) {
	q := joinablequeue.NewQueue[int](3)
	if err := q.Put(context.Background(), 1); err != nil {
		t.Fatalf("Put: got error %v, want none", err)
	}
	w, hangUp := local(q)
	defer hangUp()
	if got, err := w.Get(); got != 1 || err != nil {
		t.Fatalf("Get: got %d and error %v, want 1 and none", got, err)
	}
	soon, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := q.Join(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Join while an item is in hand: got error %v, want %v", err, context.DeadlineExceeded)
	}
	if err := w.TaskDone(); err != nil {
		t.Fatalf("TaskDone: got error %v, want none", err)
	}
	if err := q.Join(context.Background()); err != nil {
		t.Errorf("Join when all is done: got error %v, want none", err)
	}
}

// begin starts a worker process.
func begin(t *testing.T, q *joinablequeue.Queue[int], w joinablequeue.Worker[int]) *joinablequeue.Process {
	t.Helper()
	p, err := q.Start(w)
	if err != nil || p == nil {
		t.Fatalf("Start: got process %v and error %v, want a process and none", p, err)
	}
	return p
}

func TestEachWorkerGetsAnEndMark(t *testing.T) {
	q := joinablequeue.NewQueue[int](2)
	for range 3 {
		begin(t, q, diligent)
	}
	for n := range 10 {
		if err := q.Put(context.Background(), n); err != nil {
			t.Fatalf("Put: got error %v, want none", err)
		}
	}
	if err := q.Join(context.Background()); err != nil {
		t.Errorf("Join: got error %v, want none", err)
	}
	q.Close()
	if err := q.Wait(context.Background()); err != nil {
		t.Errorf("Wait for three workers that end when they get the end mark: got error %v, want none", err)
	}
}

func TestAnotherWorkerGetsWhatACrashLeaves(t *testing.T) {
	q := joinablequeue.NewQueue[int](1)
	p := begin(t, q, stuck)
	for n := range 2 { // the second has room when a worker has taken the first
		if err := q.Put(context.Background(), n); err != nil {
			t.Fatalf("Put: got error %v, want none", err)
		}
	}
	begin(t, q, diligent)
	if err := p.Terminate(); err != nil {
		t.Fatalf("Terminate: got error %v, want none", err)
	}
	if err := q.Join(context.Background()); err != nil {
		t.Errorf("Join, with a worker left: got error %v, want none", err)
	}
	q.Close()
	var crash *joinablequeue.WorkerError
	if err := q.Wait(context.Background()); !errors.As(err, &crash) {
		t.Fatalf("Wait: got error %v, want a *WorkerError", err)
	}
	if crash.Pid != p.Pid() || !crash.NotDone {
		t.Errorf("what Wait reports: got process %d and NotDone %v, want process %d and true", crash.Pid, crash.NotDone, p.Pid())
	}
}
