package producerconsumer_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

func TestNewRefusesNoRoom(t *testing.T) {
	for _, capacity := range []int{0, -1} {
		require.Panics(t, func() { producerconsumer.New[int](capacity) }, "New with capacity %d", capacity)
	}
	q := producerconsumer.New[int](3)
	require.Equal(t, 3, q.Cap(), "Cap of a queue made by New(3)")
	require.Zero(t, q.Len(), "Len of a fresh queue")
}

// TestOrderIsKept compares the queue with a slice over a random sequence of
// calls that never have to wait. The sequence is always the same, so that a
// schedule is.
func TestOrderIsKept(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](3)
		random := rand.New(rand.NewPCG(3, 400))
		var want []int
		for range 400 {
			if random.IntN(2) == 0 {
				want = putRandom(t, q, want, random)
			} else {
				want = getChecked(t, q, want, random)
			}
			require.Equal(t, len(want), q.Len(), "Len")
		}
	})
}

// putRandom puts a random item, zero often, as the model says that it must go.
func putRandom(t *testing.T, q *queue, model []int, random *rand.Rand) []int {
	t.Helper()
	item := random.IntN(1000) * random.IntN(2)
	if len(model) == q.Cap() {
		err := q.TryPut(item)
		require.ErrorIs(t, err, producerconsumer.ErrFull, "TryPut into a full queue")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "TryPut into a full queue")
		return model
	}
	put := q.TryPut
	if random.IntN(2) == 0 {
		put = func(item int) error { return q.Put(t.Context(), item) }
	}
	require.NoError(t, put(item), "putting an item into a queue with room")
	return append(model, item)
}

// getChecked takes the item that the model says must come.
func getChecked(t *testing.T, q *queue, model []int, random *rand.Rand) []int {
	t.Helper()
	if len(model) == 0 {
		item, err := q.TryGet()
		require.ErrorIs(t, err, producerconsumer.ErrEmpty, "TryGet from an empty queue")
		require.NotErrorIs(t, err, producerconsumer.ErrClosed, "TryGet from an empty queue")
		require.Zero(t, item, "item that comes with an error")
		return model
	}
	get := q.TryGet
	if random.IntN(2) == 0 {
		get = func() (int, error) { return q.Get(t.Context()) }
	}
	item, err := get()
	require.NoError(t, err, "getting an item from a queue that has some")
	require.Equal(t, model[0], item, "item that comes out, the queue holding %v", model)
	return model[1:]
}

func TestGetWaitsForPut(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		g := getting(t.Context(), q)
		g.MustWait(t, "Get from an empty queue")
		require.NoError(t, q.Put(t.Context(), 7), "Put into an empty queue")
		gradetest.Settle()
		require.Equal(t, got{7, nil}, g.MustReturn(t, "the waiting Get, after a Put"), "what the waiting Get returned")
		takes(t, q)
	})
}

func TestPutWaitsForRoom(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := holding(t, 2, 1, 2)
		p := putting(t.Context(), q, 3)
		p.MustWait(t, "Put into a full queue")
		require.Equal(t, 2, q.Len(), "Len of a full queue of 2 with a Put that waits")
		item, err := q.Get(t.Context())
		require.NoError(t, err, "Get from a full queue")
		require.Equal(t, 1, item, "item that comes out first")
		gradetest.Settle()
		require.NoError(t, p.MustReturn(t, "the waiting Put, after a Get"), "the waiting Put, after a Get")
		takes(t, q, 2, 3)
	})
}

// TestBoundIsReachedAndKept has five goroutines put into a queue of two.
func TestBoundIsReachedAndKept(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		q := producerconsumer.New[int](2)
		var calls []*gradetest.Call[error]
		for i := range 5 {
			calls = append(calls, putting(t.Context(), q, i))
		}
		for taken := range 4 {
			returned := 0
			for _, c := range calls {
				if c.Done() {
					returned++
				}
			}
			require.Equal(t, 2+taken, returned, "Puts that have returned, of 5 into a queue of 2, after %d items were taken", taken)
			require.Equal(t, 2, q.Len(), "Len of a queue of 2 with more Puts waiting")
			_, err := q.TryGet()
			require.NoError(t, err, "TryGet from a full queue")
			gradetest.Settle()
		}
	})
}

// TestGetLooksAgain snatches the item that a waiting Get was woken for.
func TestGetLooksAgain(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		g := getting(t.Context(), q)
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		item, err := q.TryGet()
		gradetest.Settle()
		if err == nil {
			require.Equal(t, 1, item, "item that TryGet took")
			g.MustWait(t, "a Get that was woken for an item which somebody else took first")
			require.NoError(t, q.TryPut(2), "TryPut into an empty queue")
			gradetest.Settle()
			item = 2
		} else {
			require.ErrorIs(t, err, producerconsumer.ErrEmpty, "TryGet after the waiting Get took the item")
			item = 1
		}
		require.Equal(t, got{item, nil}, g.MustReturn(t, "the waiting Get"), "what the waiting Get returned")
	})
}

// TestPutLooksAgain snatches the room that a waiting Put was woken for.
func TestPutLooksAgain(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := holding(t, 1, 1)
		p := putting(t.Context(), q, 2)
		first(t, q, 1)
		err := q.TryPut(3)
		gradetest.Settle()
		require.Equal(t, 1, q.Len(), "Len of a queue of 1, after two goroutines wanted the same room")
		if err == nil {
			p.MustWait(t, "a Put that was woken for room which somebody else took first")
			first(t, q, 3)
			gradetest.Settle()
		} else {
			require.ErrorIs(t, err, producerconsumer.ErrFull, "TryPut after the waiting Put took the room")
		}
		require.NoError(t, p.MustReturn(t, "the waiting Put"), "the waiting Put")
		takes(t, q, 2)
	})
}

// TestTwoPutsWakeTwoGets puts twice before the first Get can have run.
func TestTwoPutsWakeTwoGets(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := producerconsumer.New[int](2)
		a, b := getting(t.Context(), q), getting(t.Context(), q)
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		require.NoError(t, q.TryPut(1), "TryPut into a queue of 2 with one item put before")
		gradetest.Settle()
		for _, g := range []*gradetest.Call[got]{a, b} {
			require.Equal(t, got{1, nil}, g.MustReturn(t, "one of two waiting Gets, after two Puts"), "what a waiting Get returned")
		}
	})
}

// TestTwoGetsWakeTwoPuts gets twice before the first Put can have run.
func TestTwoGetsWakeTwoPuts(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := holding(t, 2, 1, 1)
		a, b := putting(t.Context(), q, 2), putting(t.Context(), q, 2)
		first(t, q, 1)
		first(t, q, 1)
		gradetest.Settle()
		for _, p := range []*gradetest.Call[error]{a, b} {
			require.NoError(t, p.MustReturn(t, "one of two waiting Puts, after two Gets"), "a waiting Put")
		}
		takes(t, q, 2, 2)
	})
}

// TestTheRightSideWakes has Gets and a Put wait at the same time: the one that
// takes the item must wake the Put, not the other Get.
func TestTheRightSideWakes(t *testing.T) {
	gradetest.Stress(t, 100, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		a, b := getting(t.Context(), q), getting(t.Context(), q)
		require.NoError(t, q.TryPut(1), "TryPut into an empty queue")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.NoError(t, q.Put(ctx, 1), "Put into a queue of 1 with two Gets waiting, right after another Put")
		gradetest.Settle()
		for _, g := range []*gradetest.Call[got]{a, b} {
			require.Equal(t, got{1, nil}, g.MustReturn(t, "one of two waiting Gets, after two Puts"), "what a waiting Get returned")
		}
	})
}

// TestManyThroughOne sends the items of three goroutines through a queue of
// one to two others: each arrives once, those of one sender in their order.
func TestManyThroughOne(t *testing.T) {
	gradetest.Stress(t, 5, func(t *testing.T) {
		const senders, each = 3, 20
		q := producerconsumer.New[int](1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		for s := range senders {
			all.Go(func() {
				for i := range each {
					_ = q.Put(ctx, s*each+i)
				}
			})
		}
		var received [2][]int
		for r := range received {
			all.Go(func() {
				for range senders * each / 2 {
					if item, err := q.Get(ctx); err == nil {
						received[r] = append(received[r], item)
					}
				}
			})
		}
		all.Wait()
		times := map[int]int{}
		for _, items := range received {
			var next [senders]int
			for _, item := range items {
				times[item]++
				require.GreaterOrEqual(t, item%each, next[item/each], "number of an item, received after later ones of the same sender")
				next[item/each] = item%each + 1
			}
		}
		for item := range senders * each {
			require.Equal(t, 1, times[item], "times that an item was received")
		}
	})
}

// TestTwoPutsMeetTwoGets has all four begin together: nobody may be left waiting.
func TestTwoPutsMeetTwoGets(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		q := producerconsumer.New[int](1)
		get := func() got { item, err := q.Get(context.Background()); return got{item, err} }
		put := func() error { return q.Put(context.Background(), 1) }
		gets := []*gradetest.Call[got]{gradetest.Go(get), gradetest.Go(get)}
		puts := []*gradetest.Call[error]{gradetest.Go(put), gradetest.Go(put)}
		gradetest.Settle()
		for i := range gets {
			require.Equal(t, got{1, nil}, gets[i].MustReturn(t, "one of two Gets that meet two Puts"), "what a Get returned")
			require.NoError(t, puts[i].MustReturn(t, "one of two Puts that meet two Gets"), "a Put")
		}
		takes(t, q)
	})
}
