package httpserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
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
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	if err := out.Flush(); err != nil {
		return err
	}
	for {
		select {
		case line, more := <-lines:
			if !more {
				return nil
			}
			if _, err := io.WriteString(w, line+"\n"); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
		case <-Stopping(r.Context()):
			return nil
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
}

// Message is something that was published.
type Message struct {
	ID   int    `json:"id"` // 1, 2, 3 … in the order of publishing
	Text string `json:"text"`
}

// Topic keeps the last messages, for readers that come and go. Its methods may be
// called from any number of goroutines.
type Topic struct {
	mu       sync.Mutex
	keep     int
	last     int // the newest message's ID
	messages []Message
	news     chan struct{} // closed, and replaced, by Publish
}

// NewTopic returns a Topic that keeps the last keep messages, and panics if keep
// is less than one.
func NewTopic(keep int) *Topic {
	if keep < 1 {
		panic("httpserver: a topic keeps at least one message")
	}
	return &Topic{keep: keep, news: make(chan struct{})}
}

// Publish adds a message and returns its ID. Everybody who waits for it is woken.
func (t *Topic) Publish(text string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	t.messages = append(t.messages, Message{t.last, text})
	if len(t.messages) > t.keep {
		t.messages = t.messages[1:]
	}
	close(t.news)
	t.news = make(chan struct{})
	return t.last
}

// Wait returns all messages that it still has with an ID above after, in order. If
// there are none, it waits until there is one. It returns ctx.Err() when ctx
// ends first, and ErrStopping when ctx belongs to a request whose server
// begins to stop. What it returns belongs to the caller.
func (t *Topic) Wait(ctx context.Context, after int) ([]Message, error) {
	for {
		messages, news := t.since(after)
		if len(messages) > 0 {
			return messages, nil
		}
		select {
		case <-news:
		case <-Stopping(ctx):
			return nil, ErrStopping
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// since returns the messages above after, and what says that there are more: both
// at one moment, so that nothing can come in between.
func (t *Topic) since(after int) ([]Message, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := min(max(t.last-after, 0), len(t.messages))
	return append([]Message(nil), t.messages[len(t.messages)-fresh:]...), t.news
}

// Poll returns the handler of a long poll. For a request with the query
// ?after=n it answers with the messages above n, as a JSON array, as soon as there is
// one; with status 204 after d, or as soon as the server begins to stop; and
// with status 400 when n is not a number that is at least 0. Without after, n is 0. When the
// client goes, or the request's context ends for another reason, it returns the
// context's error at once.
func (t *Topic) Poll(d time.Duration) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		after := 0
		if s := r.URL.Query().Get("after"); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 0 {
				return &HTTPError{http.StatusBadRequest, "after is the ID of a message"}
			}
			after = n
		}
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		messages, err := t.Wait(ctx, after)
		switch {
		case err == nil:
			return JSON(w, http.StatusOK, messages)
		case r.Context().Err() != nil:
			return r.Context().Err()
		default:
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
}
