package producerconsumer_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

// aWhile is a time that no poll hits by chance.
const aWhile = 1234567 * time.Nanosecond

func TestGetWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		g := gradetest.Go(func() error { _, err := q.Get(t.Context()); return err })
		time.Sleep(aWhile)
		require.NoError(t, q.Put(t.Context(), 1), "Put into an empty queue")
		require.Equal(t, aWhile, g.Took(), "time that Get waited, with an item put after 1.234567 ms")
		require.NoError(t, g.Wait(), "the waiting Get")
	})
}

func TestPutWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		p := gradetest.Go(func() error { return q.Put(t.Context(), 2) })
		time.Sleep(aWhile)
		_, err := q.Get(t.Context())
		require.NoError(t, err, "Get from a full queue")
		require.Equal(t, aWhile, p.Took(), "time that Put waited, with an item taken after 1.234567 ms")
		require.NoError(t, p.Wait(), "the waiting Put")
	})
}

func TestJoinWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 1, 1)
		j := gradetest.Go(func() error { return q.Join(t.Context()) })
		time.Sleep(aWhile)
		require.NoError(t, q.TaskDone(), "TaskDone for an item that is unfinished")
		require.Equal(t, aWhile, j.Took(), "time that Join waited, with the last item done after 1.234567 ms")
		require.NoError(t, j.Wait(), "Join")
	})
}

func TestCloseWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		empty, full := producerconsumer.New[int](1), holding(t, 1, 1)
		g := gradetest.Go(func() error { _, err := empty.Get(t.Context()); return err })
		p := gradetest.Go(func() error { return full.Put(t.Context(), 2) })
		time.Sleep(aWhile)
		empty.Close()
		full.Close()
		require.Equal(t, aWhile, g.Took(), "time that Get waited, with the queue closed after 1.234567 ms")
		require.Equal(t, aWhile, p.Took(), "time that Put waited, with the queue closed after 1.234567 ms")
	})
}

func TestDeadlinesAreExact(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		empty, full := producerconsumer.New[int](1), holding(t, 1, 1)
		calls := map[string]func(context.Context) error{
			"Get":  func(ctx context.Context) error { _, err := empty.Get(ctx); return err },
			"Put":  func(ctx context.Context) error { return full.Put(ctx, 2) },
			"Join": full.Join,
		}
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(t.Context(), aWhile)
			var err error
			took := gradetest.Took(func() { err = call(ctx) })
			cancel()
			require.ErrorIs(t, err, context.DeadlineExceeded, "error of a %s whose time is up", name)
			require.NotErrorIs(t, err, context.Canceled, "error of a %s whose time is up", name)
			require.Equal(t, aWhile, took, "time that %s waited with a time-out of 1.234567 ms", name)
		}
	})
}

// TestProducersAndConsumersOverlap makes and uses four items, each in 10 ms.
func TestProducersAndConsumersOverlap(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		slow := func(items int) producer {
			return func(_ context.Context, put func(int) error) error {
				for i := range items {
					time.Sleep(10 * time.Millisecond)
					if err := put(i); err != nil {
						return err
					}
				}
				return nil
			}
		}
		consume := func(context.Context, int) error { time.Sleep(10 * time.Millisecond); return nil }
		run := func(consumers int, producers ...producer) time.Duration {
			return gradetest.Took(func() {
				err := producerconsumer.Pipeline(t.Context(), 1, consumers, consume, producers...)
				require.NoError(t, err, "Pipeline")
			})
		}
		require.Equal(t, 50*time.Millisecond, run(1, slow(4)), "time for 4 items through 1 producer and 1 consumer, 10 ms each")
		require.Equal(t, 30*time.Millisecond, run(2, slow(2), slow(2)), "time for 4 items through 2 producers and 2 consumers, 10 ms each")
		require.Equal(t, 30*time.Millisecond, run(2, sending(1, 2, 3, 4, 5)), "time for 5 items, made at once, through 2 consumers, 10 ms each")
	})
}

// TestWaitingIsFree has two calls of each kind wait in real time.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		empty, full := producerconsumer.New[int](1), holding(t, 1, 1)
		ctx, cancel := context.WithCancel(context.Background())
		var calls []*gradetest.Call[error]
		for range 2 {
			calls = append(calls,
				gradetest.Go(func() error { _, err := empty.Get(ctx); return err }),
				gradetest.Go(func() error { return full.Put(ctx, 2) }),
				gradetest.Go(func() error { return full.Join(ctx) }))
		}
		return func() {
			cancel()
			for _, c := range calls {
				c.Wait()
			}
		}
	})
}
