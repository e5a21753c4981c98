package futures_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/23-futures"
)

// waited is what a Wait returned, the futures by their places in the list.
type waited struct {
	done, rest []int
	err        error
}

// places says where the futures stand in all.
func places(all, fs []*future) []int {
	var at []int
	for _, f := range fs {
		for i, g := range all {
			if f == g {
				at = append(at, i)
			}
		}
	}
	return at
}

func waitNow(ctx context.Context, when futures.When, fs ...*future) waited {
	done, rest, err := futures.Wait(ctx, when, fs...)
	return waited{places(fs, done), places(fs, rest), err}
}

// wait calls Wait in the background and lets it get as far as it can.
func wait(ctx context.Context, when futures.When, fs ...*future) *gradetest.Call[waited] {
	c := gradetest.Go(func() waited { return waitNow(ctx, when, fs...) })
	gradetest.Settle()
	return c
}

func TestWaitForTheFirst(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		w := wait(t.Context(), futures.FirstDone, fs...)
		fs[0].Start()
		gradetest.Settle()
		w.MustWait(t, "Wait for the first of three that are not done")
		fs[1].Complete(1)
		gradetest.Settle()
		want := waited{[]int{1}, []int{0, 2}, nil}
		require.Equal(t, want, w.MustReturn(t, "Wait for the first, with one of three done"), "what Wait for the first returned")
	})
}

func TestAnyEndCountsAsDone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for i, f := range pendings(2) {
			w := wait(t.Context(), futures.FirstDone, f, futures.New[int]())
			if i == 0 {
				f.Cancel()
			} else {
				f.Fail(io.EOF)
			}
			gradetest.Settle()
			require.Equal(t, waited{[]int{0}, []int{1}, nil}, w.MustReturn(t, "Wait for the first, with one cancelled or failed"), "what Wait for the first returned")
		}
	})
}

func TestWaitForAll(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		w := wait(t.Context(), futures.AllDone, fs...)
		for i, end := range []func() bool{func() bool { return fs[2].Fail(io.EOF) }, fs[0].Cancel, func() bool { return fs[1].Complete(1) }} {
			w.MustWait(t, "Wait for all, while one is pending")
			require.True(t, end(), "the call that ends future number %d", i+1)
			gradetest.Settle()
		}
		require.Equal(t, waited{[]int{0, 1, 2}, nil, nil}, w.MustReturn(t, "Wait for all, with all done"), "what Wait for all returned")
	})
}

// TestWaitForAFailure: neither results nor cancelled futures are failures.
func TestWaitForAFailure(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(4)
		w := wait(t.Context(), futures.FirstFailed, fs...)
		fs[3].Complete(1)
		gradetest.Settle()
		w.MustWait(t, "Wait for a failure, with one future completed and others pending")
		fs[1].Cancel()
		gradetest.Settle()
		w.MustWait(t, "Wait for a failure, with one future cancelled and others pending")
		fs[2].Fail(io.EOF)
		gradetest.Settle()
		require.Equal(t, waited{[]int{1, 2, 3}, []int{0}, nil}, w.MustReturn(t, "Wait for a failure, with one failed"), "what Wait for a failure returned")
	})
}

func TestWaitForAFailureThatDoesNotCome(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(2)
		w := wait(t.Context(), futures.FirstFailed, fs...)
		fs[0].Cancel()
		fs[1].Complete(1)
		gradetest.Settle()
		require.Equal(t, waited{[]int{0, 1}, nil, nil}, w.MustReturn(t, "Wait for a failure, with all done"), "what Wait for a failure returned")
	})
}

// TestWaitForWhatIsThere: what is far enough already is found at once, even
// with a context that has ended.
func TestWaitForWhatIsThere(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		fs[1].Complete(1)
		fs[2].Fail(io.EOF)
		want := waited{[]int{1, 2}, []int{0}, nil}
		for range 40 {
			require.Equal(t, want, waitNow(ended(), futures.FirstDone, fs...), "Wait for the first, with one done before")
			require.Equal(t, want, waitNow(ended(), futures.FirstFailed, fs...), "Wait for a failure, with one failed before")
			require.Equal(t, waited{[]int{0, 1}, nil, nil}, waitNow(ended(), futures.AllDone, fs[1:]...), "Wait for all, with all done before")
		}
		for _, when := range []futures.When{futures.FirstDone, futures.FirstFailed, futures.AllDone} {
			require.Equal(t, waited{}, wait(t.Context(), when).MustReturn(t, "Wait for no futures"), "Wait for no futures")
		}
	})
}

func TestWaitGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		fs[2].Complete(1)
		ctx, cancel := context.WithCancel(t.Context())
		all, failure := wait(ctx, futures.AllDone, fs...), wait(ctx, futures.FirstFailed, fs...)
		first := wait(ctx, futures.FirstDone, fs[:2]...)
		all.MustWait(t, "Wait for all, with two pending")
		fs[0].Start()
		cancel()
		gradetest.Settle()
		want := waited{[]int{2}, []int{0, 1}, context.Canceled}
		require.Equal(t, want, all.MustReturn(t, "Wait for all, whose context ended"), "what Wait returned when its context ended")
		require.Equal(t, want, failure.MustReturn(t, "Wait for a failure, whose context ended"), "what Wait returned when its context ended")
		require.Equal(t, waited{nil, []int{0, 1}, context.Canceled}, first.MustReturn(t, "Wait for the first, whose context ended"), "what Wait returned when its context ended")
		require.Equal(t, futures.Running, fs[0].State(), "State of a future after a Wait gave up")
		require.Equal(t, futures.Pending, fs[1].State(), "State of a future after a Wait gave up")
	})
}

// asCompleted collects the places that AsCompleted gives, in the background.
func asCompleted(ctx context.Context, t *testing.T, fs ...*future) (*gradetest.Call[struct{}], chan int) {
	got := make(chan int, 2*len(fs))
	c := gradetest.GoDo(func() {
		for i, f := range futures.AsCompleted(ctx, fs...) {
			if f != fs[i] {
				t.Errorf("AsCompleted gave place %d with another future than the one that stands there", i)
			}
			got <- i
		}
	})
	gradetest.Settle()
	return c, got
}

// drain returns what is in c.
func drain(c chan int) (got []int) {
	for len(c) > 0 {
		got = append(got, <-c)
	}
	return got
}

func TestAsCompletedGivesTheOrderOfTheEnds(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(5)
		fs[3].Cancel()
		fs[1].Complete(1)
		c, got := asCompleted(t.Context(), t, fs...)
		require.Equal(t, []int{1, 3}, drain(got), "places of the futures that were done before the loop, in the order of the list")
		for _, i := range []int{4, 0, 2} {
			c.MustWait(t, "the loop over AsCompleted, with futures pending")
			if i == 0 {
				fs[i].Fail(io.EOF)
			} else {
				fs[i].Complete(i)
			}
			gradetest.Settle()
			require.Equal(t, []int{i}, drain(got), "places that AsCompleted gives when one more future is done")
		}
		c.MustReturn(t, "the loop over AsCompleted, with all done")
	})
}

// TestAsCompletedRemembersTheOrder has futures end while the loop is busy.
func TestAsCompletedRemembersTheOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(4)
		fs[1].Complete(1)
		var got []int
		for i := range futures.AsCompleted(t.Context(), fs...) {
			got = append(got, i)
			if i == 1 {
				for _, next := range []int{3, 0, 2} {
					fs[next].Complete(1)
					gradetest.Settle()
				}
			}
		}
		require.Equal(t, []int{1, 3, 0, 2}, got, "order of futures that ended while the loop was busy")
	})
}

func TestAsCompletedEndsWithTheContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(3)
		fs[0].Complete(1)
		fs[2].Complete(1)
		for range 40 {
			c, got := asCompleted(ended(), t, fs...)
			c.MustReturn(t, "the loop over AsCompleted, with a context that has ended")
			require.Equal(t, []int{0, 2}, drain(got), "places that AsCompleted gives with a context that has ended")
		}
		ctx, cancel := context.WithCancel(t.Context())
		c, got := asCompleted(ctx, t, fs...)
		c.MustWait(t, "the loop over AsCompleted, with one pending")
		cancel()
		gradetest.Settle()
		c.MustReturn(t, "the loop over AsCompleted, whose context ended")
		require.Equal(t, []int{0, 2}, drain(got), "places that AsCompleted gave before its context ended")
	})
}

func TestAsCompletedTwice(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		fs := pendings(2)
		fs[1].Complete(1)
		seq := futures.AsCompleted(t.Context(), fs...)
		var early, all []int
		for i := range seq {
			early = append(early, i)
			break
		}
		fs[0].Complete(1)
		for i := range seq {
			all = append(all, i)
		}
		require.Equal(t, []int{1}, early, "places before a break")
		require.Equal(t, []int{0, 1}, all, "places when the same sequence is used again")
		for range futures.AsCompleted[int](t.Context()) {
			t.Error("AsCompleted of no futures gives something")
		}
	})
}

func TestWaitMeetsComplete(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		fs := pendings(2)
		all := gradetest.Go(func() waited { return waitNow(context.Background(), futures.AllDone, fs...) })
		other := gradetest.Go(func() bool { return fs[1].Complete(1) })
		fs[0].Complete(1)
		gradetest.Settle()
		other.MustReturn(t, "Complete that meets Wait")
		require.Equal(t, waited{[]int{0, 1}, nil, nil}, all.MustReturn(t, "Wait for all that meets the Completes"), "what Wait returned")
	})
}

func TestFirstMeetsComplete(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		fs := pendings(2)
		first := gradetest.Go(func() waited { return waitNow(context.Background(), futures.FirstDone, fs...) })
		fs[1].Complete(1)
		gradetest.Settle()
		require.Equal(t, waited{[]int{1}, []int{0}, nil}, first.MustReturn(t, "Wait for the first that meets Complete"), "what Wait returned")
	})
}

func TestAsCompletedMeetsComplete(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		fs := pendings(2)
		places := gradetest.Go(func() (sum int) {
			for i := range futures.AsCompleted(context.Background(), fs...) {
				sum += i + 1
			}
			return sum
		})
		other := gradetest.Go(func() bool { return fs[1].Complete(1) })
		fs[0].Complete(1)
		gradetest.Settle()
		other.MustReturn(t, "Complete that meets AsCompleted")
		require.Equal(t, 3, places.MustReturn(t, "a loop over AsCompleted that meets the Completes"), "sum of the numbers (from 1) of the futures it gave: each once")
	})
}
