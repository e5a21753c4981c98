package producerconsumer_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

// parcel is written by who puts it, and by who gets it, with no lock of its own.
type parcel struct{ made, used int }

// TestHammerQueue runs in real time. Put must order the making of a parcel
// before its use, and TaskDone the use before the end of Join, or the race
// detector sees the plain fields.
func TestHammerQueue(t *testing.T) {
	const hands, each = 3, 60
	ctx := context.Background()
	q := producerconsumer.New[*parcel](2)
	parcels := make([]parcel, hands*each)
	var making, rest sync.WaitGroup
	for h := range hands {
		making.Go(func() { makeParcels(ctx, q, parcels[h*each:(h+1)*each]) })
		rest.Go(func() { useParcels(ctx, q) })
	}
	rest.Go(func() {
		for range 200 {
			_, _ = q.Len(), q.Cap()
		}
	})
	making.Wait()
	err := q.Join(ctx)
	unused := 0
	for i := range parcels {
		if parcels[i].used != i%each+1 {
			unused++
		}
	}
	q.Close()
	rest.Wait()
	require.NoError(t, err, "Join")
	require.Zero(t, unused, "parcels not yet used when Join returned")
}

func makeParcels(ctx context.Context, q *producerconsumer.Queue[*parcel], parcels []parcel) {
	for i := range parcels {
		parcels[i].made = i + 1
		if i%2 == 1 || q.TryPut(&parcels[i]) != nil {
			_ = q.Put(ctx, &parcels[i])
		}
	}
}

func useParcels(ctx context.Context, q *producerconsumer.Queue[*parcel]) {
	for {
		p, err := q.TryGet()
		if err != nil {
			p, err = q.Get(ctx)
		}
		if err != nil || p == nil {
			return
		}
		p.used = p.made
		_ = q.TaskDone()
	}
}

// TestHammerEnds closes queues and cancels contexts while others put and get.
func TestHammerEnds(t *testing.T) {
	ctx := context.Background()
	for range 10 {
		q := producerconsumer.New[int](1)
		var accepted, received gradetest.InFlight
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for i := range 20 {
					ctx, cancel := context.WithCancel(ctx)
					if i%4 == 0 {
						all.Go(cancel)
					}
					if q.Put(ctx, i) == nil {
						accepted.Enter()
					}
					cancel()
				}
			})
			all.Go(func() {
				for range 50 {
					if _, err := q.Get(ctx); err != nil {
						return
					}
					received.Enter()
					_ = q.TaskDone()
				}
			})
		}
		all.Go(func() {
			for range 10 {
				q.Len()
				if _, err := q.TryGet(); err == nil {
					received.Enter()
					_ = q.TaskDone()
				}
			}
			q.Close()
			_ = q.Join(ctx)
		})
		all.Wait()
		require.Equal(t, accepted.Total(), received.Total(), "items received before the first Get that said the queue is closed, as many as were put")
	}
}

// TestHammerPipeline lets the race detector see what producers and consumers
// did before Pipeline returned.
func TestHammerPipeline(t *testing.T) {
	for range 5 {
		var sent [2]int
		squares := make([]int, 40)
		produce := func(p int) producer {
			return func(_ context.Context, put func(int) error) error {
				for i := p; i < len(squares); i += 2 {
					sent[p]++
					if err := put(i); err != nil {
						return err
					}
				}
				return nil
			}
		}
		consume := func(_ context.Context, i int) error { squares[i] = i * i; return nil }
		err := producerconsumer.Pipeline(context.Background(), 2, 3, consume, produce(0), produce(1))
		require.NoError(t, err, "Pipeline")
		require.Equal(t, [2]int{20, 20}, sent, "items that the two producers sent")
		for i := range squares {
			require.Equal(t, i*i, squares[i], "result for item %d", i)
		}
	}
}
