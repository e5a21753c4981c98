package yieldfrom_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/15-yield-from"
)

// together runs f in n goroutines in real time, and waits for them.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			f(i)
		})
	}
	close(gate)
	all.Wait()
}

// TestHammerChains: every goroutine has a chain of its own.
func TestHammerChains(t *testing.T) {
	together(4, func(i int) {
		for range 10 {
			var got []int
			c := chain(3, doubler(&got))
			_, err := c.Next()
			assert.NoError(t, err, "Next of one of four chains")
			for n := range 20 {
				out, err := c.Send(i + n)
				assert.NoError(t, err, "Send to one of four chains")
				assert.Equal(t, 2*(i+n), out, "answer of one of four chains")
			}
			assert.NoError(t, c.Close(), "Close of one of four chains")
			assert.Len(t, got, 20, "what one of four innermost coroutines was sent")
		}
	})
}

// TestHammerOneChain: whoever is not refused talks to the innermost coroutine,
// whose variables need no lock.
func TestHammerOneChain(t *testing.T) {
	var got []int
	c := primed(t, chain(2, doubler(&got)), 0)
	var accepted [3]int
	together(3, func(i int) {
		for n := range 60 {
			in := 100*i + n
			out, err := c.Send(in)
			if err != nil {
				assert.ErrorIs(t, err, yieldfrom.ErrRunning, "error of Send, with three goroutines that send")
				continue
			}
			accepted[i]++
			assert.Equal(t, 2*in, out, "answer to one of three goroutines that send")
		}
	})
	require.NoError(t, c.Close(), "Close")
	require.Len(t, got, accepted[0]+accepted[1]+accepted[2], "what the innermost coroutine was sent, against accepted Sends")
}

// TestHammerEach: a sequence may be used by several coroutines.
func TestHammerEach(t *testing.T) {
	upTo := func(put func(int) bool) {
		for i := 1; i <= 20 && put(i); i++ {
		}
	}
	together(3, func(int) {
		for range 10 {
			c := yieldfrom.New(func(y yield) (int, error) { return 7, yieldfrom.YieldEach(y, upTo) })
			for want := 1; want <= 20; want++ {
				out, err := c.Next()
				assert.NoError(t, err, "Next of one of three sequences")
				assert.Equal(t, want, out, "value of one of three sequences")
			}
			_, err := c.Next()
			assert.ErrorIs(t, err, yieldfrom.ErrDone, "error at the end of one of three sequences")
		}
	})
}

// TestHammerWalks lets three goroutines walk over the same tree.
func TestHammerWalks(t *testing.T) {
	shared := garden()
	together(3, func(int) {
		for range 10 {
			w := yieldfrom.Walk(shared)
			values := ""
			for range 9 {
				value, err := w.Next()
				assert.NoError(t, err, "Next of one of three walks over one tree")
				values += value
			}
			_, err := w.Next()
			assert.ErrorIs(t, err, yieldfrom.ErrDone, "error at the end of one of three walks over one tree")
			assert.Equal(t, "abcdefghi", values, "values of one of three walks over one tree")
		}
	})
}

func TestHammerGroupers(t *testing.T) {
	together(3, func(i int) {
		x := float64(i)
		for range 10 {
			g := yieldfrom.Grouper()
			_, err := g.Next()
			for _, in := range []*float64{&x, nil, &x, &x, nil} {
				assert.NoError(t, err, "call of one of three Groupers")
				_, err = g.Send(in)
			}
			_, err = g.Send(nil)
			var done *yieldfrom.Done[[]yieldfrom.Average]
			if assert.ErrorAs(t, err, &done, "error at the end of one of three Groupers") {
				assert.Equal(t, []yieldfrom.Average{{Count: 1, Mean: x}, {Count: 2, Mean: x}}, done.Value, "value of one of three Groupers")
			}
		}
	})
}
