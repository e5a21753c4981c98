package eventloop_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weft-course/weft/exercises/16-event-loop"
)

// The tests run in a bubble of virtual time: a second in it takes no time at
// all, and a loop that nobody will ever wake is reported as a deadlock.

func TestOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := eventloop.New()
		var got []string
		l.CallLater(2*time.Second, func() { got = append(got, "two seconds"); l.Stop() })
		l.CallLater(time.Second, func() { got = append(got, "one second") })
		l.CallSoon(func() { got = append(got, "soon") })
		l.CallSoon(func() { got = append(got, "soon, too") })
		if err := l.RunForever(); err != nil {
			t.Errorf("RunForever: got error %v, want nil", err)
		}
		want := []string{"soon", "soon, too", "one second", "two seconds"}
		if !slices.Equal(got, want) {
			t.Errorf("callbacks that were called: got %q, want %q", got, want)
		}
	})
}

func TestNextTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := eventloop.New()
		var got []string
		l.CallSoon(func() {
			got = append(got, "first")
			l.CallSoon(func() { got = append(got, "added by the first") })
			l.Stop()
		})
		l.CallSoon(func() { got = append(got, "second") })
		l.RunForever()
		if want := []string{"first", "second"}; !slices.Equal(got, want) {
			t.Errorf("callbacks called in the turn in which Stop was called: got %q, want %q", got, want)
		}
		l.Stop()
		l.RunForever()
		if want := []string{"first", "second", "added by the first"}; !slices.Equal(got, want) {
			t.Errorf("callbacks called up to the turn after that: got %q, want %q", got, want)
		}
	})
}

func TestWorkFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := eventloop.New()
		called := false
		var other sync.WaitGroup
		other.Go(func() {
			time.Sleep(time.Second)
			l.CallSoonThreadsafe(func() { called = true })
			l.CallSoonThreadsafe(l.Stop)
		})
		l.RunForever()
		other.Wait()
		if !called {
			t.Error("RunForever returned before what another goroutine has put in was called")
		}
		if err := l.Close(); err != nil {
			t.Errorf("Close: got error %v, want nil", err)
		}
		if err := l.CallSoonThreadsafe(func() {}); !errors.Is(err, eventloop.ErrClosed) {
			t.Errorf("CallSoonThreadsafe after Close: got error %v, want ErrClosed", err)
		}
	})
}

func TestWorkIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := eventloop.New()
		want := errors.New("no answer")
		start := time.Now()
		got := l.RunUntilComplete(func(done func(error)) {
			l.CallLater(time.Second, func() { done(want) })
		})
		if got != want {
			t.Errorf("RunUntilComplete: got %v, want %v, which done was given", got, want)
		}
		if took := time.Since(start); took < time.Second {
			t.Errorf("RunUntilComplete of something that is done after a second took %v", took)
		}
	})
}
