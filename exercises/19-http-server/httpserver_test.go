package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/19-http-server"
)

func TestHello(t *testing.T) {
	app := httpserver.NewApp()
	app.Handle("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) error {
		return httpserver.JSON(w, http.StatusOK, "hello "+r.PathValue("name"))
	})
	rec := httptest.NewRecorder()
	app.ServeHTTP(rec, httptest.NewRequest("GET", "/hello/Ann", nil))
	if got := strings.TrimSpace(rec.Body.String()); rec.Code != 200 || got != `"hello Ann"` {
		t.Errorf("GET /hello/Ann: got status %d and %q, want 200 and the JSON string \"hello Ann\"", rec.Code, got)
	}
}

func TestNoRouteIsAnError(t *testing.T) {
	app := httpserver.NewApp()
	app.Handle("GET /hello", func(http.ResponseWriter, *http.Request) error { return errors.New("secret") })
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/nowhere", 404, `{"error":"Not Found"}`},
		{"PUT", "/hello", 405, `{"error":"Method Not Allowed"}`},
		{"GET", "/hello", 500, `{"error":"Internal Server Error"}`},
	} {
		rec := httptest.NewRecorder()
		app.ServeHTTP(rec, httptest.NewRequest(c.method, c.path, nil))
		got := strings.TrimSpace(rec.Body.String())
		if rec.Code != c.status || strings.ReplaceAll(got, ": ", ":") != c.body {
			t.Errorf("%s %s: got status %d and %q, want %d and %s", c.method, c.path, rec.Code, got, c.status, c.body)
		}
	}
}

func TestPublishAndWait(t *testing.T) {
	topic := httpserver.NewTopic(10)
	go topic.Publish("hello")
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	got, err := topic.Wait(ctx, 0)
	if err != nil || len(got) != 1 || got[0] != (httpserver.Message{ID: 1, Text: "hello"}) {
		t.Errorf("Wait(ctx, 0) with one message published: got %v, %v, want [{1 hello}], <nil>", got, err)
	}
}

// echoPath answers every request with its path, without a network.
type echoPath struct{}

func (echoPath) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.NopCloser(strings.NewReader(r.URL.Path))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
}

func TestFetchFive(t *testing.T) {
	urls := []string{"http://x/0", "http://x/1", "http://x/2", "http://x/3", "http://x/4"}
	next := 0
	for i, r := range httpserver.FetchAll(context.Background(), &http.Client{Transport: echoPath{}}, urls, 2, 100) {
		if i != next || r.Status != 200 || string(r.Body) != fmt.Sprint("/", i) || r.Err != nil {
			t.Fatalf("result %d of FetchAll: got %d: %d %q %v, want %d: 200 \"/%d\" <nil>", next, i, r.Status, r.Body, r.Err, next, next)
		}
		next++
	}
	if next != len(urls) {
		t.Errorf("results of FetchAll for five URLs: got %d, want 5", next)
	}
}
