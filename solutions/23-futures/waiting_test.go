package futures_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

// closed reports whether a receive from c would not wait.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestResultWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		r := result(t.Context(), f)
		r.MustWait(t, "Result of a pending future")
		f.Start()
		gradetest.Settle()
		r.MustWait(t, "Result of a running future")
		f.Complete(5)
		gradetest.Settle()
		require.Equal(t, outcome{5, nil}, r.MustReturn(t, "Result, after Complete"), "what Result returned")
	})
}

// TestEverybodyHears: one result is for all, now and later.
func TestEverybodyHears(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		first, second := result(t.Context(), f), result(t.Context(), f)
		failure := gradetest.Go(func() error { _, err := f.Failure(t.Context()); return err })
		done := gradetest.GoDo(func() { <-f.Done() })
		gradetest.Settle()
		f.Complete(5)
		gradetest.Settle()
		for _, r := range []*gradetest.Call[outcome]{first, second, result(t.Context(), f), result(t.Context(), f)} {
			require.Equal(t, outcome{5, nil}, r.MustReturn(t, "one of several Results, after Complete"), "what Result returned")
		}
		require.NoError(t, failure.MustReturn(t, "Failure, after Complete"))
		done.MustReturn(t, "a receive from Done, after Complete")
	})
}

func TestEveryEndWakes(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(2)
		cancelled, failed := result(t.Context(), fs[0]), result(t.Context(), fs[1])
		fs[0].Cancel()
		fs[1].Fail(io.EOF)
		gradetest.Settle()
		require.ErrorIs(t, cancelled.MustReturn(t, "Result that waits, after Cancel").err, futures.ErrCancelled, "error of Result")
		require.ErrorIs(t, failed.MustReturn(t, "Result that waits, after Fail").err, io.EOF, "error of Result")
	})
}

func TestDoneChannel(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i, f := range pendings(3) {
			before := f.Done()
			require.False(t, closed(before), "is Done closed on a pending future?")
			switch i {
			case 0:
				f.Start()
				require.False(t, closed(before), "is Done closed on a running future?")
				f.Complete(1)
			case 1:
				f.Fail(io.EOF)
			case 2:
				f.Cancel()
			}
			require.True(t, closed(before), "is Done closed when the future has ended?")
			require.Equal(t, before, f.Done(), "Done before the end and after it: the same channel")
		}
	})
}

func TestGivingUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := result(ctx, f), result(t.Context(), f)
		failure := gradetest.Go(func() error { _, err := f.Failure(ctx); return err })
		cancel()
		gradetest.Settle()
		err := impatient.MustReturn(t, "Result whose context ended").err
		require.ErrorIs(t, err, context.Canceled, "error of a Result whose context ended")
		require.NotErrorIs(t, err, futures.ErrCancelled, "error of a Result whose context ended: the future is not cancelled")
		require.ErrorIs(t, failure.MustReturn(t, "Failure whose context ended"), context.Canceled, "error of a Failure whose context ended")
		require.Equal(t, futures.Pending, f.State(), "State after somebody gave up waiting")
		patient.MustWait(t, "another Result, while the future is pending")
		require.True(t, f.Complete(5), "Complete after somebody gave up waiting")
		gradetest.Settle()
		require.Equal(t, outcome{5, nil}, patient.MustReturn(t, "another Result, after Complete"), "what Result returned")
	})
}

// TestDoneIsDone asks often: a select takes any case that is ready.
func TestDoneIsDone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f, g := futures.New[int](), futures.New[int]()
		f.Complete(5)
		g.Fail(io.EOF)
		for range 40 {
			v, err := f.Result(ended())
			require.NoError(t, err, "error of Result of a finished future, with a context that has ended")
			require.Equal(t, 5, v, "Result of a finished future, with a context that has ended")
			failure, err := g.Failure(ended())
			require.NoError(t, err, "second error of Failure of a failed future, with a context that has ended")
			require.ErrorIs(t, failure, io.EOF, "Failure of a failed future, with a context that has ended")
		}
	})
}

func TestFailureTellsApart(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(4)
		fs[0].Complete(1)
		fs[1].Fail(context.Canceled)
		fs[2].Cancel()

		failure, err := fs[0].Failure(t.Context())
		require.NoError(t, failure, "failure of a future with a result")
		require.NoError(t, err, "second error of Failure of a future with a result")

		failure, err = fs[1].Failure(t.Context())
		require.ErrorIs(t, failure, context.Canceled, "failure of a future that failed with context.Canceled")
		require.NoError(t, err, "second error of Failure of a future that failed")

		failure, err = fs[2].Failure(t.Context())
		require.NoError(t, failure, "failure of a cancelled future")
		require.ErrorIs(t, err, futures.ErrCancelled, "second error of Failure of a cancelled future")

		failure, err = fs[3].Failure(ended())
		require.NoError(t, failure, "failure of a pending future")
		require.ErrorIs(t, err, context.Canceled, "second error of Failure, with a context that has ended")
	})
}

func TestResultMeetsComplete(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		r := gradetest.Go(func() outcome { v, err := f.Result(context.Background()); return outcome{v, err} })
		f.Complete(5)
		gradetest.Settle()
		require.Equal(t, outcome{5, nil}, r.MustReturn(t, "a Result that meets Complete"), "what Result returned")
	})
}
