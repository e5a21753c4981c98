package coroutines_test

import (
	"errors"
	"testing"

	"github.com/weft-course/weft/exercises/14-coroutines"
)

func TestPrimeThenSend(t *testing.T) {
	c := coroutines.New(func(yield coroutines.Yield[int, string]) (int, error) {
		in, err := yield("ready")
		if err != nil {
			return 0, err
		}
		return 2 * in, nil
	})
	if got := c.State(); got != coroutines.Created {
		t.Errorf("state of a new coroutine: got %v, want CREATED", got)
	}
	if _, err := c.Send(1); !errors.Is(err, coroutines.ErrNotPrimed) {
		t.Errorf("Send before Next: got error %v, want ErrNotPrimed", err)
	}
	out, err := c.Next()
	if out != "ready" || err != nil {
		t.Fatalf("Next: got %q and error %v, want \"ready\" and none", out, err)
	}
	if got := c.State(); got != coroutines.Suspended {
		t.Errorf("state at the first yield: got %v, want SUSPENDED", got)
	}
	_, err = c.Send(21)
	var done *coroutines.Done[int]
	if !errors.As(err, &done) {
		t.Fatalf("Send of 21: got error %v, want a *Done[int]", err)
	}
	if done.Value != 42 {
		t.Errorf("value of the coroutine: got %d, want 42", done.Value)
	}
	if got := c.State(); got != coroutines.Closed {
		t.Errorf("state after the end: got %v, want CLOSED", got)
	}
}

func TestCloseCleansUp(t *testing.T) {
	cleaned := false
	c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
		defer func() { cleaned = true }()
		_, err := yield(1)
		return 0, err
	})
	if _, err := c.Next(); err != nil {
		t.Fatalf("Next: got error %v, want none", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: got error %v, want none", err)
	}
	if !cleaned {
		t.Error("deferred function of the body: not called when Close returns")
	}
	if _, err := c.Next(); !errors.Is(err, coroutines.ErrDone) {
		t.Errorf("Next after Close: got error %v, want ErrDone", err)
	}
}

func TestRunningAverage(t *testing.T) {
	a := coroutines.Averager()
	if _, err := a.Next(); err != nil {
		t.Fatalf("Next of a new averager: got error %v, want none", err)
	}
	numbers, means := []float64{10, 30, 5}, []float64{10, 20, 15}
	for i, x := range numbers {
		mean, err := a.Send(&x)
		if mean != means[i] || err != nil {
			t.Errorf("mean after %v: got %v and error %v, want %v and none", numbers[:i+1], mean, err, means[i])
		}
	}
	_, err := a.Send(nil)
	var done *coroutines.Done[coroutines.Average]
	if !errors.As(err, &done) {
		t.Fatalf("Send of nil to an averager: got error %v, want a *Done[Average]", err)
	}
	if done.Value != (coroutines.Average{Count: 3, Mean: 15}) {
		t.Errorf("value of the averager: got %+v, want {Count:3 Mean:15}", done.Value)
	}
}
