package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

func TestPanicDoesNotEndTheServer(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		a := app("GET /{what}", func(w http.ResponseWriter, r *http.Request) error {
			switch r.PathValue("what") {
			case "boom":
				panic("boom")
			case "abort":
				panic(http.ErrAbortHandler)
			}
			return say("hello")(w, r)
		})
		a.Use(httpserver.Recover(nil), httpserver.Timeout(time.Minute))
		s := serve(t, a, httpserver.Limits{})
		require.Equal(t, 500, s.get("/boom").status, "status for a request whose handler panics")
		require.Equal(t, "hello", s.get("/hello").body, "answer after a panic")
		require.Error(t, s.get("/abort").err, "a request whose handler panics with http.ErrAbortHandler")
		require.Equal(t, "hello", s.get("/hello").body, "answer after a panic with http.ErrAbortHandler")
		s.stop(t)
	})
}

// TestSlowHeaderLosesItsPlace has a client that sends a byte a second, while another
// one waits for its place.
func TestSlowHeaderLosesItsPlace(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s := serve(t, app("GET /", say("hello")), httpserver.Limits{Header: 5 * time.Second, Conns: 1})
		slow, err := s.dial(context.Background())
		require.NoError(t, err, "the first connection")
		reading := gradetest.GoDo(func() { io.Copy(io.Discard, slow) })
		trickle := gradetest.Go(func() int { return drip(slow, "GET / HTTP/1.1\r\nHost: service\r\nX: "+strings.Repeat("x", 60)) })
		took := gradetest.Took(func() {
			require.Equal(t, "hello", s.get("/").body, "answer to the second client")
		})
		require.Less(t, took, 10*time.Second, "time until a slow client loses its place, with 5 s for the header")
		require.Less(t, trickle.Wait(), 10, "bytes that a client could send, one a second, with 5 s for the header")
		reading.Wait()
		s.stop(t)
	})
}

// drip writes text a byte a second, until it is refused, and says how far it got.
func drip(conn net.Conn, text string) int {
	defer conn.Close()
	for i := range len(text) {
		time.Sleep(time.Second)
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return i
		}
	}
	return len(text)
}

func TestSlowBodyLosesItsPlace(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		ended := make(chan error, 2)
		s := serve(t, app("POST /", func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
			if err != nil {
				return &httpserver.HTTPError{Status: 400, Message: "no body"}
			}
			return say("hello")(w, r)
		}), httpserver.Limits{Read: 5 * time.Second, Conns: 1})
		slow, err := s.dial(context.Background())
		require.NoError(t, err, "the first connection")
		reading := gradetest.GoDo(func() { io.Copy(io.Discard, slow) })
		_, err = io.WriteString(slow, "POST / HTTP/1.1\r\nHost: service\r\nContent-Length: 60\r\n\r\n")
		require.NoError(t, err, "sending a header")
		trickle := gradetest.Go(func() int { return drip(slow, strings.Repeat("x", 60)) })
		took := gradetest.Took(func() {
			got := do(s.client, request(context.Background(), "POST", "http://service/", "quick"))
			require.Equal(t, "hello", got.body, "answer to the second client")
		})
		require.Less(t, took, 10*time.Second, "time until a slow client loses its place, with 5 s for a request")
		require.Error(t, <-ended, "reading a body that does not come in time")
		trickle.Wait()
		reading.Wait()
		s.stop(t)
	})
}

// TestLongHandlerIsLeftAlone has handlers that take longer than a request may take
// to arrive.
func TestLongHandlerIsLeftAlone(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		limits := httpserver.Limits{Header: 2 * time.Second, Read: 2 * time.Second, Idle: 2 * time.Second}
		s := serve(t, app("/", func(w http.ResponseWriter, r *http.Request) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			select {
			case <-time.After(10 * time.Second):
				return say("done "+string(body))(w, r)
			case <-r.Context().Done():
				return r.Context().Err()
			}
		}), limits)
		require.Equal(t, answer{200, nil, "done ", nil}, without(s.get("/")), "answer of a handler that takes 10 s, without a body")
		got := do(s.client, request(context.Background(), "POST", "http://service/", "body"))
		require.Equal(t, answer{200, nil, "done body", nil}, without(got), "answer of a handler that takes 10 s, when it has read the body")
		s.stop(t)
	})
}

func without(a answer) answer { a.header = nil; return a }

func TestIdleConnectionIsClosed(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s := serve(t, app("/", say("hello")), httpserver.Limits{Idle: 10 * time.Second})
		require.Equal(t, "hello", s.get("/").body, "answer")
		time.Sleep(5 * time.Second)
		require.Equal(t, 1, s.open.Now(), "open connections 5 s after a request, with 10 s allowed")
		require.Equal(t, "hello", s.get("/").body, "answer")
		require.Equal(t, 1, s.open.Total(), "connections for two requests")
		time.Sleep(12 * time.Second)
		require.Zero(t, s.open.Now(), "open connections 12 s after a request, with 10 s allowed")
		s.stop(t)
	})
}

// TestConns has three clients for two places.
func TestConns(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		var inside gradetest.InFlight
		end := make(chan struct{})
		s := serve(t, app("/", func(w http.ResponseWriter, r *http.Request) error {
			inside.Enter()
			defer inside.Leave()
			<-end
			return say("hello")(w, r)
		}), httpserver.Limits{Conns: 2})
		s.client.Transport.(*http.Transport).DisableKeepAlives = true
		var calls []*gradetest.Call[answer]
		for range 3 {
			calls = append(calls, gradetest.Go(func() answer { return s.get("/") }))
		}
		gradetest.Settle()
		require.Equal(t, 2, inside.Now(), "requests being answered, of 3, with 2 connections")
		require.Equal(t, 2, s.open.Now(), "connections accepted, of 3, with 2 allowed")
		for range calls {
			end <- struct{}{}
			gradetest.Settle()
		}
		for _, c := range calls {
			require.Equal(t, "hello", c.MustReturn(t, "a request").body, "answer")
		}
		require.Equal(t, 2, s.open.Max(), "most connections at once, with 2 allowed")
		s.stop(t)
	})
}

// held is a service whose handlers wait until they are let go.
func held(t *testing.T, l httpserver.Limits) (*service, chan struct{}) {
	t.Helper()
	end := make(chan struct{})
	return serve(t, app("/", func(w http.ResponseWriter, r *http.Request) error {
		if _, err := io.WriteString(w, "begin"); err != nil {
			return err
		}
		<-end
		if err := r.Context().Err(); err != nil {
			return err
		}
		return say(strings.Repeat(".", 10_000)+"end")(w, r)
	}), l), end
}

func TestShutdownFinishesRequests(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s, end := held(t, httpserver.Limits{Conns: 2})
		got := gradetest.Go(func() answer { return s.get("/") })
		gradetest.Settle()
		shutdown := gradetest.Go(func() error { return s.server.Shutdown(context.Background()) })
		time.Sleep(time.Second)
		shutdown.MustWait(t, "Shutdown, with a request that has no answer yet,")
		s.serving.MustWait(t, "Serve, before Shutdown is over,")
		_, err := s.dial(context.Background())
		require.ErrorIs(t, err, errRefused, "a connection during Shutdown")
		end <- struct{}{}
		time.Sleep(time.Second)
		a := got.MustReturn(t, "a request that Shutdown has met")
		require.NoError(t, a.err, "a request that Shutdown has met")
		require.Equal(t, "begin"+strings.Repeat(".", 10_000)+"end", a.body, "answer to a request that Shutdown has met")
		require.NoError(t, shutdown.MustReturn(t, "Shutdown, with all requests answered,"), "Shutdown")
		require.NoError(t, s.serving.MustReturn(t, "Serve, with Shutdown over,"), "Serve after Shutdown")
		require.NoError(t, s.server.Shutdown(context.Background()), "a second Shutdown")
		s.client.CloseIdleConnections()
	})
}

func TestShutdownGivesUp(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		ended := make(chan struct{})
		s := serve(t, app("/", func(_ http.ResponseWriter, r *http.Request) error {
			<-r.Context().Done()
			close(ended)
			return r.Context().Err()
		}), httpserver.Limits{})
		got := gradetest.Go(func() answer { return s.get("/") })
		gradetest.Settle()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		took := gradetest.Took(func() {
			require.ErrorIs(t, s.server.Shutdown(ctx), context.DeadlineExceeded, "Shutdown whose context ends first")
		})
		require.InDelta(t, 10, took.Seconds(), 1, "seconds that Shutdown takes, with a deadline of 10 s")
		gradetest.Settle()
		select {
		case <-ended:
		default:
			t.Fatal("the context of a request lives on when Shutdown has given up")
		}
		require.Error(t, got.MustReturn(t, "a request that was cut off").err, "a request that was cut off")
		require.Zero(t, s.open.Now(), "open connections when Shutdown has given up")
		require.NoError(t, s.serving.MustReturn(t, "Serve after Shutdown"), "Serve after Shutdown")
	})
}

// TestShutdownWakesWhoWaits has a long poll, a stream and a handler of its own kind.
func TestShutdownWakesWhoWaits(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		topic := httpserver.NewTopic(1)
		a := app("/poll", topic.Poll(time.Hour))
		a.Handle("/stream", func(w http.ResponseWriter, r *http.Request) error {
			return httpserver.Stream(w, r, make(chan string))
		})
		a.Handle("/wait", func(w http.ResponseWriter, r *http.Request) error {
			_, err := topic.Wait(r.Context(), 0)
			if !errors.Is(err, httpserver.ErrStopping) {
				return err
			}
			return say("stopping")(w, r)
		})
		a.Handle("/own", func(w http.ResponseWriter, r *http.Request) error {
			<-httpserver.Stopping(r.Context())
			return say(fmt.Sprint("stopping ", r.Context().Err()))(w, r)
		})
		s := serve(t, a, httpserver.Limits{})
		paths := []string{"/poll", "/stream", "/wait", "/own"}
		wants := []answer{{204, nil, "", nil}, {200, nil, "", nil}, {200, nil, "stopping", nil}, {200, nil, "stopping <nil>", nil}}
		var calls []*gradetest.Call[answer]
		for _, path := range paths {
			calls = append(calls, gradetest.Go(func() answer { return s.get(path) }))
		}
		gradetest.Settle()
		for i, c := range calls {
			c.MustWait(t, paths[i]+" before Shutdown")
		}
		took := gradetest.Took(func() { s.stop(t) })
		for i, c := range calls {
			require.Equal(t, wants[i], without(c.MustReturn(t, paths[i]+" after Shutdown")), "answer to %s when the server stops", paths[i])
		}
		require.Less(t, took, 5*time.Second, "time for Shutdown with handlers that wait for an hour")
		require.Nil(t, httpserver.Stopping(context.Background()), "Stopping of a context of no request")
	})
}

// TestShutdownOfAFullServer: its only place is taken by a connection without a request.
func TestShutdownOfAFullServer(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s := serve(t, app("/", say("hello")), httpserver.Limits{Conns: 1, Idle: time.Hour})
		require.Equal(t, "hello", s.get("/").body, "answer")
		gradetest.Settle()
		shutdown := gradetest.Go(func() error { return s.server.Shutdown(context.Background()) })
		time.Sleep(5 * time.Second)
		require.NoError(t, shutdown.MustReturn(t, "Shutdown of a server whose only connection is idle"), "Shutdown")
		require.NoError(t, s.serving.MustReturn(t, "Serve after Shutdown"), "Serve after Shutdown")
		require.Zero(t, s.open.Now(), "open connections after Shutdown")
	})
}

func TestServeEnds(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s := httpserver.NewServer(app("/", say("hello")), httpserver.Limits{})
		require.NoError(t, s.Shutdown(context.Background()), "Shutdown of a server that has not served")
		n := newNetwork()
		require.NoError(t, soon(t, "Serve after Shutdown", func() error { return s.Serve(n) }), "Serve after Shutdown")
		require.True(t, n.down(), "listener closed when Serve has returned")

		failed := errors.New("no more descriptors")
		s = httpserver.NewServer(app("/", say("hello")), httpserver.Limits{Conns: 1})
		require.ErrorIs(t, soon(t, "Serve on a listener that fails", func() error { return s.Serve(broken{newNetwork(), failed}) }), failed, "Serve on a listener that fails")
	})
}

// broken is a listener that fails.
type broken struct {
	net.Listener
	err error
}

func (b broken) Accept() (net.Conn, error) { return nil, b.err }
