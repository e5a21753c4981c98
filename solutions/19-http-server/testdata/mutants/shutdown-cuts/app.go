// Package httpserver builds an HTTP service on net/http: an App with handlers
// that return errors, streams and long polls, a Server that can be stopped
// without cutting anybody off, and a client that fetches many URLs at a time.
package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Handler answers a request, or returns an error and leaves the answer to the App.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Middleware makes a Handler out of the next one: it may do something before
// and after, change what is passed on, or answer itself.
type Middleware func(next Handler) Handler

// HTTPError is an error that says how the request is to be answered.
type HTTPError struct {
	Status  int    // of the answer
	Message string // for the client
}

// Error returns status and message.
func (e *HTTPError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Message) }

// App is an http.Handler made of routes and middlewares. Handle and Use are
// called before the first request; after that, any number of requests may be
// served at once.
type App struct {
	mux         *http.ServeMux
	middlewares []Middleware
	build       sync.Once
	handler     Handler
}

// NewApp returns an App without routes and middlewares.
func NewApp() *App { return &App{mux: http.NewServeMux()} }

// Handle lets h answer the requests that match pattern, which is a pattern of
// http.ServeMux such as "GET /users/{id}". As there, a wrong pattern, or one
// that is in conflict with another, panics.
func (a *App) Handle(pattern string, h Handler) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		in := w.(*routed)
		in.err = h(in.ResponseWriter, r)
	})
}

// Use puts middlewares around all routes, also those that are added later. The
// first one is the outermost: it sees a request first and the result last. They
// see every request, also one that no route matches. An App calls each
// middleware once, not for each request.
func (a *App) Use(middlewares ...Middleware) {
	a.middlewares = append(a.middlewares, middlewares...)
}

// ServeHTTP answers a request by middlewares and routes. An error that comes out
// of them is answered in JSON, as {"error": message}: an *HTTPError, wrapped or
// not, with its status and message, any other with status 500 and the message
// "Internal Server Error", so that nothing internal gets out. A request that no
// route matches is such an error too, with status 404 or, if there are routes
// for the path but not for the method, with 405 and the header Allow; the message is
// the status text.
//
// If the answer has already begun when the error comes, ServeHTTP writes nothing
// more and panics with http.ErrAbortHandler, so that the client sees that the
// answer is not complete.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.build.Do(func() {
		a.handler = a.route
		for _, m := range slices.Backward(a.middlewares) {
			a.handler = m(a.handler)
		}
	})
	reply := &reply{ResponseWriter: w}
	err := a.handler(reply, r)
	switch {
	case err == nil:
	case reply.begun:
		panic(http.ErrAbortHandler)
	default:
		writeError(w, err)
	}
}

func writeError(w http.ResponseWriter, err error) {
	var known *HTTPError
	if !errors.As(err, &known) {
		known = &HTTPError{http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)}
	}
	// A map of strings can be encoded, and a client that has gone needs no answer.
	_ = JSON(w, known.Status, map[string]string{"error": known.Message})
}

// route is the innermost handler.
func (a *App) route(w http.ResponseWriter, r *http.Request) error {
	refuse, pattern := a.mux.Handler(r)
	if pattern != "" {
		in := &routed{ResponseWriter: w}
		a.mux.ServeHTTP(in, r) // unlike Handler, it sets the path values
		return in.err
	}
	no := refusal{header: make(http.Header)}
	refuse.ServeHTTP(&no, r)
	if allow := no.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
	}
	return &HTTPError{no.status, http.StatusText(no.status)}
}

// routed carries a route's error out of the mux.
type routed struct {
	http.ResponseWriter
	err error
}

// refusal takes what the mux answers when no route matches.
type refusal struct {
	header http.Header
	status int
}

func (n *refusal) Header() http.Header         { return n.header }
func (n *refusal) WriteHeader(status int)      { n.status = status }
func (n *refusal) Write(p []byte) (int, error) { return len(p), nil }

// reply notes whether the answer has begun.
type reply struct {
	http.ResponseWriter
	begun bool
}

func (w *reply) WriteHeader(status int) {
	w.begun = w.begun || status >= 200
	w.ResponseWriter.WriteHeader(status)
}

func (w *reply) Write(p []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(p)
}

// FlushError is what http.ResponseController calls.
func (w *reply) FlushError() error {
	w.begun = true
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController, too.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Recover turns a panic of the handlers behind it into an *HTTPError with status
// 500, after it has called report, if that is not nil, with the request and the
// value. A panic with http.ErrAbortHandler is meant for net/http: it goes on.
func Recover(report func(r *http.Request, value any)) Middleware {
	return func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) (err error) {
			defer func() {
				value := recover()
				switch {
				case value == nil:
					return
				case value == http.ErrAbortHandler:
					panic(value)
				case report != nil:
					report(r, value)
				}
				err = &HTTPError{http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)}
			}()
			return next(w, r)
		}
	}
}

// Timeout lets the context of requests end after d. An error of the handler that
// wraps context.DeadlineExceeded becomes an *HTTPError with status 503. Timeout
// calls the handler in its own goroutine and waits for it: a handler that does
// not look at its context is not interrupted, and its panic goes through.
func Timeout(d time.Duration) Middleware {
	return func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			err := next(w, r.WithContext(ctx))
			if errors.Is(err, context.DeadlineExceeded) {
				return &HTTPError{http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)}
			}
			return err
		}
	}
}

// JSON answers with v in JSON, as application/json. When v cannot be encoded it
// returns the error and has not begun to answer.
func JSON(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	return err
}

// ReadJSON decodes the body of a request. The errors it returns are *HTTPErrors
// that a handler may return: 413 for a body of more than limit bytes, of which it
// reads hardly more than those, and 400 for one that is not JSON, does not
// fit into T, or goes on after the value.
func ReadJSON[T any](r *http.Request, limit int64) (T, error) {
	var v T
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return v, &HTTPError{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", limit)}
	}
	if err == nil {
		err = json.Unmarshal(body, &v)
	}
	if err != nil {
		var none T
		return none, &HTTPError{http.StatusBadRequest, "the body is not what it should be: " + err.Error()}
	}
	return v, nil
}
