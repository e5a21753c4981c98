package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// web answers requests without a network, and counts.
type web struct {
	answer func(r *http.Request) (io.Reader, error)
	inside gradetest.InFlight // requests, until they have their header
	busy   gradetest.InFlight // requests, until their body has been read, or closed
	open   gradetest.InFlight // bodies that have not been closed
}

func newWeb(answer func(r *http.Request) (io.Reader, error)) *web { return &web{answer: answer} }

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	w.inside.Enter()
	defer w.inside.Leave()
	w.busy.Enter()
	body, err := w.answer(r)
	if err != nil {
		w.busy.Leave()
		return nil, err
	}
	w.open.Enter()
	status := http.StatusOK
	if strings.Contains(r.URL.Path, "missing") {
		status = http.StatusNotFound
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: &page{Reader: body, web: w}, ContentLength: -1, Request: r,
	}, nil
}

// page is a body that notes that it was read, and closed.
type page struct {
	io.Reader
	web          *web
	read, closed gradetest.InFlight
}

func (p *page) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err != nil {
		p.done()
	}
	return n, err
}

func (p *page) done() {
	if p.read.Enter() == 1 {
		p.web.busy.Leave()
	}
}

func (p *page) Close() error {
	p.done()
	if p.closed.Enter() == 1 {
		p.web.open.Leave()
	}
	return nil
}

func (w *web) fetch(ctx context.Context, n int, urls ...string) []httpserver.Result {
	var out []httpserver.Result
	for _, r := range httpserver.FetchAll(ctx, &http.Client{Transport: w}, urls, n, 10) {
		out = append(out, r)
	}
	return out
}

// pathOf answers with the path.
func pathOf(r *http.Request) (io.Reader, error) { return strings.NewReader(r.URL.Path), nil }

// after answers like answer, d later.
func after(d time.Duration, answer func(*http.Request) (io.Reader, error)) func(*http.Request) (io.Reader, error) {
	return func(r *http.Request) (io.Reader, error) {
		select {
		case <-time.After(d):
			return answer(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func pages(n int) []string {
	var urls []string
	for i := range n {
		urls = append(urls, fmt.Sprintf("http://web/%d", i))
	}
	return urls
}

// TestFetchAllKeepsTheOrder has answers that come in the opposite order.
func TestFetchAllKeepsTheOrder(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			i := int(r.URL.Path[1] - '0')
			return after(time.Duration(9-i)*time.Second, pathOf)(r)
		})
		next := 0
		for i, r := range httpserver.FetchAll(context.Background(), &http.Client{Transport: w}, pages(6), 3, 10) {
			require.Equal(t, next, i, "index of a result")
			require.Equal(t, httpserver.Result{Status: 200, Body: fmt.Append(nil, "/", i)}, r, "result of URL %d", i)
			next++
		}
		require.Equal(t, 6, next, "results of 6 URLs")
		require.Equal(t, 6, w.inside.Total(), "requests for 6 URLs")
		require.Empty(t, w.fetch(context.Background(), 3), "results of no URLs")
	})
}

// TestFetchAllBound has three answered at a time by a web that takes its time.
func TestFetchAllBound(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) { return &slow{strings.NewReader("body"), r.Context()}, nil })
		require.Len(t, w.fetch(context.Background(), 3, pages(10)...), 10, "results of 10 URLs")
		require.LessOrEqual(t, w.busy.Max(), 3, "requests begun and not read to their end, 3 at a time")
		require.Equal(t, 10, w.busy.Total(), "requests for 10 URLs")
	})
}

// slow is a body that takes its time.
type slow struct {
	io.Reader
	ctx context.Context
}

func (s *slow) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		return s.Reader.Read(p)
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func TestFetchAllFailsAlone(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		down, cut := errors.New("host is down"), errors.New("cut off")
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			switch r.URL.Path {
			case "/down":
				return nil, down
			case "/cut":
				return io.MultiReader(strings.NewReader("half"), failing{cut}), nil
			}
			return pathOf(r)
		})
		got := w.fetch(context.Background(), 2, "http://web/a", "http://web/down", ":wrong", "http://web/cut", "http://web/missing", "http://web/b")
		require.Len(t, got, 6, "results of 6 URLs")
		require.Equal(t, httpserver.Result{Status: 200, Body: []byte("/a")}, got[0], "result of the first URL")
		require.ErrorIs(t, got[1].Err, down, "result of a URL whose host is down")
		require.Error(t, got[2].Err, "result of what is no URL")
		require.ErrorIs(t, got[3].Err, cut, "result of a body that is cut off")
		require.Nil(t, got[3].Body, "body that is cut off")
		require.Equal(t, httpserver.Result{Status: 404, Body: []byte("/missing")}, got[4], "result with status 404")
		require.Equal(t, httpserver.Result{Status: 200, Body: []byte("/b")}, got[5], "result of the last URL")
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestFetchAllLimitsBodies(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		read := 0
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			if r.URL.Path == "/endless" {
				return endless(func(n int) error {
					if read += n; read > 1<<20 {
						return errors.New("read without end")
					}
					return nil
				}), nil
			}
			return pathOf(r)
		})
		got := w.fetch(context.Background(), 1, "http://web/456789", "http://web/4567890", "http://web/45678901", "http://web/endless")
		require.Len(t, got, 4, "results of 4 URLs")
		require.Equal(t, httpserver.Result{Status: 200, Body: []byte("/456789")}, got[0], "result of a body of 7 bytes, with 10 allowed")
		require.NoError(t, got[1].Err, "result of a body of 8 bytes, with 10 allowed")
		require.NoError(t, got[2].Err, "result of a body of 9 bytes, with 10 allowed")
		require.ErrorIs(t, got[3].Err, httpserver.ErrTooLong, "result of a body without end")
		require.Nil(t, got[3].Body, "body without end")
		require.Less(t, read, 64<<10, "bytes read of a body of which 10 are allowed")
		got = w.fetch(context.Background(), 1, "http://web/23456789a", "http://web/23456789ab")
		require.Len(t, got, 2, "results of 2 URLs")
		require.Equal(t, httpserver.Result{Status: 200, Body: []byte("/23456789a")}, got[0], "result of a body of 10 bytes, with 10 allowed")
		require.ErrorIs(t, got[1].Err, httpserver.ErrTooLong, "result of a body of 11 bytes, with 10 allowed")
	})
}

// TestFetchAllEndsWithItsContext cancels while one request is done, two are on
// their way and the others have not begun.
func TestFetchAllEndsWithItsContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			switch r.URL.Path {
			case "/0":
				return pathOf(r)
			case "/1":
				return &slow{strings.NewReader(strings.Repeat("x", 9)), r.Context()}, nil
			}
			return after(time.Hour, pathOf)(r)
		})
		ctx, cancel := context.WithCancel(context.Background())
		got := gradetest.Go(func() []httpserver.Result { return w.fetch(ctx, 2, pages(9)...) })
		time.Sleep(500 * time.Millisecond)
		begun := w.inside.Total()
		require.LessOrEqual(t, begun, 3, "requests begun when one is done, 2 at a time")
		cancel()
		gradetest.Settle()
		results := got.MustReturn(t, "FetchAll whose context has ended")
		require.Len(t, results, 9, "results of 9 URLs")
		require.Equal(t, httpserver.Result{Status: 200, Body: []byte("/0")}, results[0], "result that was there before the context ended")
		for i, r := range results[1:] {
			require.ErrorIs(t, r.Err, context.Canceled, "result of URL %d, which was not done when the context ended", i+1)
		}
		require.Equal(t, begun, w.inside.Total(), "requests begun until the context ended, and at the end")
		for _, r := range w.fetch(ctx, 2, pages(3)...) {
			require.ErrorIs(t, r.Err, context.Canceled, "result with a context that had ended before")
		}
		require.Equal(t, begun, w.inside.Total(), "requests begun without, and with, a context that had ended before")
	})
}

// TestFetchAllIsLazy looks when it begins, when results come, and whether it
// waits for the loop.
func TestFetchAllIsLazy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			if r.URL.Path == "/4" {
				return after(time.Hour, pathOf)(r)
			}
			return pathOf(r)
		})
		all := httpserver.FetchAll(context.Background(), &http.Client{Transport: w}, pages(5), 2, 10)
		gradetest.Settle()
		require.Zero(t, w.inside.Total(), "requests before the loop")
		start := time.Now()
		for i := range all {
			if i == 0 {
				require.Less(t, time.Since(start), time.Minute, "time until the first result, while the last takes an hour")
				time.Sleep(time.Minute) // the loop takes its time
				require.Equal(t, 5, w.inside.Total(), "requests begun, of 5, while the loop takes its time")
			}
		}
	})
}

// TestFetchAllEndsWithTheLoop has requests that need a moment to be cut short.
func TestFetchAllEndsWithTheLoop(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			if r.URL.Path == "/0" {
				return after(time.Second, pathOf)(r)
			}
			<-r.Context().Done()
			time.Sleep(time.Second)
			return nil, r.Context().Err()
		})
		for range httpserver.FetchAll(context.Background(), &http.Client{Transport: w}, pages(9), 3, 10) {
			gradetest.Settle()
			require.LessOrEqual(t, w.inside.Total(), 4, "requests begun when one is done, 3 at a time")
			break
		}
		require.Zero(t, w.inside.Now(), "requests that go on after the loop")
		require.LessOrEqual(t, w.inside.Total(), 4, "requests begun until a loop that ended early was over")
	})
}

func TestFetchAllNeedsFewGoroutines(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(after(time.Second, pathOf))
		got := gradetest.Go(func() []httpserver.Result { return w.fetch(context.Background(), 4, pages(500)...) })
		synctest.Wait()
		require.LessOrEqual(t, gradetest.Goroutines(), 20, "goroutines for 500 URLs, 4 at a time")
		require.Len(t, got.Wait(), 500, "results of 500 URLs")
		require.LessOrEqual(t, w.inside.Max(), 4, "requests at once")
	})
}

func TestFetchAllRefusesNonsense(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(pathOf)
		for _, n := range []int{0, -1} {
			require.NotNil(t, panicOf(func() { httpserver.FetchAll(context.Background(), &http.Client{Transport: w}, pages(1), n, 10) }), "panic of FetchAll, %d at a time", n)
		}
		require.Len(t, w.fetch(context.Background(), 100, pages(2)...), 2, "results of 2 URLs, 100 at a time")
		require.NotNil(t, panicOf(func() { httpserver.NewTopic(0) }), "panic of NewTopic(0)")
	})
}
