package httpserver_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// TestBodiesAreClosed has bodies that are read to their end, too long, cut off,
// and of an answer that is not the one hoped for.
func TestBodiesAreClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			switch r.URL.Path {
			case "/long":
				return strings.NewReader("much too long"), nil
			case "/cut":
				return failing{io.ErrUnexpectedEOF}, nil
			}
			return pathOf(r)
		})
		for _, path := range []string{"good", "long", "cut", "missing"} {
			require.Len(t, w.fetch(context.Background(), 1, "http://web/"+path), 1, "results of one URL")
			require.Zero(t, w.open.Now(), "bodies left open by FetchAll, of the URL /%s", path)
		}
	})
}

// TestConnectionsAreUsedAgain: that takes a body that was read to its end.
func TestConnectionsAreUsedAgain(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s := serve(t, app("/", say("hello")), httpserver.Limits{})
		urls := []string{"http://service/", "http://service/", "http://service/"}
		for range httpserver.FetchAll(context.Background(), s.client, urls, 1, 10) {
		}
		require.Equal(t, 1, s.open.Total(), "connections for 3 requests, one at a time")
		s.stop(t)
		require.Zero(t, s.open.Now(), "open connections after Shutdown")
	})
}

// TestWaitLeavesNothing has a context that outlives the call, and a topic on which
// nothing is published any more.
func TestWaitLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(1)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		reader := gradetest.Go(func() waited { return wait(ctx, topic, 0) })
		gradetest.Settle()
		topic.Publish("hello")
		gradetest.Settle()
		require.NoError(t, reader.MustReturn(t, "Wait after Publish").err, "Wait after Publish")
		require.Zero(t, gradetest.Goroutines(), "goroutines when Wait has returned, while its context lives on")

		short, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		require.ErrorIs(t, wait(short, topic, 1).err, context.DeadlineExceeded, "Wait for what does not come")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines when Wait has given up")
	})
}

func TestPollAndStreamLeaveNothing(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		lines := make(chan string)
		topic := httpserver.NewTopic(1)
		a := app("/poll", topic.Poll(time.Second))
		a.Handle("/stream", func(w http.ResponseWriter, r *http.Request) error { return httpserver.Stream(w, r, lines) })
		a.Use(httpserver.Recover(nil), httpserver.Timeout(time.Minute))
		s := serve(t, a, httpserver.Limits{Conns: 1, Header: time.Hour, Read: time.Hour})
		require.Equal(t, 204, s.get("/poll").status, "status of a poll without news")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.Error(t, do(s.client, request(ctx, "GET", "http://service/stream", "")).err, "a stream that is given up")
		s.stop(t)
		require.Zero(t, gradetest.Goroutines(), "goroutines when the server has been shut down")
	})
}

// TestShutdownLeavesNothing has connections of all kinds: idle, without a request
// so far, and in the middle of one.
func TestShutdownLeavesNothing(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		s, end := held(t, httpserver.Limits{Header: time.Second})
		busy := gradetest.Go(func() answer { return s.get("/") })
		silent, err := s.dial(context.Background())
		require.NoError(t, err, "a connection")
		gradetest.Settle()
		shutdown := gradetest.Go(func() error { return s.server.Shutdown(context.Background()) })
		time.Sleep(10 * time.Second)
		end <- struct{}{}
		require.NoError(t, shutdown.Wait(), "Shutdown")
		require.NoError(t, s.serving.Wait(), "Serve after Shutdown")
		require.NoError(t, busy.Wait().err, "a request that Shutdown has met")
		silent.Close()
		s.client.CloseIdleConnections()
		gradetest.Settle()
		require.Zero(t, s.open.Now(), "open connections after Shutdown")
		require.Zero(t, gradetest.Goroutines(), "goroutines after Shutdown")
	})
}

func TestFetchAllLeavesNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(after(time.Second, pathOf))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for range httpserver.FetchAll(ctx, &http.Client{Transport: w}, pages(9), 3, 10) {
			break
		}
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines after a loop that ended early, while the context lives on")
		require.NotNil(t, panicOf(func() {
			for range httpserver.FetchAll(ctx, &http.Client{Transport: w}, pages(9), 3, 10) {
				panic("in the loop")
			}
		}), "panic of the loop")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines after a loop that panicked")
		require.Zero(t, w.open.Now(), "bodies left open")
	})
}
