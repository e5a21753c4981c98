package executormap_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestChunksGiveTheSame(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for n := range 8 {
			for _, chunk := range []int{0, 1, 2, 3, 20} {
				got, err := collect(mapping(&spawner{}, n, executormap.Options{Ahead: 2, Chunk: chunk}))
				require.NoError(t, err, "error for %d arguments in chunks of %d", n, chunk)
				require.Equal(t, doubles(n), got, "results for %d arguments in chunks of %d", n, chunk)
			}
		}
	})
}

// TestChunksWaitTheirTurn runs what is there in the wrong order, when all of it is there.
func TestChunksWaitTheirTurn(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(mapping(ex, 7, executormap.Options{Ahead: 10, Chunk: 3}))
		for i := ex.count() - 1; i >= 0; i-- {
			r.mustGet(t, "while the first call has not ended")
			ex.run(t, i)
		}
		r.mustGet(t, "when all calls have ended, 7 arguments in chunks of 3", doubles(7)...)
		r.loop.MustReturn(t, "the loop, with all results handed out")
	})
}

// TestChunksElsewhere: the executor knows both tasks, by their names.
func TestChunksElsewhere(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		one := task(double)
		many := executormap.Chunked(one)
		ex := &elsewhere{known: map[string]invoke{one.Name(): one.Invoke, many.Name(): many.Invoke}}
		got, err := collect(mapping(ex, 7, executormap.Options{Chunk: 3}))
		require.NoError(t, err, "error on an executor that knows tasks by their names")
		require.Equal(t, doubles(7), got, "results of an executor that knows tasks by their names, 7 arguments in chunks of 3")
		got, err = collect(mapping(&elsewhere{known: map[string]invoke{one.Name(): one.Invoke}}, 3, executormap.Options{Chunk: 1}))
		require.NoError(t, err, "error with a Chunk of 1 on an executor that does not know the chunked task")
		require.Equal(t, doubles(3), got, "results with a Chunk of 1")
	})
}

// call calls a chunked task as an executor does.
func call(ctx context.Context, f func(context.Context, int) (int, error), args ...int) (any, error) {
	return executormap.Chunked(task(f)).Invoke(ctx, func(arg any) error {
		*arg.(*[]int) = args
		return nil
	})
}

func TestChunked(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		require.Equal(t, "task[]", executormap.Chunked(task(double)).Name(), "name of the chunked task")
		got, err := call(t.Context(), double, 5, 7, 6)
		require.NoError(t, err, "error of a chunked task")
		require.Equal(t, []int{10, 14, 12}, got, "results of a chunked task for 5, 7, 6")
		calls := 0
		got, err = call(t.Context(), func(ctx context.Context, n int) (int, error) { calls++; return failingAt(1)(ctx, n) }, 0, 1, 2)
		require.ErrorIs(t, err, errBad, "error of a chunked task whose second function fails")
		require.Empty(t, got, "results of a chunked task that has failed")
		require.Equal(t, 2, calls, "functions called by a chunked task of 3 of which the second fails")
	})
}

// TestChunkedStops: the executor was closed while a chunk ran.
func TestChunkedStops(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		_, err := call(ctx, func(ctx context.Context, n int) (int, error) {
			if calls++; calls == 2 {
				cancel()
			}
			return double(ctx, n)
		}, 0, 1, 2, 3)
		require.ErrorIs(t, err, context.Canceled, "error of a chunked task whose context ended")
		require.Equal(t, 2, calls, "functions called by a chunked task whose context ended during the second of 4")
	})
}

func TestErrorInAChunk(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(executormap.Map(t.Context(), ex, task(failingAt(3)), upTo(endless), executormap.Options{Ahead: 3, Chunk: 3}))
		ran := 0
		for ; ran < 4 && !r.loop.Done(); ran++ {
			ex.run(t, ran)
		}
		r.mustEnd(t, "with chunks of 3, when the fourth function has failed", errBad, 0, 2, 4)
		gradetest.Settle()
		ex.requireCancelled(t, ran)
	})
}

func TestChunksOfEndlessInput(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex, args := &spawner{}, source{}
		got := 0
		for v, err := range executormap.Map(t.Context(), ex, task(double), args.upTo(endless), executormap.Options{Ahead: 2, Chunk: 3}) {
			require.NoError(t, err, "error that the loop gets")
			require.Equal(t, 2*got, v, "result number %d (from 0)", got)
			if got++; got == 4 {
				break // two calls' results have been handed out, at least in part
			}
		}
		require.Equal(t, 4, got, "results that the loop got before it was left")
		require.LessOrEqual(t, args.asked.Total(), (2+2+1)*3, "elements taken when the loop is left in its second chunk of 3, with an Ahead of 2")
		require.LessOrEqual(t, ex.submitted.Total(), 4+2, "calls submitted when the loop is left in its second chunk of 3, with an Ahead of 2")
	})
}
