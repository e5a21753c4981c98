package futures_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

// ended returns a context that has ended: with it nothing waits.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// pendings returns new futures.
func pendings(n int) []*futures.Future[int] {
	fs := make([]*futures.Future[int], n)
	for i := range fs {
		fs[i] = futures.New[int]()
	}
	return fs
}

// outcome is what a Result returned.
type outcome struct {
	value int
	err   error
}

// result calls f.Result in the background and lets it get as far as it can.
func result(ctx context.Context, f *futures.Future[int]) *gradetest.Call[outcome] {
	c := gradetest.Go(func() outcome {
		v, err := f.Result(ctx)
		return outcome{v, err}
	})
	gradetest.Settle()
	return c
}

func TestLifeOfAFuture(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[string]()
		require.Equal(t, "pending", f.State().String(), "State of a new future")
		require.True(t, f.Start(), "Start of a pending future")
		require.Equal(t, "running", f.State().String(), "State after Start")
		require.False(t, f.Start(), "second Start")
		require.True(t, f.Complete("warp"), "Complete of a running future")
		require.Equal(t, "finished", f.State().String(), "State after Complete")
		require.False(t, f.Start(), "Start of a finished future")
		require.Equal(t, "finished", f.State().String(), "State after a Start that came too late")
		v, err := f.Result(t.Context())
		require.NoError(t, err, "error of Result")
		require.Equal(t, "warp", v, "Result")
	})
}

func TestEndsWithoutAStart(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := futures.New[int](), futures.New[int]()
		require.True(t, a.Complete(7), "Complete of a pending future")
		require.True(t, b.Fail(io.EOF), "Fail of a pending future")
		for _, f := range []*futures.Future[int]{a, b} {
			require.Equal(t, futures.Finished, f.State(), "State of a future that ended without a Start")
			require.False(t, f.Start(), "Start of a finished future")
		}
		v, err := a.Result(t.Context())
		require.NoError(t, err, "error of Result after Complete")
		require.Equal(t, 7, v, "Result after Complete")
	})
}

func TestFailKeepsTheError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		require.True(t, f.Start(), "Start of a pending future")
		require.True(t, f.Fail(io.ErrUnexpectedEOF), "Fail of a running future")
		require.Equal(t, futures.Finished, f.State(), "State after Fail")
		v, err := f.Result(t.Context())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "error of Result after Fail")
		require.NotErrorIs(t, err, futures.ErrCancelled, "error of Result after Fail")
		require.Zero(t, v, "value of Result after Fail")
	})
}

func TestFailNeedsAnError(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		require.Panics(t, func() { f.Fail(nil) }, "Fail(nil)")
		require.Equal(t, futures.Pending, f.State(), "State after Fail(nil)")
		require.True(t, f.Complete(1), "Complete after Fail(nil)")
	})
}

func TestCancelPending(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		require.True(t, f.Cancel(), "Cancel of a pending future")
		require.Equal(t, "cancelled", f.State().String(), "State after Cancel")
		require.False(t, f.Start(), "Start of a cancelled future")
		require.False(t, f.Complete(1), "Complete of a cancelled future")
		require.False(t, f.Fail(io.EOF), "Fail of a cancelled future")
		require.Equal(t, futures.Cancelled, f.State(), "State of a cancelled future after Start, Complete and Fail")
		v, err := f.Result(t.Context())
		require.ErrorIs(t, err, futures.ErrCancelled, "error of Result of a cancelled future")
		require.NotErrorIs(t, err, context.Canceled, "error of Result of a cancelled future")
		require.Zero(t, v, "value of Result of a cancelled future")
		require.True(t, f.Cancel(), "second Cancel of a cancelled future")
	})
}

func TestCancelTooLate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		require.True(t, f.Start(), "Start of a pending future")
		require.False(t, f.Cancel(), "Cancel of a running future")
		require.Equal(t, futures.Running, f.State(), "State of a running future after Cancel")
		require.True(t, f.Complete(3), "Complete of a running future after Cancel")
		require.False(t, f.Cancel(), "Cancel of a finished future")
		require.Equal(t, futures.Finished, f.State(), "State of a finished future after Cancel")
		v, err := f.Result(t.Context())
		require.NoError(t, err, "error of Result after a Cancel that came too late")
		require.Equal(t, 3, v, "Result after a Cancel that came too late")
	})
}

func TestOnlyTheFirstEndCounts(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := futures.New[int](), futures.New[int]()
		require.True(t, a.Complete(1), "first Complete")
		require.False(t, a.Complete(2), "second Complete")
		require.False(t, a.Fail(io.EOF), "Fail after Complete")
		v, err := a.Result(t.Context())
		require.NoError(t, err, "error of Result after Complete and a late Fail")
		require.Equal(t, 1, v, "Result after two Completes")
		require.True(t, b.Fail(io.EOF), "first Fail")
		require.False(t, b.Fail(io.ErrNoProgress), "second Fail")
		require.False(t, b.Complete(2), "Complete after Fail")
		v, err = b.Result(t.Context())
		require.ErrorIs(t, err, io.EOF, "error of Result after two Fails")
		require.NotErrorIs(t, err, io.ErrNoProgress, "error of Result after two Fails")
		require.Zero(t, v, "value of Result after Fail and a late Complete")
	})
}

// TestTwoEndsMeet: of two that end a future at the same moment one does.
func TestTwoEndsMeet(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		other := gradetest.Go(func() bool { return f.Complete(1) })
		mine := f.Complete(2)
		gradetest.Settle()
		theirs := other.MustReturn(t, "Complete that meets another one")
		require.NotEqual(t, mine, theirs, "two Completes at once: did exactly one report that it ended the future?")
		want := 1
		if mine {
			want = 2
		}
		v, err := f.Result(t.Context())
		require.NoError(t, err, "error of Result after two Completes at once")
		require.Equal(t, want, v, "Result after two Completes at once: the value of the one that reported true")
	})
}

func TestCancelMeetsStart(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		cancelling := gradetest.Go(f.Cancel)
		started := f.Start()
		gradetest.Settle()
		cancelled := cancelling.MustReturn(t, "Cancel that meets a Start")
		require.NotEqual(t, started, cancelled, "Start and Cancel at once: did exactly one report success?")
		want := futures.Cancelled
		if started {
			want = futures.Running
		}
		require.Equal(t, want.String(), f.State().String(), "State after Start and Cancel at once")
	})
}

func TestTwoStartsMeet(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		other := gradetest.Go(f.Start)
		mine := f.Start()
		gradetest.Settle()
		require.NotEqual(t, mine, other.MustReturn(t, "Start that meets another one"), "two Starts at once: did exactly one report success?")
	})
}

func TestCancelMeetsFail(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		failing := gradetest.Go(func() bool { return f.Fail(io.EOF) })
		cancelled := f.Cancel()
		gradetest.Settle()
		failed := failing.MustReturn(t, "Fail that meets a Cancel")
		require.NotEqual(t, failed, cancelled, "Fail and Cancel at once: did exactly one report success?")
		_, err := f.Result(t.Context())
		assert.Equal(t, failed, errors.Is(err, io.EOF), "Fail reported true: is its error the one of Result?")
		assert.Equal(t, cancelled, errors.Is(err, futures.ErrCancelled), "Cancel reported true: is ErrCancelled the error of Result?")
	})
}
