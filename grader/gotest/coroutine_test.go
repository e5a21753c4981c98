package gotest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSuspendedCoroutines(t *testing.T) {
	one := Goroutine{ID: 7, State: "coroutine", Frames: []Frame{{Func: "runtime.goexit"}}}
	for want, all := range map[string][]Goroutine{
		"A coroutine of iter.Pull is still suspended when the test is over: neither was it run to its end, nor was its stop called.":          {one},
		"Each of 2 coroutines of iter.Pull is still suspended when the test is over: neither was it run to its end, nor was its stop called.": {one, one},
	} {
		assert.Equal(t, want, leak(all, Source{}).Message)
	}
	other := Goroutine{ID: 8, State: "IO wait", Frames: []Frame{{Func: "net.(*netFD).Read"}}}
	assert.Contains(t, leak([]Goroutine{one, other}, Source{}).Message, "something that your code opened or started was not closed")
}
