package streams_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

func request(ctx context.Context, conn net.Conn, text string, retry streams.Retry) *gradetest.Call[said] {
	return gradetest.Go(func() said {
		answer, err := streams.Request(ctx, conn, []byte(text), retry)
		return said{string(answer), err}
	})
}

// sentBy returns what a sender has sent so far.
func sentBy(t *testing.T, s *sender, want int, when string) []sending {
	t.Helper()
	all := s.all()
	require.Len(t, all, want, "datagrams sent %s", when)
	for _, d := range all {
		require.GreaterOrEqual(t, len(d.bytes), 8, "bytes of a datagram")
	}
	return all
}

// reply is the datagram that answers another one.
func reply(to sending, status, text string) []byte {
	return append(append([]byte(nil), to.bytes[:8]...), status+text...)
}

func TestSendsAgain(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		r := request(context.Background(), conn, "weft", streams.Retry{Attempts: 3, Wait: time.Second})
		time.Sleep(1500 * time.Millisecond)
		sent := sentBy(t, conn, 2, "within 1.5 s, with a Wait of 1 s and no answer")
		require.Equal(t, "weft", string(sent[0].bytes[8:]), "what stands behind the first eight bytes of a request")
		require.Equal(t, sent[0].bytes, sent[1].bytes, "the second attempt, compared with the first")
		r.MustWait(t, "Request without an answer")
		conn.arrive(reply(sent[0], "\x00", "here"))
		gradetest.Settle()
		require.Equal(t, said{"here", nil}, r.MustReturn(t, "Request, answered after its second attempt"), "what Request returned")
		time.Sleep(10 * time.Second)
		sentBy(t, conn, 2, "when the second attempt was answered")
	})
}

func TestGivesUp(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		r := request(context.Background(), conn, "weft", streams.Retry{Attempts: 3, Wait: time.Second})
		time.Sleep(6 * time.Second)
		r.MustWait(t, "Request after 6 s, with 3 attempts and a Wait of 1 s")
		time.Sleep(2 * time.Second)
		require.ErrorIs(t, r.MustReturn(t, "Request after 8 s, with 3 attempts and a Wait of 1 s").err, streams.ErrNoAnswer, "error of Request without an answer")
		sentBy(t, conn, 3, "with 3 attempts")

		conn = newSender()
		r = request(context.Background(), conn, "weft", streams.Retry{Wait: time.Second})
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, r.MustReturn(t, "Request after 5 s, with 0 attempts, which means 1").err, streams.ErrNoAnswer, "error of Request without an answer")
		sentBy(t, conn, 1, "with 0 attempts, which means 1")
	})
}

// TestOthersAnswers: only what begins with the same eight bytes is an answer.
func TestOthersAnswers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		retry := streams.Retry{Attempts: 1, Wait: time.Minute}
		first := request(context.Background(), conn, "first", retry)
		gradetest.Settle()
		a := sentBy(t, conn, 1, "at once")[0]
		conn.arrive(reply(a, "\x00", "one"))
		require.Equal(t, said{"one", nil}, first.Wait(), "what the first Request returned")

		second := request(context.Background(), conn, "second", retry)
		gradetest.Settle()
		b := sentBy(t, conn, 2, "by two requests")[1]
		require.NotEqual(t, a.bytes[:8], b.bytes[:8], "the first eight bytes of two requests")
		other := reply(b, "\x00", "somebody else's")
		other[7]++
		for _, junk := range [][]byte{reply(a, "\x00", "one, once more"), {}, []byte("short"), reply(b, "", ""), reply(b, "\x02", "no such status"), other} {
			conn.arrive(junk)
		}
		gradetest.Settle()
		second.MustWait(t, "Request when only datagrams have come that do not answer it")
		conn.arrive(reply(b, "\x00", "two"))
		require.Equal(t, said{"two", nil}, second.Wait(), "what the second Request returned")

		third := request(context.Background(), conn, "third", retry)
		gradetest.Settle()
		conn.arrive(reply(sentBy(t, conn, 3, "by three requests")[2], "\x01", "out of yarn"))
		var failed *streams.HandlerError
		got := third.Wait()
		require.True(t, errors.As(got.err, &failed), "is the error of Request a *HandlerError? It is %T", got.err)
		require.Equal(t, "out of yarn", failed.Text, "text of the error")
	})
}

// TestJunkBuysNoTime: datagrams of others keep coming.
func TestJunkBuysNoTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		r := request(context.Background(), conn, "weft", streams.Retry{Attempts: 2, Wait: time.Second})
		for range 10 {
			conn.arrive([]byte("not the answer"))
			time.Sleep(400 * time.Millisecond)
		}
		require.ErrorIs(t, r.MustReturn(t, "Request after 4 s, with 2 attempts and a Wait of 1 s, while other datagrams came").err, streams.ErrNoAnswer, "error of Request")
		sentBy(t, conn, 2, "with 2 attempts, while other datagrams came")
	})
}

func TestRequestEndsWithItsContext(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		retry := streams.Retry{Attempts: 5, Wait: time.Minute}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := streams.Request(ended, conn, nil, retry)
		require.ErrorIs(t, err, context.Canceled, "error of Request with a context that has ended")
		sentBy(t, conn, 0, "with a context that has ended")

		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		r := request(ctx, conn, "x", retry)
		time.Sleep(11 * time.Second)
		got := r.MustReturn(t, "Request when its context has ended")
		require.ErrorIs(t, got.err, context.DeadlineExceeded, "error of Request when the deadline of its context has passed")
		require.NotErrorIs(t, got.err, streams.ErrNoAnswer, "error of Request when the deadline of its context has passed")
		require.True(t, deadlineOf(conn).IsZero(), "has Request taken its read deadline from the conn?")

		// The conn can be used again.
		again := request(context.Background(), conn, "again", streams.Retry{Wait: time.Minute})
		gradetest.Settle()
		conn.arrive(reply(sentBy(t, conn, 2, "by two requests")[1], "\x00", "fine"))
		require.Equal(t, said{"fine", nil}, again.Wait(), "what Request returned on a conn that was used before")
		require.True(t, deadlineOf(conn).IsZero(), "has Request taken its read deadline from the conn?")
		require.False(t, conn.isClosed(), "has Request closed the conn?")
	})
}

func deadlineOf(s *sender) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reading.at
}

// TestCancelMeetsRetry cancels at the moment of the second attempt.
func TestCancelMeetsRetry(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		conn := newSender()
		ctx, cancel := context.WithCancel(context.Background())
		r := request(ctx, conn, "x", streams.Retry{Attempts: 2, Wait: time.Second})
		time.Sleep(time.Second)
		cancel()
		time.Sleep(500 * time.Millisecond)
		require.ErrorIs(t, r.MustReturn(t, "Request, half a second after its context was cancelled").err, context.Canceled, "error of Request")
		require.True(t, deadlineOf(conn).IsZero(), "has Request taken its read deadline from the conn?")
	})
}

func TestConnOfARequestIsClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		r := request(context.Background(), conn, "x", streams.Retry{Attempts: 5, Wait: time.Minute})
		gradetest.Settle()
		conn.Close()
		gradetest.Settle()
		require.ErrorIs(t, r.MustReturn(t, "Request when its conn has been closed").err, net.ErrClosed, "error of Request when its conn has been closed")
	})
}

// TestServePacket: two handlers at once, and each answer goes to who asked.
func TestServePacket(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var inside gradetest.InFlight
		s := &streams.Server{MaxInFlight: 2, Handler: func(_ context.Context, request []byte) ([]byte, error) {
			inside.Enter()
			time.Sleep(10 * time.Second)
			inside.Leave()
			if len(request) == 0 {
				return nil, errors.New("nothing asked")
			}
			return []byte(strings.ToUpper(string(request))), nil
		}}
		h := newHub()
		serving := gradetest.Go(func() error { return s.ServePacket(h) })
		h.put(letter{from: place("x"), bytes: []byte("short")})
		h.put(letter{err: errors.New("that happens")})
		for _, who := range []string{"anna", "bert", "carl"} {
			h.put(letter{from: place(who), bytes: []byte("id of " + who[:2] + who)})
		}
		h.put(letter{from: place("nobody"), bytes: []byte("8 bytes.")})
		time.Sleep(15 * time.Second)
		require.Equal(t, 2, inside.Max(), "handlers at work at once, with MaxInFlight 2 and four datagrams waiting")
		time.Sleep(10 * time.Second)
		got := map[string]string{}
		for _, l := range h.answers() {
			got[l.from.String()] = string(l.bytes)
		}
		require.Equal(t, map[string]string{
			"anna": "id of an\x00ANNA", "bert": "id of be\x00BERT", "carl": "id of ca\x00CARL", "nobody": "8 bytes.\x01nothing asked",
		}, got, "what was sent to whom")
		require.NoError(t, s.Shutdown(context.Background()), "error of Shutdown")
		require.ErrorIs(t, serving.Wait(), streams.ErrServerClosed, "error of ServePacket after Shutdown")
		require.True(t, h.isClosed(), "has ServePacket closed its conn after Shutdown?")
	})
}
