// Package httpserver builds an HTTP service on net/http: an App with handlers
// that return errors, streams and long polls, a Server that can be stopped
// without cutting anybody off, and a client that fetches many URLs at a time.
package httpserver

import (
	"net/http"
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
func (e *HTTPError) Error() string {
	return "" // TODO
}

// App is an http.Handler made of routes and middlewares. Handle and Use are
// called before the first request; after that, any number of requests may be
// served at once.
type App struct {
	// TODO: what must an App remember?
}

// NewApp returns an App without routes and middlewares.
func NewApp() *App {
	return &App{}
}

// Handle lets h answer the requests that match pattern, which is a pattern of
// http.ServeMux such as "GET /users/{id}". As there, a wrong pattern, or one
// that is in conflict with another, panics.
func (a *App) Handle(pattern string, h Handler) {
	// TODO
}

// Use puts middlewares around all routes, also those that are added later. The
// first one is the outermost: it sees a request first and the result last. They
// see every request, also one that no route matches. An App calls each
// middleware once, not for each request.
func (a *App) Use(middlewares ...Middleware) {
	// TODO
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
	// TODO
}

// Recover turns a panic of the handlers behind it into an *HTTPError with status
// 500, after it has called report, if that is not nil, with the request and the
// value. A panic with http.ErrAbortHandler is meant for net/http: it goes on.
func Recover(report func(r *http.Request, value any)) Middleware {
	return func(next Handler) Handler { return next } // TODO
}

// Timeout lets the context of requests end after d. An error of the handler that
// wraps context.DeadlineExceeded becomes an *HTTPError with status 503. Timeout
// calls the handler in its own goroutine and waits for it: a handler that does
// not look at its context is not interrupted, and its panic goes through.
func Timeout(d time.Duration) Middleware {
	return func(next Handler) Handler { return next } // TODO
}

// JSON answers with v in JSON, as application/json. When v cannot be encoded it
// returns the error and has not begun to answer.
func JSON(w http.ResponseWriter, status int, v any) error {
	return nil // TODO
}

// ReadJSON decodes the body of a request. The errors it returns are *HTTPErrors
// that a handler may return: 413 for a body of more than limit bytes, of which it
// reads hardly more than those, and 400 for one that is not JSON, does not
// fit into T, or goes on after the value.
func ReadJSON[T any](r *http.Request, limit int64) (T, error) {
	var v T
	return v, nil // TODO
}
