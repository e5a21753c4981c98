package executormap_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/weft-course/weft/exercises/22-executor-map"
)

// goroutines is the smallest executor: a goroutine for every call.
type goroutines struct{}

func (goroutines) Submit(ctx context.Context, c executormap.Call) error {
	go func() {
		if c.Start() {
			c.Run(context.Background())
		}
	}()
	return nil
}

func (goroutines) Shutdown(context.Context) error { return nil }
func (goroutines) Close() error                   { return nil }

func TestSquaresInOrder(t *testing.T) {
	square := executormap.NewTask("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	var got []int
	for v, err := range executormap.Map(context.Background(), goroutines{}, square, slices.Values([]int{3, 1, 2}), executormap.Options{}) {
		if err != nil {
			t.Fatalf("squares of 3, 1 and 2: got error %v, want none", err)
		}
		got = append(got, v)
	}
	if want := []int{9, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("squares of 3, 1 and 2: got %v, want %v", got, want)
	}
}

func TestTwoSequences(t *testing.T) {
	repeat := executormap.NewTask("repeat", func(_ context.Context, p executormap.Pair[string, int]) (string, error) {
		text := ""
		for range p.Second {
			text += p.First
		}
		return text, nil
	})
	args := executormap.Zip(slices.Values([]string{"a", "b", "c"}), slices.Values([]int{2, 1}))
	var got []string
	for v, err := range executormap.Map(context.Background(), goroutines{}, repeat, args, executormap.Options{}) {
		if err != nil {
			t.Fatalf("Map over pairs: got error %v, want none", err)
		}
		got = append(got, v)
	}
	if want := []string{"aa", "b"}; !slices.Equal(got, want) {
		t.Errorf("a, b, c repeated 2 and 1 times: got %q, want %q", got, want)
	}
}

func TestFirstErrorEndsTheLoop(t *testing.T) {
	bad := errors.New("bad")
	task := executormap.NewTask("task", func(_ context.Context, n int) (int, error) {
		if n == 2 {
			return 0, bad
		}
		return n, nil
	})
	var got []int
	var last error
	for v, err := range executormap.Map(context.Background(), goroutines{}, task, slices.Values([]int{0, 1, 2, 3}), executormap.Options{}) {
		if last = err; err == nil {
			got = append(got, v)
		}
	}
	if want := []int{0, 1}; !slices.Equal(got, want) || !errors.Is(last, bad) {
		t.Errorf("with a failure at the third of four: got %v and last %v, want %v and last %v", got, last, want, bad)
	}
}
