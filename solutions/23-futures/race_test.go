package futures_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/23-futures"
)

// together runs all functions at once and waits for them.
func together(fs ...func()) {
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(f)
	}
	all.Wait()
}

// TestHammer runs in real time. Each goroutine calls one method only: a lock
// that another method takes would order, by luck, what this one forgets.
func TestHammer(t *testing.T) {
	fs := pendings(100)
	each := func(do func(f *future)) func() {
		return func() {
			for _, f := range fs {
				do(f)
			}
		}
	}
	together(
		each(func(f *future) { f.Start() }),
		each(func(f *future) { f.Complete(1) }),
		each(func(f *future) { f.State() }),
		each(func(f *future) { f.State() }),
		each(func(f *future) { f.Done() }),
		each(func(f *future) { f.OnDone(func(*future) {}) }),
		each(func(f *future) { f.OnDone(func(*future) {}) }),
	)
	for _, f := range fs {
		require.Equal(t, futures.Finished, f.State(), "State after Complete")
	}
}

func TestHammerCancel(t *testing.T) {
	fs := pendings(100)
	each := func(do func(f *future)) func() {
		return func() {
			for _, f := range fs {
				do(f)
			}
		}
	}
	together(
		each(func(f *future) { f.Cancel() }),
		each(func(f *future) { f.Cancel() }),
		each(func(f *future) { f.Start() }),
		each(func(f *future) { f.State() }),
		each(func(f *future) { f.Result(ended()) }),
		each(func(f *future) { f.Failure(ended()) }),
	)
	for _, f := range fs {
		require.NotEqual(t, futures.Pending, f.State(), "State after Cancel and Start")
	}
}

func TestHammerSeveral(t *testing.T) {
	fs := pendings(60)
	ctx := context.Background()
	together(
		func() {
			for _, f := range fs {
				f.Complete(1)
			}
		},
		func() { futures.Wait(ctx, futures.AllDone, fs...) },
		func() { futures.Wait(ctx, futures.FirstFailed, fs...) },
		func() {
			for i := range fs {
				futures.Wait(ctx, futures.FirstDone, fs[i:]...)
			}
		},
		func() {
			for range futures.AsCompleted(ctx, fs...) {
			}
		},
	)
	done, rest, err := futures.Wait(ctx, futures.AllDone, fs...)
	require.NoError(t, err, "error of Wait for all")
	require.Len(t, done, 60, "futures done")
	require.Empty(t, rest, "futures not done")
}

// TestTheResultIsOrdered writes plain memory before Complete and reads it
// after every way to hear of the end.
func TestTheResultIsOrdered(t *testing.T) {
	const n = 30
	require.NotNil(t, futures.New[int]().Done(), "Done of a new future")
	var fs []*futures.Future[*int]
	for range n {
		fs = append(fs, futures.New[*int]())
	}
	ctx := context.Background()
	sum := func(hear func(*futures.Future[*int])) func() {
		return func() {
			got := 0
			for _, f := range fs {
				hear(f)
				p, err := f.Result(ctx)
				if err != nil || p == nil {
					t.Errorf("Result of a future that is done: got %v and error %v, want what Complete was given", p, err)
					return
				}
				got += *p
			}
			if got != n {
				t.Errorf("sum of the results: got %d, want %d", got, n)
			}
		}
	}
	together(
		func() {
			for _, f := range fs {
				p := new(int)
				*p = 1
				f.Complete(p)
			}
		},
		sum(func(f *futures.Future[*int]) { f.Result(ctx) }),
		sum(func(f *futures.Future[*int]) { <-f.Done() }),
		sum(func(f *futures.Future[*int]) { futures.Wait(ctx, futures.AllDone, f) }),
		sum(func(f *futures.Future[*int]) {
			called := make(chan struct{})
			f.OnDone(func(*futures.Future[*int]) { close(called) })
			<-called
		}),
	)
}
