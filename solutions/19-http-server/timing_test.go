package httpserver_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

func TestWaitWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(1)
		reader := waiting(topic, 0)
		time.Sleep(12345 * time.Microsecond)
		topic.Publish("hello")
		require.Equal(t, 12345*time.Microsecond, reader.Took(), "time until Wait returned a message that came after 12.345 ms")
	})
}

func TestPollTakesItsTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		h := httpserver.NewTopic(1).Poll(12345 * time.Microsecond)
		took := gradetest.Took(func() {
			_, err := poll(context.Background(), h, "/")
			require.NoError(t, err, "Poll without news")
		})
		require.Equal(t, 12345*time.Microsecond, took, "time that a poll of 12.345 ms takes")
	})
}

func TestWaitGivesUpAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 12345*time.Microsecond)
		defer cancel()
		took := gradetest.Took(func() { wait(ctx, httpserver.NewTopic(1), 0) })
		require.Equal(t, 12345*time.Microsecond, took, "time that Wait takes with a deadline of 12.345 ms")
	})
}

func TestShutdownWakesAtOnce(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		a := app("/poll", httpserver.NewTopic(1).Poll(time.Hour))
		a.Handle("/stream", func(w http.ResponseWriter, r *http.Request) error {
			return httpserver.Stream(w, r, make(chan string))
		})
		s := serve(t, a, httpserver.Limits{})
		polling := gradetest.Go(func() answer { return s.get("/poll") })
		stream := gradetest.Go(func() answer { return s.get("/stream") })
		time.Sleep(time.Minute)
		shutdown := gradetest.Go(func() error { return s.server.Shutdown(context.Background()) })
		synctest.Wait()
		polling.MustReturn(t, "a long poll, at the instant of Shutdown,")
		stream.MustReturn(t, "a stream, at the instant of Shutdown,")
		require.NoError(t, shutdown.Wait(), "Shutdown")
		require.NoError(t, s.serving.Wait(), "Serve after Shutdown")
	})
}

func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		topic := httpserver.NewTopic(1)
		ctx, cancel := context.WithCancel(context.Background())
		polling := gradetest.Go(func() error { _, err := poll(ctx, topic.Poll(time.Hour), "/"); return err })
		reader := waiting(topic, 0)
		return func() {
			cancel()
			polling.Wait()
			topic.Publish("hello")
			reader.Wait()
		}
	})
}
