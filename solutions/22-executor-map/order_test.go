package executormap_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/22-executor-map"
)

func TestOrderOfTheArguments(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &byHand{}
		r := read(mapping(ex, 3, executormap.Options{Ahead: 3}))
		ex.run(t, 2)
		ex.run(t, 1)
		r.mustGet(t, "while the first call has not ended")
		ex.run(t, 0)
		r.mustGet(t, "when all three calls have ended, the last one first", 0, 2, 4)
		r.loop.MustReturn(t, "the loop, with all results handed out")
	})
}

// TestEveryArgumentOnce: nothing lost, nothing twice, however many are in flight.
func TestEveryArgumentOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, ahead := range []int{1, 2, 3, 20, 100} {
			ex := &spawner{}
			got, err := collect(mapping(ex, 20, executormap.Options{Ahead: ahead}))
			require.NoError(t, err, "error that the loop gets")
			require.Equal(t, doubles(20), got, "results for 20 arguments, at most %d ahead", ahead)
			require.Equal(t, 20, ex.submitted.Total(), "calls submitted for 20 arguments")
			require.Zero(t, ex.ended.Total(), "times that Map has shut the executor down, which belongs to its caller")
		}
	})
}

func TestNothingToDo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ex := &spawner{}
		for _, chunk := range []int{0, 3} {
			got, err := collect(mapping(ex, 0, executormap.Options{Chunk: chunk}))
			require.NoError(t, err, "error for no arguments")
			require.Empty(t, got, "results for no arguments")
		}
		require.Zero(t, ex.submitted.Total(), "calls submitted for no arguments")
	})
}

// TestAnyExecutor has one that waits for room, and one that only knows names.
func TestAnyExecutor(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		got, err := collect(mapping(newPlaces(1), 8, executormap.Options{Ahead: 3}))
		require.NoError(t, err, "error on an executor with room for one call")
		require.Equal(t, doubles(8), got, "results of an executor with room for one call")
		far := &elsewhere{known: map[string]invoke{"task": task(double).Invoke}}
		got, err = collect(mapping(far, 8, executormap.Options{Ahead: 3}))
		require.NoError(t, err, "error on an executor that knows tasks by their names")
		require.Equal(t, doubles(8), got, "results of an executor that knows tasks by their names")
	})
}

func TestLoopsBeginAnew(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		seq := mapping(&spawner{}, 6, executormap.Options{Ahead: 2})
		for v, err := range seq {
			require.NoError(t, err, "error that the first loop gets")
			if v == 4 {
				break
			}
		}
		for range 2 {
			got, err := collect(seq)
			require.NoError(t, err, "error that a later loop gets")
			require.Equal(t, doubles(6), got, "results that a later loop over the same sequence gets")
		}
	})
}

// TestZip has each side end first, and three sequences.
func TestZip(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		pairs := func(as, bs int) (out [][2]int) {
			for p := range executormap.Zip(upTo(as), upTo(bs)) {
				out = append(out, [2]int{p.First, p.Second})
			}
			return out
		}
		require.Equal(t, [][2]int{{0, 0}, {1, 1}}, pairs(2, 2), "Zip of 2 and 2 elements")
		require.Equal(t, [][2]int{{0, 0}, {1, 1}}, pairs(2, endless), "Zip of 2 elements and endlessly many")
		require.Equal(t, [][2]int{{0, 0}, {1, 1}}, pairs(endless, 2), "Zip of endlessly many elements and 2")
		require.Empty(t, pairs(0, 3), "Zip of 0 and 3 elements")
		require.Empty(t, pairs(3, 0), "Zip of 3 and 0 elements")
		var out []string
		for p := range executormap.Zip(executormap.Zip(slices.Values([]string{"a", "b"}), slices.Values([]string{"c", "d"})), slices.Values([]string{"e", "f"})) {
			out = append(out, p.First.First+p.First.Second+p.Second)
		}
		require.Equal(t, []string{"ace", "bdf"}, out, "three sequences, by Zip of a Zip")
	})
}

func TestMapOverPairs(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		minus := executormap.NewTask("minus", func(_ context.Context, p executormap.Pair[int, int]) (int, error) { return p.First - p.Second, nil })
		args := executormap.Zip(slices.Values([]int{9, 8, 7}), upTo(endless))
		got, err := collect(executormap.Map(t.Context(), &spawner{}, minus, args, executormap.Options{}))
		require.NoError(t, err, "error that the loop gets")
		require.Equal(t, []int{9, 7, 5}, got, "differences of 9, 8, 7 and 0, 1, 2")
	})
}

func TestRefusesNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, opts := range []executormap.Options{{Timeout: -1}, {Ahead: -1}, {Chunk: -1}} {
			assert.Panics(t, func() { mapping(&spawner{}, 3, opts) }, "Map with %+v", opts)
		}
		assert.NotPanics(t, func() { mapping(&spawner{}, 3, executormap.Options{Ahead: 1, Chunk: 1, Timeout: 1}) }, "Map with options of 1")
	})
}
