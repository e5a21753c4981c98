package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// together calls f in n goroutines that begin at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	wg.Wait()
}

func TestHammerPublish(t *testing.T) {
	topic := httpserver.NewTopic(1000)
	together(6, func(int) {
		for range 50 {
			topic.Publish("hello")
		}
	})
	got, err := topic.Wait(context.Background(), 0)
	require.NoError(t, err, "Wait for messages that are there")
	require.Len(t, got, 300, "messages published by six goroutines")
	for i, m := range got {
		require.Equal(t, i+1, m.ID, "ID of a message")
	}
}

func TestHammerWait(t *testing.T) {
	topic := httpserver.NewTopic(100)
	together(4, func(i int) {
		if i == 0 {
			for range 100 {
				topic.Publish("hello")
			}
			return
		}
		for got := 0; got < 100; {
			messages, err := topic.Wait(context.Background(), got)
			if err != nil || len(messages) == 0 {
				t.Errorf("Wait for messages that are to come returned %v, %v", messages, err)
				return
			}
			got += len(messages)
		}
	})
}

func TestHammerApp(t *testing.T) {
	a := httpserver.NewApp()
	a.Handle("GET /{n}", func(w http.ResponseWriter, r *http.Request) error {
		if r.PathValue("n") == "3" {
			return errors.New("three")
		}
		return say(r.PathValue("n"))(w, r)
	})
	a.Use(httpserver.Recover(nil), func(next httpserver.Handler) httpserver.Handler { return next })
	// Requests are made before, as that takes pools, which put everything in order.
	const each = 20
	var requests [4 * each]*http.Request
	var answers [4 * each]*httptest.ResponseRecorder
	for i := range requests {
		requests[i], answers[i] = httptest.NewRequest("GET", fmt.Sprint("/", i/each), nil), httptest.NewRecorder()
	}
	together(4, func(i int) {
		for k := i * each; k < (i+1)*each; k++ {
			a.ServeHTTP(answers[k], requests[k])
		}
	})
	for i, rec := range answers {
		if i/each == 3 {
			require.Equal(t, 500, rec.Code, "status for a request whose handler returns an error")
		} else {
			require.Equal(t, fmt.Sprint(i/each), rec.Body.String(), "answer")
		}
	}
}

// TestHammerFetchAll has requests that end two by two, half of them with an error.
func TestHammerFetchAll(t *testing.T) {
	pair, alone := make(chan struct{}), make(chan struct{})
	var nobody sync.Once
	w := newWeb(func(r *http.Request) (io.Reader, error) {
		select { // whoever comes first waits for the other
		case pair <- struct{}{}:
		case <-pair:
		case <-alone:
		case <-time.After(time.Second): // one at a time is slow, but no race
			nobody.Do(func() { close(alone) })
		}
		if len(r.URL.Path)%2 == 0 {
			return nil, errors.New("down")
		}
		return pathOf(r)
	})
	var urls []string
	for i := range 40 {
		urls = append(urls, []string{"http://web/a", "http://web/bc"}[i/20])
	}
	failed := 0
	for _, r := range w.fetch(context.Background(), 2, urls...) {
		if r.Err != nil {
			failed++
		} else {
			require.Equal(t, "/bc", string(r.Body), "body")
		}
	}
	require.Equal(t, 20, failed, "results with an error")
}

func TestHammerShutdown(t *testing.T) {
	n := newNetwork()
	s := httpserver.NewServer(app("/", say("hello")), httpserver.Limits{Conns: 2})
	serving := gradetest.Go(func() error { return s.Serve(n) })
	together(4, func(int) {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown by several at once returned %v", err)
		}
	})
	require.NoError(t, serving.Wait(), "Serve after Shutdown by several at once")
}
