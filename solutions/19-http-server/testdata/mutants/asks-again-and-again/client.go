package httpserver

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"sync"
	"sync/atomic"
)

// ErrTooLong says that a body was longer than allowed.
var ErrTooLong = errors.New("httpserver: body too long")

// Result is what became of a URL.
type Result struct {
	Status int    // of the answer, whatever it is
	Body   []byte // nil if Err is not
	Err    error  // no answer, or not all of it
}

// FetchAll gets every URL with client, n of them at a time as long as there are
// that many: as soon as one has been read, the next one is begun. It starts when a
// loop ranges over it, and gives one Result for each URL, in the order of urls, each as
// soon as it and those before it are there; it does not wait for the loop to take
// them. Besides the loop's own goroutine it uses n goroutines and a few more, however many URLs there are.
//
// Bodies are read to their end and closed. One of more than limit bytes gives
// ErrTooLong, and is read hardly further than that. What fails, fails alone. When
// ctx ends, requests are cut short and no others begun; all URLs that are not done
// get an error that wraps ctx.Err(). When the loop ends early, so do the requests. After the
// loop nothing of FetchAll is left.
//
// FetchAll panics if n is less than one.
func FetchAll(ctx context.Context, client *http.Client, urls []string, n int, limit int64) iter.Seq2[int, Result] {
	if n < 1 {
		panic("httpserver: fewer than one request at a time")
	}
	return func(yield func(int, Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()

		results := make([]chan Result, len(urls))
		for i := range results {
			results[i] = make(chan Result, 1)
		}
		var next atomic.Int64
		for range min(n, len(urls)) {
			workers.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(urls)); i = next.Add(1) - 1 {
					results[i] <- fetch(ctx, client, urls[i], limit)
				}
			})
		}
		for i, result := range results {
			if !yield(i, <-result) {
				return
			}
		}
	}
}

func fetch(ctx context.Context, client *http.Client, url string, limit int64) Result {
	if err := ctx.Err(); err != nil {
		return Result{Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Result{Err: err}
	}
	resp, err := client.Do(req)
	if err != nil {
		return Result{Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return Result{Status: resp.StatusCode, Err: err}
	case int64(len(body)) > limit:
		return Result{Status: resp.StatusCode, Err: ErrTooLong}
	}
	return Result{Status: resp.StatusCode, Body: body}
}
