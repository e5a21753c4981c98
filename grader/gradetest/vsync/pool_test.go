package sync_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader/gradetest/sched"
	vsync "github.com/weft-course/weft/grader/gradetest/vsync"
)

func TestPool(t *testing.T) {
	for _, on := range []bool{true, false} {
		vsync.SetVirtual(on)
		var p vsync.Pool
		p.Put(nil)
		assert.Nil(t, p.Get(), "an empty pool without New")
		p.New = func() any { return "new" }
		assert.Equal(t, "new", p.Get())
		p.Put("old")
		assert.Contains(t, []any{"old", "new"}, p.Get(), "a pool may forget")
		assert.Equal(t, "new", p.Get(), "a value comes out once")
	}
}

func TestPoolForgetsWithTheBubble(t *testing.T) {
	vsync.SetVirtual(true)
	p := vsync.Pool{New: func() any { return "new" }}
	p.Put("old")
	assert.Equal(t, "old", p.Get())
	p.Put("old")
	sched.NewBubble()
	assert.Equal(t, "new", p.Get(), "what was put in another bubble")
}
