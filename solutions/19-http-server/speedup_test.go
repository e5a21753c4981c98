package httpserver_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
)

func TestFetchAllOverlapsWaiting(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(after(10*time.Millisecond, pathOf))
		took := gradetest.Took(func() { w.fetch(context.Background(), 50, pages(500)...) })
		require.Equal(t, 100*time.Millisecond, took, "time for 500 URLs of 10 ms each, 50 at a time")
	})
}

// TestFetchAllKeepsAllPlacesBusy has a first URL that takes as long as all others
// together, one after another.
func TestFetchAllKeepsAllPlacesBusy(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			if r.URL.Path == "/0" {
				return after(80*time.Millisecond, pathOf)(r)
			}
			return after(10*time.Millisecond, pathOf)(r)
		})
		took := gradetest.Took(func() { w.fetch(context.Background(), 2, pages(9)...) })
		require.Equal(t, 80*time.Millisecond, took, "time for one URL of 80 ms and 8 of 10 ms, 2 at a time")
	})
}

func TestFetchAllSpeedUp(t *testing.T) {
	gradetest.Speedup(t, func(workers int, tasks []func()) {
		w := newWeb(func(r *http.Request) (io.Reader, error) {
			i, err := strconv.Atoi(r.URL.Path[1:])
			if err != nil {
				return nil, fmt.Errorf("no such task: %w", err)
			}
			tasks[i]()
			return strings.NewReader("done"), nil
		})
		w.fetch(context.Background(), workers, pages(len(tasks))...)
	})
}
