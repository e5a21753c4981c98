package coroutines_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/14-coroutines"
)

// TestSentinel: a value that the two sides have agreed on ends the coroutine.
func TestSentinel(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c := primed(t, coroutines.New(func(yield coroutines.Yield[string, int]) ([]string, error) {
			var words []string
			for {
				word, err := yield(len(words))
				if err != nil {
					return nil, err
				}
				if word == "" {
					return words, nil
				}
				words = append(words, word)
			}
		}))
		for i, word := range []string{"warp", "weft"} {
			out, err := c.Send(word)
			require.NoError(t, err, "Send of a word")
			require.Equal(t, i+1, out, "words so far")
		}
		out, err := c.Send("")
		require.ErrorIs(t, err, coroutines.ErrDone, "error of the Send in which the body returns")
		var done *coroutines.Done[[]string]
		require.ErrorAs(t, err, &done, "error of the Send in which the body returns")
		require.Equal(t, []string{"warp", "weft"}, done.Value, "the value that the body returned")
		require.Zero(t, out, "what Send returns besides the error")
		requireOver(t, c)
		require.NoError(t, c.Close(), "Close after the end")
		requireOver(t, c)
	})
}

func TestBodyWithoutYield(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ran := 0
		c := coroutines.New(func(coroutines.Yield[int, string]) (*int, error) {
			ran++
			return nil, nil
		})
		out, err := c.Next()
		var done *coroutines.Done[*int]
		require.ErrorAs(t, err, &done, "error of the first Next, with a body that returns at once")
		require.Nil(t, done.Value, "the value that the body returned")
		require.Empty(t, out, "what Next returns besides the error")
		requireOver(t, c)
		require.Equal(t, 1, ran, "how often the body ran")
	})
}

func TestCloseUnwinds(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var cleaned gradetest.InFlight
		thrown := make(chan error, 4)
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			defer cleaned.Enter()
			_, err := yield(1)
			thrown <- err
			return 0, err
		}))
		require.NoError(t, c.Close(), "Close, with a body that returns what yield returns")
		gradetest.Settle()
		require.Equal(t, 1, cleaned.Total(), "how often the deferred clean-up of the body ran")
		require.Len(t, thrown, 1, "how often yield returned")
		require.ErrorIs(t, <-thrown, coroutines.ErrExit, "what yield returned upon Close")
		requireOver(t, c)
		require.NoError(t, c.Close(), "the second Close")
		requireOver(t, c)
		require.Equal(t, 1, cleaned.Total(), "how often the deferred clean-up of the body ran, with two Closes")
	})
}

func TestCloseBeforePriming(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		started := 0
		c := coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			started++
			_, err := yield(1)
			return 0, err
		})
		require.NoError(t, c.Close(), "Close before Next")
		requireOver(t, c)
		require.NoError(t, c.Close(), "the second Close")
		gradetest.Settle()
		require.Zero(t, started, "how often a body started whose coroutine was closed before Next")
	})
}

// TestCloseSaysHowItEnded tries what a body can return upon Close.
func TestCloseSaysHowItEnded(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		closing := func(answer func(thrown error) (int, error)) error {
			c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
				_, err := yield(1)
				return answer(err)
			}))
			err := c.Close()
			requireOver(t, c)
			return err
		}
		require.NoError(t, closing(func(error) (int, error) { return 5, nil }), "Close, with a body that returns a value")
		require.NoError(t, closing(func(err error) (int, error) { return 0, fmt.Errorf("stopped: %w", err) }), "Close, with a body that wraps ErrExit")
		err := closing(func(error) (int, error) { return 0, errSpam })
		require.ErrorIs(t, err, errSpam, "error of Close, with a body whose clean-up fails")
		require.NotErrorIs(t, err, coroutines.ErrExit, "error of Close, with a body whose clean-up fails")
		require.NotErrorIs(t, err, coroutines.ErrDone, "error of Close, with a body whose clean-up fails")
	})
}

// TestCloseIgnored: a body that yields upon ErrExit is not ended by force.
func TestCloseIgnored(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		refusals := 2
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (string, error) {
			for out := 1; ; out++ {
				if _, err := yield(out); errors.Is(err, coroutines.ErrExit) {
					if refusals--; refusals < 0 {
						return "", err
					}
				}
			}
		}))
		for i := range 2 {
			require.ErrorIs(t, c.Close(), coroutines.ErrIgnoredExit, "error of Close, with a body that yields instead of ending")
			require.Equal(t, coroutines.Suspended, c.State(), "state when the body has ignored Close")
			out, err := c.Next()
			require.NoError(t, err, "Next when the body has ignored Close")
			require.Equal(t, 2*i+3, out, "the yield after the one that Close has lost")
		}
		shut(t, c)
		requireOver(t, c)
	})
}

// TestTwoClosesMeet: the body is closed once, whoever comes first.
func TestTwoClosesMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var cleaned gradetest.InFlight
		c := primed(t, coroutines.New(func(yield coroutines.Yield[int, int]) (int, error) {
			defer cleaned.Enter()
			_, err := yield(1)
			return 0, err
		}))
		first, second := gradetest.Go(c.Close), gradetest.Go(c.Close)
		errs := []error{first.Wait(), second.Wait()}
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, coroutines.ErrRunning, "error of one of two Closes that meet")
			}
		}
		require.Contains(t, errs, error(nil), "results of two Closes that meet")
		gradetest.Settle()
		require.Equal(t, 1, cleaned.Total(), "how often the clean-up of the body ran, with two Closes that meet")
		requireOver(t, c)
	})
}

// TestCloseMeetsSend: either may come first, and either may be refused.
func TestCloseMeetsSend(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var got []int
		c := primed(t, coroutines.New(doubler(&got)))
		sending := gradetest.Go(func() answer { return send(c, 3) })
		closing := gradetest.Go(c.Close)
		sent, closed := sending.Wait(), closing.Wait()
		gradetest.Settle()
		if closed != nil {
			require.ErrorIs(t, closed, coroutines.ErrRunning, "error of a Close that meets Send")
			require.NoError(t, sent.err, "Send when the Close that it met was refused")
			shut(t, c)
		}
		switch {
		case sent.err == nil:
			require.Equal(t, 6, sent.out, "answer to a Send that meets Close")
			require.Equal(t, []int{3}, got, "what the body was sent")
		case errors.Is(sent.err, coroutines.ErrRunning), errors.Is(sent.err, coroutines.ErrDone):
			require.Empty(t, got, "what the body was sent, by a Send that was refused")
		default:
			require.NoError(t, sent.err, "Send that meets Close")
		}
		requireOver(t, c)
	})
}
