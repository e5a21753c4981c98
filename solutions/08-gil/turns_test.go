package gil_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/08-gil"
)

// TestLineUpInOrder has turns of one instruction: who is where in the line
// shows at once, in whatever order the goroutines were started.
func TestLineUpInOrder(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		var trace strings.Builder
		withGIL(1).Run(letters(&trace, "a", 2), letters(&trace, "b", 2), letters(&trace, "c", 2))
		require.Equal(t, "abcabc", trace.String(), "order of the instructions of three programs, one instruction a turn")
	})
}

// TestTurnsOfThree has programs end in the middle of a turn.
func TestTurnsOfThree(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		withGIL(3).Run(letters(&trace, "a", 8), letters(&trace, "b", 4), letters(&trace, "c", 5))
		require.Equal(t, "aaabbbcccaaabccaa", trace.String(), "order of the instructions of three programs, three instructions a turn")
	})
}

// TestDefaultTurns does not touch the interval.
func TestDefaultTurns(t *testing.T) {
	var trace strings.Builder
	gil.New().Run(letters(&trace, "a", 150), letters(&trace, "b", 150))
	want := strings.Repeat("a", 100) + strings.Repeat("b", 100) + strings.Repeat("a", 50) + strings.Repeat("b", 50)
	require.Equal(t, want, trace.String(), "order of the instructions of two programs of 150, with the default interval")
}

// TestNobodyWaits lets one thread go on beyond its turn.
func TestNobodyWaits(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := withGIL(2)
		in.Run(letters(&trace, "a", 7))
		in.Run(letters(&trace, "b", 1), letters(&trace, "c", 5))
		require.Equal(t, "aaaaaaabccccc", trace.String(), "order of the instructions, when mostly nobody else waits")
	})
}

// TestSetFromInside changes the interval in an instruction. When the change
// shows is left open within the turn; from the next turn on it must.
func TestSetFromInside(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := withGIL(3)
		set := gil.Program{gil.Compute(func() { in.SetSwitchInterval(1) })}
		in.Run(append(set, letters(&trace, "a", 5)...), letters(&trace, "b", 5))
		// The first turn is the one that sets, and 0, 1 or 2 that write.
		require.Contains(t, []string{"bababababa", "ababababab", "aababababb"}, trace.String(), "order of the instructions, one a turn after SetSwitchInterval(1) in the first turn")
		require.Equal(t, 1, in.SwitchInterval(), "SwitchInterval after an instruction set it to 1")
	})
}

// TestSetBetweenRuns makes turns longer, not shorter.
func TestSetBetweenRuns(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var trace strings.Builder
		in := withGIL(1)
		in.Run(letters(&trace, "a", 2), letters(&trace, "b", 2))
		in.SetSwitchInterval(2)
		in.Run(letters(&trace, "a", 2), letters(&trace, "b", 2))
		require.Equal(t, "abab"+"aabb", trace.String(), "order of the instructions, one a turn and then two a turn")
	})
}
