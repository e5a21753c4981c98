package gotest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gotest"
)

func texts(output string) map[string]string {
	all := map[string]string{}
	for _, s := range gotest.Split(output) {
		all[s.Test] = s.Text
	}
	return all
}

// TestSplitMarked: with marks, what looks like framing but has none is text.
func TestSplitMarked(t *testing.T) {
	got := texts("begin\n\x16=== RUN   TestA\na\n=== RUN   TestB\nPASS\nhalf\x16=== NAME  TestB\nb\n" +
		"\x16=== NAME  \nstray\n\x16FAIL\nexit\n")
	assert.Equal(t, map[string]string{
		"":      "begin\nstray\nexit\n",
		"TestA": "=== RUN   TestA\na\n=== RUN   TestB\nPASS\nhalf\n",
		"TestB": "=== NAME  TestB\nb\n",
	}, got)
}

func TestSplitPlain(t *testing.T) {
	got := texts("=== RUN   TestA\n=== PAUSE TestA\n=== RUN   TestB\nb\n=== CONT  TestA\na\n--- FAIL: TestA (0.00s)\nlate\nPASS\nend\n")
	assert.Equal(t, map[string]string{
		"":      "end\n",
		"TestA": "=== RUN   TestA\n=== PAUSE TestA\n=== CONT  TestA\na\n--- FAIL: TestA (0.00s)\nlate\n",
		"TestB": "=== RUN   TestB\nb\n",
	}, got)
}

// TestSplitCuts keeps the beginning and the end of what a test floods.
func TestSplitCuts(t *testing.T) {
	all := gotest.Split("\x16=== RUN   TestA\nfirst\n" + strings.Repeat("flood\n", 1<<20) + "last\n")
	require.Len(t, all, 1)
	assert.True(t, all[0].Cut)
	assert.LessOrEqual(t, len(all[0].Text), 1<<20)
	assert.True(t, strings.HasPrefix(all[0].Text, "=== RUN   TestA\nfirst\n"))
	assert.True(t, strings.HasSuffix(all[0].Text, "flood\nlast\n"))
}

func TestSplitManyNames(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		b.WriteString("\x16=== RUN   Test" + strings.Repeat("x", i%7) + string(rune('A'+i%26)) + strings.Repeat("y", i%5000) + "\n")
	}
	assert.LessOrEqual(t, len(gotest.Split(b.String())), 5000)
}
