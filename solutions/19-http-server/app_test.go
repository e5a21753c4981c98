package httpserver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

func TestRoutes(t *testing.T) {
	a := httpserver.NewApp()
	a.Handle("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) error {
		return httpserver.JSON(w, http.StatusOK, "user "+r.PathValue("id"))
	})
	a.Handle("POST /users/{id}", say("changed"))
	a.Handle("GET /files/{path...}", func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, r.PathValue("path"))
		return err
	})
	require.Equal(t, "\"user 7\"", strings.TrimSpace(ask(a, "GET", "/users/7", "").Body.String()), "answer to GET /users/7")
	require.Equal(t, "changed", ask(a, "POST", "/users/7", "").Body.String(), "answer to POST /users/7")
	require.Equal(t, "a/b", ask(a, "GET", "/files/a/b", "").Body.String(), "answer to GET /files/a/b")
	require.Equal(t, http.StatusOK, ask(a, "HEAD", "/users/7", "").Code, "status for HEAD /users/7")
}

func requireError(t *testing.T, rec *httptest.ResponseRecorder, status int, message, what string) {
	t.Helper()
	require.Equal(t, status, rec.Code, "status for %s", what)
	require.Equal(t, "application/json", rec.Header().Get("Content-Type"), "Content-Type of the answer to %s", what)
	require.JSONEq(t, fmt.Sprintf(`{"error": %q}`, message), rec.Body.String(), "answer to %s", what)
}

func TestUnknownPathAndMethod(t *testing.T) {
	a := httpserver.NewApp()
	a.Handle("GET /a", say("a"))
	a.Handle("PUT /a", say("a"))
	requireError(t, ask(a, "GET", "/b", ""), 404, "Not Found", "a path without a route")
	rec := ask(a, "DELETE", "/a", "")
	requireError(t, rec, 405, "Method Not Allowed", "a method without a route")
	for _, method := range []string{"GET", "PUT"} {
		require.Contains(t, rec.Header().Get("Allow"), method, "header Allow of the answer with status 405")
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	for _, err := range []error{
		&httpserver.HTTPError{Status: 409, Message: "taken \"today\""},
		fmt.Errorf("book: %w", &httpserver.HTTPError{Status: 409, Message: "taken \"today\""}),
	} {
		a := app("POST /book", func(http.ResponseWriter, *http.Request) error { return err })
		requireError(t, ask(a, "POST", "/book", ""), 409, "taken \"today\"", "a request whose handler returns an HTTPError")
	}
	a := app("POST /book", func(http.ResponseWriter, *http.Request) error { return errors.New("password is 1234") })
	requireError(t, ask(a, "POST", "/book", ""), 500, "Internal Server Error", "a request whose handler returns another error")
}

func TestErrorAfterTheBeginning(t *testing.T) {
	for name, begin := range map[string]func(w http.ResponseWriter){
		"Write":       func(w http.ResponseWriter) { io.WriteString(w, "half") },
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
		"Flush":       func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
	} {
		a := app("GET /", func(w http.ResponseWriter, _ *http.Request) error {
			begin(w)
			return errors.New("broken")
		})
		rec := httptest.NewRecorder()
		value := panicOf(func() { a.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil)) })
		require.Equal(t, http.ErrAbortHandler, value, "panic of ServeHTTP after an error that follows %s", name)
		require.NotContains(t, rec.Body.String(), "error", "answer after an error that follows %s", name)
	}
}

func TestMiddlewareOrder(t *testing.T) {
	var log []string
	named := func(name string) httpserver.Middleware {
		return func(next httpserver.Handler) httpserver.Handler {
			return func(w http.ResponseWriter, r *http.Request) error {
				log = append(log, name)
				err := next(w, r)
				var known *httpserver.HTTPError
				if errors.As(err, &known) {
					log = append(log, fmt.Sprint(name, " ", known.Status))
				} else {
					log = append(log, fmt.Sprint(name, " ", err))
				}
				return err
			}
		}
	}
	a := httpserver.NewApp()
	a.Use(named("1"), named("2"))
	a.Handle("GET /home", func(http.ResponseWriter, *http.Request) error { log = append(log, "handler"); return nil })
	a.Handle("GET /teapot", func(http.ResponseWriter, *http.Request) error {
		return &httpserver.HTTPError{Status: 418, Message: "no coffee"}
	})
	a.Use(named("3"))

	ask(a, "GET", "/home", "")
	require.Equal(t, []string{"1", "2", "3", "handler", "3 <nil>", "2 <nil>", "1 <nil>"}, log, "order of middlewares and handler")
	for path, status := range map[string]int{"/teapot": 418, "/nowhere": 404} {
		log = nil
		require.Equal(t, status, ask(a, "GET", path, "").Code, "status for %s", path)
		require.Equal(t, []string{"1", "2", "3", fmt.Sprint("3 ", status), fmt.Sprint("2 ", status), fmt.Sprint("1 ", status)}, log, "what middlewares see of %s", path)
	}
	log = nil
	require.Equal(t, 405, ask(a, "POST", "/teapot", "").Code, "status for a method without a route")
	require.Contains(t, log, "1 405", "what middlewares see of a method without a route")
}

// TestMiddlewareMayAnswer has a middleware that answers, one that makes an error
// good, and one that hands on a ResponseWriter and a context of its own.
func TestMiddlewareMayAnswer(t *testing.T) {
	reached := 0
	a := app("GET /{what}", func(w http.ResponseWriter, r *http.Request) error {
		reached++
		if r.PathValue("what") == "bad" {
			return errors.New("bad")
		}
		return say("here")(w, r)
	})
	a.Use(func(next httpserver.Handler) httpserver.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if r.Header.Get("Authorization") == "" {
				return &httpserver.HTTPError{Status: 401, Message: "who?"}
			}
			if err := next(shout{w}, r.WithContext(r.Context())); err != nil {
				return say("never mind")(w, r)
			}
			return nil
		}
	})
	requireError(t, ask(a, "GET", "/good", ""), 401, "who?", "a request that a middleware refuses")
	require.Zero(t, reached, "calls of the handler behind a middleware that refuses")
	for path, want := range map[string]string{"/good": "HERE", "/bad": "never mind", "/no/where": "never mind"} {
		rec := httptest.NewRecorder()
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Authorization", "me")
		a.ServeHTTP(rec, req)
		require.Equal(t, http.StatusOK, rec.Code, "status for %s", path)
		require.Equal(t, want, rec.Body.String(), "answer to %s", path)
	}
}

type shout struct{ http.ResponseWriter }

func (s shout) Write(p []byte) (int, error) {
	return s.ResponseWriter.Write([]byte(strings.ToUpper(string(p))))
}

func TestMiddlewareIsCalledOnce(t *testing.T) {
	a := app("GET /", say("hello"))
	a.Use(func(next httpserver.Handler) httpserver.Handler {
		n := 0
		return func(w http.ResponseWriter, r *http.Request) error {
			n++
			w.Header().Set("Number", fmt.Sprint(n))
			return next(w, r)
		}
	})
	for _, want := range []string{"1", "2", "3"} {
		require.Equal(t, want, ask(a, "GET", "/", "").Header().Get("Number"), "what a middleware has counted")
	}
}

func TestRecover(t *testing.T) {
	var reported []any
	a := app("GET /{what}", func(_ http.ResponseWriter, r *http.Request) error {
		if r.PathValue("what") == "abort" {
			panic(http.ErrAbortHandler)
		}
		panic(r.PathValue("what"))
	})
	a.Use(httpserver.Recover(func(r *http.Request, value any) { reported = append(reported, r.URL.Path, value) }))
	requireError(t, ask(a, "GET", "/boom", ""), 500, "Internal Server Error", "a request whose handler panics")
	require.Equal(t, []any{"/boom", "boom"}, reported, "what report was called with")
	require.Equal(t, http.ErrAbortHandler, panicOf(func() { ask(a, "GET", "/abort", "") }), "panic of a handler that panics with http.ErrAbortHandler")
	require.Len(t, reported, 2, "reports after a panic with http.ErrAbortHandler")

	silent := app("GET /", func(http.ResponseWriter, *http.Request) error { panic("boom") })
	silent.Use(httpserver.Recover(nil))
	requireError(t, ask(silent, "GET", "/", ""), 500, "Internal Server Error", "a request whose handler panics, without report")
}

func TestTimeoutReachesTheHandler(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := app("GET /{what}", func(w http.ResponseWriter, r *http.Request) error {
			if r.PathValue("what") == "slow" {
				<-r.Context().Done()
				return fmt.Errorf("query: %w", r.Context().Err())
			}
			return say("quick")(w, r)
		})
		a.Use(httpserver.Timeout(10 * time.Second))
		took := gradetest.Took(func() {
			requireError(t, ask(a, "GET", "/slow", ""), 503, "Service Unavailable", "a request that takes too long")
		})
		require.InDelta(t, 10, took.Seconds(), 1, "seconds until a handler's context ends, with Timeout(10 s)")
		rec := ask(a, "GET", "/quick", "")
		require.Equal(t, "quick", rec.Body.String(), "answer within the time")
	})
}

func TestJSON(t *testing.T) {
	rec := httptest.NewRecorder()
	require.NoError(t, httpserver.JSON(rec, http.StatusCreated, map[string]int{"n": 1}), "JSON")
	require.Equal(t, http.StatusCreated, rec.Code, "status")
	require.Equal(t, "application/json", rec.Header().Get("Content-Type"), "Content-Type")
	require.JSONEq(t, `{"n": 1}`, rec.Body.String(), "answer")

	a := app("GET /", func(w http.ResponseWriter, _ *http.Request) error {
		return httpserver.JSON(w, http.StatusOK, map[string]any{"a": 1, "f": func() {}})
	})
	requireError(t, ask(a, "GET", "/", ""), 500, "Internal Server Error", "a request answered with what JSON cannot encode")
}

func TestReadJSON(t *testing.T) {
	type order struct {
		Item  string
		Count int
	}
	a := app("POST /", func(w http.ResponseWriter, r *http.Request) error {
		o, err := httpserver.ReadJSON[order](r, 28)
		if err != nil {
			return fmt.Errorf("order: %w", err)
		}
		return httpserver.JSON(w, http.StatusOK, fmt.Sprint(o.Count, " ", o.Item))
	})
	for body, want := range map[string]int{
		`{"Item": "tea", "Count": 12}`:         200, // 28 bytes
		`{"Item": "tea"} ` + "\n":              200,
		`{"Item": "green tea", "Count": 1200}`: 413,
		`{"Item": "tea"`:                       400,
		`{"Item": 7}`:                          400,
		`{"Item": "tea"} {}`:                   400,
		`{"Item": "tea"}]`:                     400,
		`tea`:                                  400,
		``:                                     400,
	} {
		require.Equal(t, want, ask(a, "POST", "/", body).Code, "status for the body %q, of which 28 bytes are allowed", body)
	}
	require.JSONEq(t, `"12 tea"`, ask(a, "POST", "/", `{"Item": "tea", "Count": 12}`).Body.String(), "answer made of the body")
}

// TestReadJSONStopsReading has a body without end.
func TestReadJSONStopsReading(t *testing.T) {
	read := 0
	body := endless(func(n int) error {
		if read += n; read > 1<<20 {
			return errors.New("too much")
		}
		return nil
	})
	_, err := httpserver.ReadJSON[string](httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(`"`), body)), 1000)
	var known *httpserver.HTTPError
	require.ErrorAs(t, err, &known, "ReadJSON of a body without end")
	require.Equal(t, 413, known.Status, "status of the error of ReadJSON, of a body without end")
	require.Less(t, read, 64<<10, "bytes read of a body of which 1000 bytes are allowed")
}

// endless is a body of one letter, which tells how much is read.
type endless func(n int) error

func (f endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), f(len(p))
}
