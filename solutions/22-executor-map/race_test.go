package executormap_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/22-executor-map"
)

// TestHammer runs in real time: several loops over one sequence at once.
func TestHammer(t *testing.T) {
	for _, chunk := range []int{1, 4} {
		seq := mapping(newPlaces(4), 60, executormap.Options{Ahead: 3, Chunk: chunk})
		var all sync.WaitGroup
		results := make([][]int, 4)
		for i := range results {
			all.Go(func() {
				for v, err := range seq {
					if err != nil {
						t.Errorf("error that a loop gets, while others use the same sequence: %v", err)
					}
					results[i] = append(results[i], v)
				}
			})
		}
		all.Wait()
		for _, got := range results {
			require.Equal(t, doubles(60), got, "results that a loop gets, while others use the same sequence")
		}
	}
}

// TestHammerMemory runs in real time: arguments and results are plain memory,
// which the loop may use when it has the result, and the function when it is called.
func TestHammerMemory(t *testing.T) {
	count := executormap.NewTask("count", func(_ context.Context, n *int) (*int, error) { *n++; return n, nil })
	for _, chunk := range []int{1, 4} {
		args := make([]*int, 60)
		fresh := func(yield func(*int) bool) {
			for i := range args {
				args[i] = new(int)
				*args[i] = i
				if !yield(args[i]) {
					return
				}
			}
		}
		var got []int
		for n, err := range executormap.Map(context.Background(), &spawner{}, count, fresh, executormap.Options{Ahead: 3, Chunk: chunk}) {
			require.NoError(t, err, "error that the loop gets")
			*n *= 2
			got = append(got, *n-2)
		}
		require.Equal(t, doubles(60), got, "results, with an argument changed by its function and then by the loop")
		require.False(t, slices.Contains(args, nil), "all elements of args were taken")
	}
}
