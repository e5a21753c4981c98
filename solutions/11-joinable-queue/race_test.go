package joinablequeue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// TestHammerPut has four goroutines do nothing but put.
func TestHammerPut(t *testing.T) {
	q := joinablequeue.NewQueue[string](0)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for n := range 50 {
				if err := q.Put(context.Background(), fmt.Sprint(g, n)); err != nil {
					t.Errorf("error of Put: %v", err)
				}
			}
		})
	}
	all.Wait()
	w := connect(q)
	seen := map[string]bool{}
	for range 200 {
		item, err := w.Get()
		require.NoError(t, err, "Get of one of 200 items that four goroutines put")
		require.NoError(t, w.TaskDone(), "TaskDone")
		seen[item] = true
	}
	require.Len(t, seen, 200, "items that four goroutines put")
	w.hangUp()
}

// TestHammerServe has four workers at once, each in a goroutine of its own.
func TestHammerServe(t *testing.T) {
	q := joinablequeue.NewQueue[string](0)
	for n := range 100 {
		require.NoError(t, q.Put(context.Background(), fmt.Sprint(n)), "Put")
	}
	q.Close()
	var all sync.WaitGroup
	var done atomic.Int32
	for range 4 {
		w := connect(q)
		all.Go(func() {
			for range 101 {
				if _, err := w.Get(); err != nil {
					if err != io.EOF {
						t.Errorf("error of Get: %v", err)
					}
					break
				}
				if err := w.TaskDone(); err != nil {
					t.Errorf("error of TaskDone: %v", err)
				}
				done.Add(1)
			}
			if err := w.hangUp(); err != nil {
				t.Errorf("error of Serve of a worker that had its end mark: %v", err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 100, done.Load(), "items that four workers have done")
	require.NoError(t, q.Join(context.Background()), "Join when all is done")
}

// TestHammerClose closes while others put.
func TestHammerClose(t *testing.T) {
	q := joinablequeue.NewQueue[string](0)
	var all sync.WaitGroup
	begun := make(chan struct{}, 2)
	for range 2 {
		begin := sync.OnceFunc(func() { begun <- struct{}{} })
		all.Go(func() {
			defer begin()
			for n := range 50_000 { // only wrong code takes that many
				if err := q.Put(context.Background(), "item"); err != nil {
					if !errors.Is(err, joinablequeue.ErrClosed) {
						t.Errorf("error of Put: %v", err)
					}
					return
				}
				if n == 10 {
					begin()
				}
				runtime.Gosched()
			}
		})
	}
	<-begun
	<-begun
	q.Close()
	all.Wait()
	require.ErrorIs(t, q.Put(context.Background(), "item"), joinablequeue.ErrClosed, "error of Put after Close")
}

// TestHammerGivenUp asks all the time what was given up, while something is.
func TestHammerGivenUp(t *testing.T) {
	q := joinablequeue.NewQueue[string](0)
	require.NoError(t, q.Put(context.Background(), "poison"), "Put")
	var over atomic.Bool
	var all sync.WaitGroup
	asked := make(chan struct{})
	all.Go(func() {
		q.GivenUp()
		close(asked)
		for range 20_000 { // only wrong code lasts that long
			if over.Load() {
				break
			}
			q.GivenUp()
			runtime.Gosched()
		}
	})
	<-asked
	for range joinablequeue.MaxAttempts {
		w := connect(q)
		if _, err := w.Get(); err != nil {
			t.Errorf("error of Get: %v", err)
		}
		w.hangUp()
	}
	over.Store(true)
	all.Wait()
	require.Equal(t, []string{"poison"}, q.GivenUp(), "items that were given up")
}

// TestHammerJoin has four goroutines join while a worker works.
func TestHammerJoin(t *testing.T) {
	q := joinablequeue.NewQueue[string](0)
	require.NoError(t, q.Put(context.Background(), "item"), "Put")
	w := connect(q)
	var calls []*gradetest.Call[error]
	for range 4 {
		calls = append(calls, joining(q))
	}
	_, err := w.Get()
	require.NoError(t, err, "Get")
	require.NoError(t, w.TaskDone(), "TaskDone")
	for _, c := range calls {
		require.NoError(t, c.Wait(), "Join by four at once, when all is done")
	}
	w.hangUp()
}
