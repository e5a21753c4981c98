package streams_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// said is what a Call or a Request returned.
type said struct {
	answer string
	err    error
}

func call(ctx context.Context, c *streams.Client, request string) *gradetest.Call[said] {
	return gradetest.Go(func() said {
		answer, err := c.Call(ctx, []byte(request))
		return said{string(answer), err}
	})
}

// newClient returns a client and the end of its connection at which the test plays the server.
func newClient(room int) (c *streams.Client, mine, clients *end) {
	mine, clients = newConn(room)
	return streams.NewClient(clients), mine, clients
}

func answer(t *testing.T, c net.Conn, texts ...string) {
	t.Helper()
	for _, text := range texts {
		_, err := c.Write(frame("\x00" + text))
		require.NoError(t, err, "writing an answer to the client")
	}
}

// TestCallsAreNotQueued: three requests are on the wire before the first answer is.
func TestCallsAreNotQueued(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		calls := map[string]*gradetest.Call[said]{}
		var arrived []string
		for _, request := range []string{"a", "b", ""} {
			calls[request] = call(context.Background(), c, request)
			arrived = append(arrived, receive(t, server, "reading the request of a Call while others wait for their answers"))
		}
		require.Equal(t, []string{"a", "b", ""}, arrived, "requests that arrive, of three calls one after another")
		for _, request := range arrived {
			gradetest.Settle()
			calls[request].MustWait(t, "a Call that has no answer yet")
			answer(t, server, "re:"+request)
			gradetest.Settle()
			require.Equal(t, said{"re:" + request, nil}, calls[request].MustReturn(t, "a Call whose answer has come"), "what Call(%q) returned", request)
		}
		require.NoError(t, c.Close(), "error of Close")
	})
}

// TestCallsMeet lets two calls begin together, with little room for their requests.
func TestCallsMeet(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		c, server, _ := newClient(3)
		a, b := call(context.Background(), c, "first"), call(context.Background(), c, "other")
		for range 2 {
			request := receive(t, server, "reading requests of two calls that began together")
			require.Contains(t, []string{"first", "other"}, request, "a request, of two calls that began together")
			answer(t, server, request)
		}
		require.Equal(t, said{"first", nil}, a.Wait(), "what Call(\"first\") returned")
		require.Equal(t, said{"other", nil}, b.Wait(), "what Call(\"other\") returned")
		require.NoError(t, c.Close(), "error of Close")
	})
}

func TestCallOfAFailingHandler(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		failing := call(context.Background(), c, "x")
		receive(t, server, "reading a request")
		server.Write(frame("\x01out of yarn"))
		got := failing.Wait()
		var failed *streams.HandlerError
		require.True(t, errors.As(got.err, &failed), "is the error of Call a *HandlerError? It is %T", got.err)
		require.Equal(t, "out of yarn", failed.Text, "text of the error")
		require.Contains(t, got.err.Error(), "out of yarn", "Error() of the error")

		next := call(context.Background(), c, "y")
		receive(t, server, "reading a request behind one whose handler failed")
		answer(t, server, "fine")
		require.Equal(t, said{"fine", nil}, next.Wait(), "what the next Call returned")
		require.NoError(t, c.Close(), "error of Close")
	})
}

// TestGivenUp: the answer to a call that was given up comes all the same.
func TestGivenUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		ctx, cancel := context.WithCancel(context.Background())
		gone := call(ctx, c, "gone")
		receive(t, server, "reading a request")
		cancel()
		gradetest.Settle()
		got := gone.MustReturn(t, "a Call whose context was cancelled")
		require.ErrorIs(t, got.err, context.Canceled, "error of a Call whose context was cancelled")
		require.NotErrorIs(t, got.err, context.DeadlineExceeded, "error of a Call whose context was cancelled")

		next := call(context.Background(), c, "next")
		require.Equal(t, "next", receive(t, server, "reading the request behind one that was given up"), "the next request")
		answer(t, server, "for the one that is gone")
		gradetest.Settle()
		next.MustWait(t, "a Call when only the answer to an earlier one has come")
		answer(t, server, "for the next")
		require.Equal(t, said{"for the next", nil}, next.Wait(), "what a Call returned behind one that was given up")
		require.NoError(t, c.Close(), "error of Close")
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for range 10 { // a choice between two ready cases is made by chance
			_, err := c.Call(ctx, []byte("never"))
			require.ErrorIs(t, err, context.Canceled, "error of Call with a context that has ended")
		}
		real := call(context.Background(), c, "real")
		require.Equal(t, "real", receive(t, server, "reading a request"), "the first request that arrives")
		answer(t, server, "fine")
		require.Equal(t, said{"fine", nil}, real.Wait(), "what the Call returned")
		require.NoError(t, c.Close(), "error of Close")
	})
}

// TestServerTakesNothing: a call can be given up while it is being sent, and its
// request belongs to the caller again.
func TestServerTakesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(8)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		request := []byte(strings.Repeat("mine", 10))
		stuck := gradetest.Go(func() error {
			_, err := c.Call(ctx, request)
			clear(request)
			return err
		})
		time.Sleep(4 * time.Second)
		stuck.MustWait(t, "a Call that cannot be sent, after 4 s of 5")
		time.Sleep(2 * time.Second)
		err := stuck.MustReturn(t, "a Call that cannot be sent, when its time is up")
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of a Call whose time is up")
		require.NotErrorIs(t, err, context.Canceled, "error of a Call whose time is up")
		server.SetReadDeadline(time.Now().Add(time.Second))
		if got, err := readFrame(server); err == nil {
			require.Equal(t, strings.Repeat("mine", 10), got, "the request on the wire, when the caller has used its memory for something else after Call returned")
		}
		c.Close()
	})
}

func TestServerHangsUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		a, b := call(context.Background(), c, "a"), call(context.Background(), c, "b")
		gradetest.Settle()
		first := receive(t, server, "reading a request")
		answer(t, server, first)
		server.Close()
		gradetest.Settle()
		got := map[string]said{"a": a.MustReturn(t, "a Call, when the server has closed the connection"), "b": b.MustReturn(t, "a Call, when the server has closed the connection")}
		require.Equal(t, said{first, nil}, got[first], "what the Call returned whose answer came before the end")
		delete(got, first)
		for _, other := range got {
			require.Error(t, other.err, "Call without an answer when the server has closed the connection")
			require.NotErrorIs(t, other.err, net.ErrClosed, "error of Call when the server, and not the client, has closed the connection")
		}
		_, err := c.Call(context.Background(), []byte("late"))
		require.Error(t, err, "Call on a connection that has ended")
		c.Close()
	})
}

// TestServerEndsBetweenAnswers: the reason is what reading said.
func TestServerEndsBetweenAnswers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		waiting := call(context.Background(), c, "a")
		receive(t, server, "reading a request")
		server.CloseWrite()
		gradetest.Settle()
		got := waiting.MustReturn(t, "a Call, when the server has closed the connection")
		require.ErrorIs(t, got.err, io.EOF, "error of a Call whose connection has ended between two answers")
		c.Close()
	})
}

func TestCloseEndsCalls(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, clients := newClient(roomy)
		waiting := call(context.Background(), c, "a")
		receive(t, server, "reading a request")
		require.NoError(t, c.Close(), "error of Close")
		gradetest.Settle()
		got := waiting.MustReturn(t, "a Call that waits while the client is closed")
		require.ErrorIs(t, got.err, net.ErrClosed, "error of a Call that waits while the client is closed")
		require.True(t, clients.closed(), "has Close closed the connection?")
		_, err := c.Call(context.Background(), []byte("late"))
		require.ErrorIs(t, err, net.ErrClosed, "error of a Call after Close")
		require.NotPanics(t, func() { c.Close() }, "Close, the second time")
	})
}

// TestNonsense: what is no answer ends the connection, and is nobody's answer.
func TestNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, nonsense := range []struct{ what, bytes string }{
			{"an empty frame", string(frame(""))},
			{"a first byte that is neither 0 nor 1", string(frame("\x07x"))},
			{"a length of 2 GiB", "\x80\x00\x00\x00\x00"},
			{"a length just above DefaultLimit", "\x00\x10\x00\x01\x00"},
		} {
			c, server, _ := newClient(roomy)
			waiting := call(context.Background(), c, "a")
			receive(t, server, "reading a request")
			io.WriteString(server, nonsense.bytes)
			gradetest.Settle()
			got := waiting.MustReturn(t, "a Call that is answered with "+nonsense.what)
			require.Error(t, got.err, "Call that is answered with %s", nonsense.what)
			c.Close()
		}
	})
}
