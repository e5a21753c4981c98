package batch

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestManySubmissions: ten thousand take no more memory than a thousand.
func TestManySubmissions(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 10,000 results")
	}
	c := newClass(t)
	const n = 10_000
	filler := strings.Repeat("// a line of some length, so that content would be seen in memory\n", 150)
	for i := range 40 {
		c.put(fmt.Sprintf("t%d/24-latch/latch.go", i), fmt.Sprintf("package latch // %d\n%s", i, filler))
	}
	roster := "id,path\n"
	for i := range n {
		roster += fmt.Sprintf("s%05d,t%d\n", i, i%40)
	}
	c.put("roster.csv", roster)
	from := func(o *Options) { o.From, o.Jobs = filepath.Join(c.from, "roster.csv"), 4 }
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	sum := c.run(from, func(o *Options) {
		o.Show = func(p Progress) {
			switch p.Done {
			case n / 10:
				early = heap()
			case n - 10:
				late = heap()
			}
		}
	})
	assert.Equal(t, Summary{Submissions: n, Graded: 40, Identical: n - 40}, sum)
	assert.Less(t, int64(late)-int64(early), int64(4<<20), "bytes of heap that 9,000 submissions of 10 KB left behind")
	assert.Equal(t, Summary{Submissions: n, Kept: n}, c.run(from))
}
