package producerconsumer_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/03-producer-consumer"
)

type queue = producerconsumer.Queue[int]

// got is what a Get returned.
type got struct {
	item int
	err  error
}

// holding returns a queue with these items in it.
func holding(t *testing.T, capacity int, items ...int) *queue {
	t.Helper()
	q := producerconsumer.New[int](capacity)
	for _, item := range items {
		require.NoError(t, q.TryPut(item), "TryPut into a queue with room")
	}
	return q
}

// takes gets items without waiting and demands that they are these, and the last.
func takes(t *testing.T, q *queue, want ...int) {
	t.Helper()
	items := []int{}
	for range len(want) + 1 {
		item, err := q.TryGet()
		if err != nil {
			break
		}
		items = append(items, item)
	}
	require.Equal(t, append([]int{}, want...), items, "items still in the queue, first to last")
}

// first gets one item without waiting and demands that it is this one.
func first(t *testing.T, q *queue, want int) {
	t.Helper()
	item, err := q.TryGet()
	require.NoError(t, err, "TryGet from a queue that holds items")
	require.Equal(t, want, item, "item that comes out first")
}

// getting starts Get in the background and lets it get as far as it can.
func getting(ctx context.Context, q *queue) *gradetest.Call[got] {
	c := gradetest.Go(func() got {
		item, err := q.Get(ctx)
		return got{item, err}
	})
	gradetest.Settle()
	return c
}

// putting starts Put in the background and lets it get as far as it can.
func putting(ctx context.Context, q *queue, item int) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return q.Put(ctx, item) })
	gradetest.Settle()
	return c
}

// joining starts Join in the background and lets it get as far as it can.
func joining(ctx context.Context, q *queue) *gradetest.Call[error] {
	c := gradetest.Go(func() error { return q.Join(ctx) })
	gradetest.Settle()
	return c
}

// done calls TaskDone and lets others get as far as they can.
func done(t *testing.T, q *queue) {
	t.Helper()
	require.NoError(t, q.TaskDone(), "TaskDone for an item that is unfinished")
	gradetest.Settle()
}

// contents returns what a buffered channel holds. It does not close the channel:
// wrong code may still send.
func contents(c chan int) []int {
	items := []int{}
	for range len(c) {
		items = append(items, <-c)
	}
	return items
}
