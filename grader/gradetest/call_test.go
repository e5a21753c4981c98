package gradetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShown(t *testing.T) {
	type got struct {
		item int
		err  error
		Next []string
	}
	assert.Equal(t, "{7 closed [a b]}", shown(got{7, errors.New("closed"), []string{"a", "b"}}))
	assert.Equal(t, "{0 <nil> []}", shown(got{}))
	assert.Equal(t, "{a *int <nil> a *gradetest.got}", shown(struct {
		is, not *int
		whole   *got
	}{is: new(int), whole: new(got)}))
	assert.Equal(t, "closed", shown(errors.New("closed")))
	assert.Equal(t, "<nil>", shown(nil))
	assert.Equal(t, "[1 2]", shown([]int{1, 2}))
	assert.Equal(t, "{}", shown(struct{}{}))
}
