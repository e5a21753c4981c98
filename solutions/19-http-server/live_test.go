package httpserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// waited is what Topic.Wait returns.
type waited struct {
	messages []httpserver.Message
	err      error
}

func wait(ctx context.Context, topic *httpserver.Topic, after int) waited {
	messages, err := topic.Wait(ctx, after)
	return waited{messages, err}
}

func waiting(topic *httpserver.Topic, after int) *gradetest.Call[waited] {
	return gradetest.Go(func() waited { return wait(context.Background(), topic, after) })
}

func ids(messages []httpserver.Message) []int {
	var out []int
	for _, m := range messages {
		out = append(out, m.ID)
	}
	return out
}

func TestWaitGivesWhatIsNew(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(3)
		for i := 1; i <= 5; i++ {
			require.Equal(t, i, topic.Publish(fmt.Sprint("m", i)), "ID of message %d", i)
		}
		for after, want := range map[int][]int{0: {3, 4, 5}, 1: {3, 4, 5}, 3: {4, 5}, 4: {5}} {
			got := soon(t, "Wait for messages that are there", func() waited { return wait(context.Background(), topic, after) })
			require.NoError(t, got.err, "Wait for messages that are there")
			require.Equal(t, want, ids(got.messages), "messages after %d, of 5 with 3 kept", after)
			require.Equal(t, httpserver.Message{ID: 5, Text: "m5"}, got.messages[len(got.messages)-1], "newest message")
			got.messages[len(got.messages)-1].Text = "scribbled" // what Wait returns belongs to the caller
		}
		next, far := waiting(topic, 5), waiting(topic, 6)
		gradetest.Settle()
		next.MustWait(t, "Wait for message 6")
		topic.Publish("m6")
		gradetest.Settle()
		require.Equal(t, []httpserver.Message{{ID: 6, Text: "m6"}}, next.MustReturn(t, "Wait for message 6, which has come").messages, "messages after 5")
		far.MustWait(t, "Wait for message 7, when 6 has come,")
		topic.Publish("m7")
		gradetest.Settle()
		require.Equal(t, []httpserver.Message{{ID: 7, Text: "m7"}}, far.MustReturn(t, "Wait for message 7, which has come").messages, "messages after 6")
	})
}

func TestPublishWakesEverybody(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(10)
		var readers []*gradetest.Call[waited]
		for range 3 {
			readers = append(readers, waiting(topic, 0))
		}
		gradetest.Settle()
		topic.Publish("hello")
		gradetest.Settle()
		for _, r := range readers {
			got := r.MustReturn(t, "Wait for a message that has come")
			require.NoError(t, got.err, "Wait for a message that has come")
			require.Equal(t, []int{1}, ids(got.messages), "messages of one of three that waited")
		}
	})
}

func TestPublishMeetsWait(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		topic := httpserver.NewTopic(1)
		reader := waiting(topic, 0)
		topic.Publish("hello")
		gradetest.Settle()
		require.Equal(t, []int{1}, ids(reader.MustReturn(t, "a Wait that meets a Publish").messages), "messages of a Wait that meets a Publish")
	})
}

// TestNothingIsLostBetweenPolls has a reader that comes back for more.
func TestNothingIsLostBetweenPolls(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		const all = 3
		topic := httpserver.NewTopic(all)
		reader := gradetest.Go(func() []int {
			var got []int
			for len(got) < all {
				messages, err := topic.Wait(context.Background(), len(got))
				if err != nil || len(messages) == 0 {
					return got
				}
				got = append(got, ids(messages)...)
			}
			return got
		})
		for range all {
			topic.Publish("hello")
		}
		gradetest.Settle()
		require.Equal(t, []int{1, 2, 3}, reader.MustReturn(t, "a reader of three messages that have come"), "messages that a reader got, poll after poll")
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(1)
		ctx, cancel := context.WithCancel(context.Background())
		first := gradetest.Go(func() waited { return wait(ctx, topic, 0) })
		second := waiting(topic, 0)
		gradetest.Settle()
		cancel()
		gradetest.Settle()
		got := first.MustReturn(t, "Wait whose context has ended")
		require.ErrorIs(t, got.err, context.Canceled, "Wait whose context has ended")
		require.NotErrorIs(t, got.err, httpserver.ErrStopping, "Wait whose context has ended")
		second.MustWait(t, "another Wait, with its own context,")
		topic.Publish("hello")
		gradetest.Settle()
		require.NoError(t, second.MustReturn(t, "Wait after Publish").err, "Wait after Publish")
	})
}

// poll calls the handler of a long poll.
func poll(ctx context.Context, h httpserver.Handler, target string) (*httptest.ResponseRecorder, error) {
	rec := httptest.NewRecorder()
	err := h(rec, httptest.NewRequestWithContext(ctx, "GET", target, nil))
	return rec, err
}

func TestPollAnswers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(10)
		h := topic.Poll(10 * time.Second)
		topic.Publish("one")
		topic.Publish("two")
		for _, target := range []string{"/", "/?after=0", "/?after=1"} {
			rec, err := poll(context.Background(), h, target)
			require.NoError(t, err, "Poll with messages that are there")
			require.Equal(t, http.StatusOK, rec.Code, "status for %s with messages", target)
			require.Equal(t, "application/json", rec.Header().Get("Content-Type"), "Content-Type for %s", target)
			var got []httpserver.Message
			require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &got), "decoding the answer to %s", target)
			require.NotEmpty(t, got, "messages of the answer to %s", target)
			require.Equal(t, httpserver.Message{ID: 2, Text: "two"}, got[len(got)-1], "last message of the answer to %s", target)
		}
		took := gradetest.Took(func() {
			rec, err := poll(context.Background(), h, "/?after=2")
			require.NoError(t, err, "Poll without news")
			require.Equal(t, http.StatusNoContent, rec.Code, "status when nothing came")
			require.Empty(t, rec.Body.String(), "answer when nothing came")
		})
		require.InDelta(t, 10, took.Seconds(), 1, "seconds until Poll(10 s) gives up")
		for _, target := range []string{"/?after=x", "/?after=-1", "/?after=1.5"} {
			_, err := poll(context.Background(), h, target)
			var known *httpserver.HTTPError
			require.ErrorAs(t, err, &known, "error of Poll for %s", target)
			require.Equal(t, http.StatusBadRequest, known.Status, "status for %s", target)
		}
	})
}

func TestPollEndsWithTheRequest(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		topic := httpserver.NewTopic(10)
		ctx, cancel := context.WithCancel(context.Background())
		polling := gradetest.Go(func() error { _, err := poll(ctx, topic.Poll(time.Hour), "/"); return err })
		gradetest.Settle()
		cancel()
		gradetest.Settle()
		require.ErrorIs(t, polling.MustReturn(t, "Poll whose client has gone"), context.Canceled, "Poll whose client has gone")

		a := app("GET /", topic.Poll(time.Hour))
		a.Use(httpserver.Timeout(time.Second))
		require.Equal(t, http.StatusServiceUnavailable, ask(a, "GET", "/", "").Code, "status for a poll of an hour under Timeout(1 s)")
	})
}

// TestStreamTakesItsTurn calls Stream without a network, so that its schedules can be explored.
func TestStreamTakesItsTurn(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		lines, rec := make(chan string), httptest.NewRecorder()
		stream := gradetest.Go(func() error {
			return httpserver.Stream(rec, httptest.NewRequestWithContext(ctx, "GET", "/", nil), lines)
		})
		for _, line := range []string{"one", "two"} {
			send(t, lines, line)
		}
		close(lines)
		gradetest.Settle()
		require.NoError(t, stream.MustReturn(t, "Stream whose lines have ended"), "Stream whose lines have ended")
		require.Equal(t, "one\ntwo\n", rec.Body.String(), "answer")

		stream = gradetest.Go(func() error {
			return httpserver.Stream(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil), nil)
		})
		cancel()
		gradetest.Settle()
		require.ErrorIs(t, stream.MustReturn(t, "Stream whose context has ended"), context.Canceled, "Stream whose context has ended")
	})
}

// send hands a line to a stream that waits for one.
func send(t *testing.T, lines chan<- string, line string) {
	t.Helper()
	select {
	case lines <- line:
	case <-time.After(time.Second):
		t.Fatalf("Stream does not take the line %q", line)
	}
}

// streaming is a service that streams what is sent on lines.
func streaming(t *testing.T, lines <-chan string) (*service, chan error) {
	t.Helper()
	ended := make(chan error, 1)
	return serve(t, app("GET /", func(w http.ResponseWriter, r *http.Request) error {
		err := httpserver.Stream(w, r, lines)
		ended <- err
		return err
	}), httpserver.Limits{}), ended
}

func TestStreamIsFlushed(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		lines := make(chan string)
		s, ended := streaming(t, lines)
		resp := soon(t, "a request for a stream without a line yet", func() *http.Response {
			resp, err := s.client.Get("http://service/")
			require.NoError(t, err, "request for a stream")
			return resp
		})
		defer resp.Body.Close()
		require.Equal(t, http.StatusOK, resp.StatusCode, "status of a stream")
		require.Contains(t, resp.Header.Get("Content-Type"), "text/plain", "Content-Type of a stream")
		body := bufio.NewReader(resp.Body)
		for _, line := range []string{"one", "two"} {
			send(t, lines, line)
			got := soon(t, "reading a line that was streamed", func() string { s, _ := body.ReadString('\n'); return s })
			require.Equal(t, line+"\n", got, "line of a stream")
		}
		close(lines)
		gradetest.Settle()
		rest, err := io.ReadAll(body)
		require.NoError(t, err, "end of a stream whose lines have ended")
		require.Empty(t, string(rest), "what is left of a stream that has been read")
		require.NoError(t, <-ended, "Stream whose lines have ended")
		s.stop(t)
	})
}

func TestStreamEndsWithTheClient(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		lines := make(chan string)
		s, ended := streaming(t, lines)
		ctx, cancel := context.WithCancel(context.Background())
		got := gradetest.Go(func() answer { return do(s.client, request(ctx, "GET", "http://service/", "")) })
		gradetest.Settle()
		send(t, lines, "one")
		gradetest.Settle()
		cancel()
		gradetest.Settle()
		require.Error(t, got.MustReturn(t, "a request that was cancelled").err, "a request that was cancelled")
		select {
		case err := <-ended:
			require.Error(t, err, "Stream whose client has gone")
		default:
			t.Fatal("Stream still waits for a line, or takes some, although its client has gone")
		}
		s.stop(t)
	})
}

func TestStreamUnderTimeout(t *testing.T) {
	gradetest.Synctest(t, func(t *testing.T) {
		lines := make(chan string)
		a := app("GET /", func(w http.ResponseWriter, r *http.Request) error { return httpserver.Stream(w, r, lines) })
		a.Use(httpserver.Timeout(time.Second))
		s := serve(t, a, httpserver.Limits{})
		got := s.get("/")
		require.Equal(t, http.StatusOK, got.status, "status of a stream that is cut off later")
		require.Error(t, got.err, "reading a stream that was cut off: the client must see that")
		s.stop(t)
	})
}
