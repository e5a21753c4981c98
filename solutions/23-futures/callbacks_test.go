package futures_test

import (
	"io"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

type future = futures.Future[int]

func TestCallbacksInOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i, f := range pendings(3) {
			var called []int
			for j := range 3 {
				f.OnDone(func(g *future) {
					assert.Same(t, f, g, "the future that a callback gets")
					called = append(called, j)
				})
			}
			end := []func() bool{
				func() bool { return f.Start() && f.Complete(1) },
				func() bool { return f.Fail(io.EOF) },
				f.Cancel,
			}[i]
			require.True(t, end(), "the call that ends the future")
			require.Equal(t, []int{0, 1, 2}, called, "callbacks called before Complete, Fail or Cancel returned")
		}
	})
}

func TestCallbackSeesTheEnd(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		calls := 0
		f.OnDone(func(f *future) {
			calls++
			v, err := f.Result(t.Context())
			assert.NoError(t, err, "error of Result in a callback")
			assert.Equal(t, 8, v, "Result in a callback")
			assert.Equal(t, futures.Finished, f.State(), "State in a callback")
			assert.True(t, closed(f.Done()), "is Done closed in a callback?")
		})
		f.Start()
		require.Zero(t, calls, "calls of the callback before the end")
		f.Complete(8)
		require.Equal(t, 1, calls, "calls of the callback")
	})
}

func TestCallbackAddedLate(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i, f := range pendings(3) {
			switch i {
			case 0:
				f.Complete(1)
			case 1:
				f.Fail(io.EOF)
			case 2:
				f.Cancel()
			}
			calls := 0
			f.OnDone(func(g *future) {
				assert.Same(t, f, g, "the future that a late callback gets")
				calls++
			})
			require.Equal(t, 1, calls, "calls of a callback that was added to a done future, when OnDone returned")
			gradetest.Settle()
			require.Equal(t, 1, calls, "calls of a callback that was added to a done future, a little later")
		}
	})
}

// TestCallbackIsCalledOnce ends futures again and again.
func TestCallbackIsCalledOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a, b := futures.New[int](), futures.New[int]()
		calls := make(map[*future]int)
		for _, f := range []*future{a, b} {
			f.OnDone(func(f *future) { calls[f]++ })
		}
		a.Complete(1)
		b.Cancel()
		for _, f := range []*future{a, b} {
			f.Start()
			f.Complete(2)
			f.Fail(io.EOF)
			f.Cancel()
			f.OnDone(func(*future) {})
			require.Equal(t, 1, calls[f], "calls of a callback, after several more attempts to end the future")
		}
	})
}

// TestCallbackMayUseTheFuture: nothing is held while a callback runs.
func TestCallbackMayUseTheFuture(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		var called []string
		f.OnDone(func(f *future) {
			called = append(called, "first")
			assert.False(t, f.Complete(2), "Complete in a callback")
			assert.False(t, f.Cancel(), "Cancel in a callback")
			f.OnDone(func(*future) { called = append(called, "from the first") })
		})
		f.OnDone(func(*future) { called = append(called, "second") })
		f.Complete(1)
		require.Equal(t, []string{"first", "from the first", "second"}, called, "callbacks called; one that is added to a done future is called at once")
	})
}

// TestNobodyWaitsForCallbacks has a callback that takes its time.
func TestNobodyWaitsForCallbacks(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		f := futures.New[int]()
		goOn := make(chan struct{})
		f.OnDone(func(*future) { <-goOn })
		waiting := result(t.Context(), f)
		completing := gradetest.Go(func() bool { return f.Complete(4) })
		gradetest.Settle()
		completing.MustWait(t, "Complete, while a callback runs")
		require.Equal(t, outcome{4, nil}, waiting.MustReturn(t, "Result, while a callback runs"), "what Result returned")
		require.Equal(t, outcome{4, nil}, result(t.Context(), f).MustReturn(t, "a later Result, while a callback runs"), "what Result returned")
		late := gradetest.GoDo(func() { f.OnDone(func(*future) {}) })
		gradetest.Settle()
		late.MustReturn(t, "OnDone of a done future, while a callback runs")
		close(goOn)
		gradetest.Settle()
		require.True(t, completing.MustReturn(t, "Complete, after the last callback"), "what Complete reports")
	})
}

func TestOnDoneMeetsComplete(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		var calls atomic.Int32
		adding := gradetest.GoDo(func() { f.OnDone(func(*future) { calls.Add(1) }) })
		f.Complete(1)
		gradetest.Settle()
		adding.MustReturn(t, "OnDone that meets Complete")
		require.Equal(t, int32(1), calls.Load(), "calls of a callback that was added while the future ended")
	})
}

func TestTwoEndsMeetACallback(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		var calls atomic.Int32
		f.OnDone(func(*future) { calls.Add(1) })
		completing := gradetest.Go(func() bool { return f.Complete(1) })
		f.Cancel()
		gradetest.Settle()
		completing.MustReturn(t, "Complete that meets Cancel")
		require.Equal(t, int32(1), calls.Load(), "calls of a callback, when Complete and Cancel met")
	})
}

func TestTwoOnDonesMeet(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		f := futures.New[int]()
		var calls atomic.Int32
		adding := gradetest.GoDo(func() { f.OnDone(func(*future) { calls.Add(1) }) })
		f.OnDone(func(*future) { calls.Add(1) })
		gradetest.Settle()
		adding.MustReturn(t, "OnDone that meets another one")
		f.Complete(1)
		require.Equal(t, int32(2), calls.Load(), "calls of two callbacks that were added at once")
	})
}
