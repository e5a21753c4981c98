package explore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/explore"
)

func TestApply(t *testing.T) {
	got, err := explore.Apply([]byte("abcd"), []explore.Edit{{From: 2, To: 3, Text: "X"}, {From: 4, To: 4, Text: "!"}, {From: 2, To: 2, Order: 1, Text: "2"}, {From: 2, To: 2, Text: "1"}})
	require.NoError(t, err)
	assert.Equal(t, "ab12Xd!", string(got))
	_, err = explore.Apply([]byte("abcd"), []explore.Edit{{From: 0, To: 3}, {From: 2, To: 4}})
	assert.ErrorContains(t, err, "overlap at byte 2")
}

func TestRedirectNeedsAFileThatParses(t *testing.T) {
	_, _, err := explore.Redirect([]byte("package"), nil)
	assert.Error(t, err)
}
