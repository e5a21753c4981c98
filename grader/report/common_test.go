package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader"
)

// TestValues: what was compared is said once, whatever the message speaks of.
func TestValues(t *testing.T) {
	for _, c := range []struct{ message, got, want, said string }{
		{"has the second waiter got its permit", "false", "true", "got false, want true"},
		{"At(0): got 100, want 1", "100", "1", ""},
		{"what the reader got", "100", "1", "got 100, want 1"},
		{"items, as one consumer got them", "[]int{2}", "[]int{1}", "got []int{2}, want []int{1}"},
		{"no values at all", "", "", ""},
		{"", "3", "4", "got 3, want 4"},
	} {
		assert.Equal(t, c.said, values(grader.Finding{Message: c.message, Got: c.got, Want: c.want}), "%+v", c)
	}
}
