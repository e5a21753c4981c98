package coroutines_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/14-coroutines"
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

// TestHammerSend: what the body writes needs no lock.
func TestHammerSend(t *testing.T) {
	sum, calls := 0, 0
	c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
		for {
			in, err := yield(sum)
			if err != nil {
				return "", err
			}
			calls++
			sum += in
		}
	}))
	var accepted [4]int
	together(4, func(i int) {
		for range 100 {
			switch a := send(c, 2); {
			case a.err == nil:
				accepted[i]++
				assert.GreaterOrEqual(t, a.out, 2*accepted[i], "sum so far, as one of four senders sees it")
			default:
				assert.ErrorIs(t, a.err, coroutines.ErrRunning, "error of Send, with four goroutines that send")
			}
		}
	})
	shut(t, c)
	total := accepted[0] + accepted[1] + accepted[2] + accepted[3]
	require.Positive(t, total, "accepted Sends, with four goroutines that send")
	require.Equal(t, total, calls, "how often yield returned, against accepted Sends")
	require.Equal(t, 2*total, sum, "sum of what yield returned, against accepted Sends")
}

// TestHammerNext primes coroutines from three goroutines at the same time.
func TestHammerNext(t *testing.T) {
	for range 20 {
		started := 0
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			started++
			for i := 1; ; i++ {
				if _, err := yield(i); err != nil {
					return 0, err
				}
			}
		})
		together(3, func(int) {
			if _, err := c.Next(); err != nil {
				assert.ErrorIs(t, err, coroutines.ErrRunning, "error of Next, with three goroutines that call it")
			}
		})
		shut(t, c)
		require.Equal(t, 1, started, "how often the body started, with three goroutines that call Next")
	}
}

// TestHammerState looks at a coroutine while another goroutine resumes it.
func TestHammerState(t *testing.T) {
	var got []int
	c := primed(t, coroutines.New(doubler(&got)))
	together(3, func(i int) {
		for n := range 200 {
			if i == 0 {
				assert.Equal(t, answer{2 * n, nil}, send(c, n), "answer to the only sender")
				continue
			}
			assert.Contains(t, []coroutines.State{coroutines.Running, coroutines.Suspended}, c.State(), "state while somebody sends")
		}
	})
	shut(t, c)
	require.Len(t, got, 200, "what the body was sent")
}

// TestHammerClose ends coroutines from three goroutines at the same time.
func TestHammerClose(t *testing.T) {
	for range 20 {
		cleaned := 0
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			_, err := yield(1)
			cleaned++
			return 0, err
		}))
		together(3, func(int) {
			if err := c.Close(); err != nil {
				assert.ErrorIs(t, err, coroutines.ErrRunning, "error of Close, with three goroutines that call it")
			}
		})
		requireOver(t, c)
		require.Equal(t, 1, cleaned, "how often the clean-up ran, with three goroutines that call Close")
	}
}

// TestHammerThrow: every error that is thrown arrives once.
func TestHammerThrow(t *testing.T) {
	caught := 0
	c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
		for {
			_, err := yield(0)
			if errors.Is(err, coroutines.ErrExit) {
				return 0, err
			}
			caught++
		}
	}))
	var accepted [3]int
	together(3, func(i int) {
		for range 50 {
			_, err := c.Throw(errSpam)
			if err == nil {
				accepted[i]++
				continue
			}
			assert.ErrorIs(t, err, coroutines.ErrRunning, "error of Throw, with three goroutines that throw and a body that catches")
		}
	})
	shut(t, c)
	require.Equal(t, accepted[0]+accepted[1]+accepted[2], caught, "errors that arrived, against accepted Throws")
}
