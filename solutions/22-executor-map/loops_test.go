package executormap_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

var errBad = errors.New("bad argument")

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

// failingAt doubles, and fails with errBad for n.
func failingAt(n int) func(context.Context, int) (int, error) {
	return func(ctx context.Context, arg int) (int, error) {
		if arg == n {
			return 0, errBad
		}
		return double(ctx, arg)
	}
}

func sleeping(ds ...time.Duration) func(context.Context, int) (int, error) {
	return func(ctx context.Context, n int) (int, error) {
		time.Sleep(ds[n%len(ds)])
		return double(ctx, n)
	}
}

func task(f func(context.Context, int) (int, error)) executormap.Task[int, int] {
	return executormap.NewTask("task", f)
}

// mapping is Map over the first n numbers, which are doubled on ex.
func mapping(ex executormap.Executor, n int, opts executormap.Options) iter.Seq2[int, error] {
	return executormap.Map(context.Background(), ex, task(double), upTo(n), opts)
}

// upTo yields 0, 1, 2 and so on below n.
func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// endless stands for an input without an end: code that wants all of it gets
// stuck on a far too large number of elements, and not for ever.
const endless = 500

// source counts what it is asked for, and whether it has come to its end.
type source struct{ asked, open gradetest.InFlight }

func (s *source) upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		s.open.Enter()
		defer s.open.Leave()
		for i := range n {
			s.asked.Enter()
			if !yield(i) {
				return
			}
		}
	}
}

func doubles(n int) []int {
	var out []int
	for i := range n {
		out = append(out, 2*i)
	}
	return out
}

// collect gathers what a loop gets.
func collect(seq iter.Seq2[int, error]) (results []int, err error) {
	for v, failure := range seq {
		if failure != nil {
			err = errors.Join(err, failure)
			continue
		}
		results = append(results, v)
	}
	return results, err
}

type item struct {
	value int
	err   error
}

// reading is a loop in a goroutine of its own.
type reading struct {
	items chan item // what the loop got and nobody has looked at
	loop  *gradetest.Call[struct{}]
}

// read lets a loop over seq get as far as it can.
func read(seq iter.Seq2[int, error]) *reading {
	r := &reading{items: make(chan item, 2*endless)}
	r.loop = gradetest.GoDo(func() {
		for v, err := range seq {
			r.items <- item{v, err}
		}
	})
	gradetest.Settle()
	return r
}

// got returns what the loop got since the last call.
func (r *reading) got() []item {
	out := []item{}
	for {
		select {
		case i := <-r.items:
			out = append(out, i)
		default:
			return out
		}
	}
}

// mustGet demands these results and no error.
func (r *reading) mustGet(t *testing.T, what string, values ...int) {
	t.Helper()
	want := []item{}
	for _, v := range values {
		want = append(want, item{v, nil})
	}
	require.Equal(t, want, r.got(), "what the loop gets (results and errors) "+what)
}

// mustEnd demands these results, then an error of this kind, and the end.
func (r *reading) mustEnd(t *testing.T, what string, kind error, values ...int) {
	t.Helper()
	got := r.got()
	require.Len(t, got, len(values)+1, "results and one error that the loop gets "+what)
	for i, v := range values {
		require.Equal(t, item{v, nil}, got[i], "result number %d (from 0) "+what, i)
	}
	requireKind(t, kind, got[len(values)])
	r.loop.MustReturn(t, "the loop, after an error")
}

// requireKind demands an error that is of one kind, and no other that tests know.
func requireKind(t *testing.T, kind error, last item) {
	t.Helper()
	require.ErrorIs(t, last.err, kind, "the error that the loop gets")
	for _, other := range []error{errBad, executormap.ErrShutdown, executormap.ErrCancelled, context.Canceled, context.DeadlineExceeded} {
		if !errors.Is(kind, other) {
			require.NotErrorIs(t, last.err, other, "the error that the loop gets")
		}
	}
	require.Zero(t, last.value, "the value beside an error")
}
