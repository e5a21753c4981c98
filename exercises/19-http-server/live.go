package httpserver

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// ErrStopping says that a wait has ended because the server stops.
var ErrStopping = errors.New("httpserver: the server stops")

// Stream answers with status 200 and, as text/plain, one line for each string
// that comes. The header is on its way at once, and each line when Stream takes
// the next string. Stream returns nil when lines is closed, or
// when the server begins to stop (see Stopping): the answer is complete then. It returns
// an error, without waiting for one more line, when the client has gone or the
// context of the request ends for another reason.
func Stream(w http.ResponseWriter, r *http.Request, lines <-chan string) error {
	return nil // TODO
}

// Message is something that was published.
type Message struct {
	ID   int    `json:"id"` // 1, 2, 3 … in the order of publishing
	Text string `json:"text"`
}

// Topic keeps the last messages, for readers that come and go. Its methods may be
// called from any number of goroutines.
type Topic struct {
	// TODO: what must a topic remember, and what do readers wait for?
}

// NewTopic returns a Topic that keeps the last keep messages, and panics if keep
// is less than one.
func NewTopic(keep int) *Topic {
	return &Topic{}
}

// Publish adds a message and returns its ID. Everybody who waits for it is woken.
func (t *Topic) Publish(text string) int {
	return 0 // TODO
}

// Wait returns all messages that it still has with an ID above after, in order. If
// there are none, it waits until there is one. It returns ctx.Err() when ctx
// ends first, and ErrStopping when ctx belongs to a request whose server
// begins to stop. What it returns belongs to the caller.
func (t *Topic) Wait(ctx context.Context, after int) ([]Message, error) {
	return nil, nil // TODO
}

// Poll returns the handler of a long poll. For a request with the query
// ?after=n it answers with the messages above n, as a JSON array, as soon as there is
// one; with status 204 after d, or as soon as the server begins to stop; and
// with status 400 when n is not a number that is at least 0. Without after, n is 0. When the
// client goes, or the request's context ends for another reason, it returns the
// context's error at once.
func (t *Topic) Poll(d time.Duration) Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return nil } // TODO
}
