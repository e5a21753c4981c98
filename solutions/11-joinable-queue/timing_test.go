package joinablequeue_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// odd is a time that nobody who polls hits.
const odd = 1234567 * time.Nanosecond

func TestJoinReturnsAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](0)
		put(t, q, "one")
		w := connect(q)
		w.gets(t, "one")
		join := joining(q)
		time.Sleep(odd)
		require.NoError(t, w.TaskDone(), "TaskDone")
		require.Equal(t, odd, join.Took(), "time from Join to its return, with the last item done after 1.234567 ms")
		w.hangUp()
	})
}

func TestItemArrivesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		w := connect(q)
		asking := w.asks()
		time.Sleep(odd)
		put(t, q, "one")
		require.Equal(t, odd, asking.Took(), "time from Get to its return, with an item put after 1.234567 ms")
		require.NoError(t, w.TaskDone(), "TaskDone")
		put(t, q, "two")
		waits := putting(q, "three")
		time.Sleep(odd)
		_, err := w.Get()
		require.NoError(t, err, "Get")
		require.Equal(t, odd, waits.Took(), "time from Put into a full queue to its return, with an item taken out after 1.234567 ms")
		w.hangUp()
	})
}

func TestEndArrivesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		asking := b.asks()
		q.Close()
		time.Sleep(odd)
		require.NoError(t, a.TaskDone(), "TaskDone")
		require.Equal(t, odd, asking.Took(), "time from Get to the end mark, with the last item done after 1.234567 ms")
		require.Equal(t, io.EOF, asking.Wait().err, "error of Get when all is done")
		a.hangUp()
		b.hangUp()
	})
}

func TestLossIsNoticedAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		a, b := connect(q), connect(q)
		a.gets(t, "one")
		asking := b.asks()
		time.Sleep(odd)
		a.hangUp()
		require.Equal(t, odd, asking.Took(), "time from Get to its return, with an item that came back after 1.234567 ms")
		b.hangUp()
	})
}

func TestGivingUpIsExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := joinablequeue.NewQueue[string](1)
		put(t, q, "one")
		for _, wait := range []func(context.Context) error{q.Join, func(ctx context.Context) error { return q.Put(ctx, "never") }} {
			ctx, cancel := context.WithTimeout(context.Background(), 7*time.Millisecond)
			defer cancel()
			var err error
			took := gradetest.Took(func() { err = wait(ctx) })
			require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Join or Put whose time is up")
			require.Equal(t, 7*time.Millisecond, took, "time that Join or Put waited with a time-out of 7 ms")
		}
		w := connect(q)
		w.does(t, "one")
		w.hangUp()
	})
}

// TestWaitingIsFree has all wait that can: both sides of connections too.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		empty, full := joinablequeue.NewQueue[string](1), joinablequeue.NewQueue[string](1)
		if err := full.Put(context.Background(), "one"); err != nil {
			t.Errorf("error of Put: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		gets, puts := connect(empty), connect(full)
		asking := gets.asks()
		calls := []*gradetest.Call[error]{
			gradetest.Go(func() error { return full.Join(ctx) }),
			gradetest.Go(func() error { return full.Put(ctx, "never") }),
			gradetest.Go(func() error { return puts.Put("never") }),
		}
		return func() {
			cancel()
			gets.hangUp()
			puts.hangUp()
			asking.Wait()
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}
