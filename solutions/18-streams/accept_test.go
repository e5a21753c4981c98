package streams_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// TestAcceptFails: such errors pass, as when there are too many open files.
func TestAcceptFails(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		for range 3 {
			v.fail(t)
		}
		c, _ := v.connect(t, roomy)
		send(t, c, "still here")
		requireAnswers(t, c, "still here")
		v.stop(t)

		// It does not spin: in ten seconds there is time for a few dozen attempts.
		v = serve(&streams.Server{Handler: echo})
		over := time.After(10 * time.Second)
		n := 0
		for counting := true; counting && n < 500; {
			select {
			case v.door.next <- accepted{err: errors.New("too many open files")}:
				n++
			case <-over:
				counting = false
			}
		}
		require.GreaterOrEqual(t, n, 8, "calls of Accept within 10 s when each of them fails")
		require.Less(t, n, 60, "calls of Accept within 10 s when each of them fails")
		v.stop(t)
	})
}

// TestListenerIsClosed by somebody else.
func TestListenerIsClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		c, _ := v.connect(t, roomy)
		v.door.Close()
		gradetest.Settle()
		err := v.serving.MustReturn(t, "Serve, when its listener has been closed")
		require.ErrorIs(t, err, net.ErrClosed, "error of Serve when its listener was closed, but not the server")
		require.NotErrorIs(t, err, streams.ErrServerClosed, "error of Serve when its listener was closed, but not the server")
		send(t, c, "still here")
		requireAnswers(t, c, "still here")
		require.NoError(t, v.Shutdown(context.Background()), "error of Shutdown")
	})
}
