package streams_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

func shutdown(ctx context.Context, s *streams.Server) *gradetest.Call[error] {
	return gradetest.Go(func() error { return s.Shutdown(ctx) })
}

func TestShutdownAnswersWhatWasRead(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := newGated()
		v := serve(&streams.Server{Handler: g.handle, MaxInFlight: 2})
		c, servers := v.connect(t, roomy)
		other, _ := v.connect(t, roomy)
		send(t, c, "a", "b")
		send(t, other, "c")
		gradetest.Settle()
		require.Equal(t, 3, g.inside.Now(), "requests in the hands of handlers")
		down := shutdown(context.Background(), v.Server)
		gradetest.Settle()
		down.MustWait(t, "Shutdown, while requests are under way")
		require.ErrorIs(t, v.serving.MustReturn(t, "Serve, during Shutdown"), streams.ErrServerClosed, "error of Serve during Shutdown")
		require.False(t, servers.closed(), "has Shutdown closed a connection with requests under way?")
		close(g.open)
		requireAnswers(t, c, "a", "b")
		requireEnd(t, c, "after Shutdown and the last answer")
		requireAnswers(t, other, "c")
		requireEnd(t, other, "after Shutdown and the last answer")
		gradetest.Settle()
		require.NoError(t, down.MustReturn(t, "Shutdown, when everything has been answered"), "error of Shutdown")
	})
}

// TestShutdownOfSlowReader: an answer counts when it has been written to its end.
func TestShutdownOfSlowReader(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		c, _ := v.connect(t, 64)
		long := strings.Repeat("long", 100)
		send(t, c, long)
		gradetest.Settle()
		down := shutdown(context.Background(), v.Server)
		time.Sleep(10 * time.Second)
		down.MustWait(t, "Shutdown, while an answer is being written")
		requireAnswers(t, c, long)
		requireEnd(t, c, "after Shutdown and the last answer")
		gradetest.Settle()
		require.NoError(t, down.MustReturn(t, "Shutdown, when the last answer has been written"), "error of Shutdown")
	})
}

func TestShutdownEndsWhatIsIdle(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var calls gradetest.InFlight
		g := newGated()
		v := serve(&streams.Server{IdleTimeout: time.Hour, MaxInFlight: 2, Handler: func(ctx context.Context, request []byte) ([]byte, error) {
			calls.Enter()
			return g.handle(ctx, request)
		}})
		idle, _ := v.connect(t, roomy)
		half, _ := v.connect(t, roomy)
		half.Write(frame("half")[:6])
		busy, _ := v.connect(t, roomy)
		send(t, busy, "a")
		gradetest.Settle()
		down := shutdown(context.Background(), v.Server)
		gradetest.Settle()
		requireEnd(t, idle, "after Shutdown, with no request under way")
		requireEnd(t, half, "after Shutdown, with half a request")
		require.False(t, v.door.give(accepted{conn: idle}), "is another connection accepted after Shutdown?")
		send(t, busy, "too late")
		gradetest.Settle()
		require.Equal(t, 1, calls.Total(), "calls of the handler, when a second request came after Shutdown")
		down.MustWait(t, "Shutdown, while a request is under way")
		close(g.open)
		requireAnswers(t, busy, "a")
		requireEnd(t, busy, "after Shutdown and the last answer")
		require.NoError(t, down.Wait(), "error of Shutdown")
	})
}

// TestShutdownRunsOutOfTime: one handler waits for its context, one client for nothing.
func TestShutdownRunsOutOfTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var told gradetest.InFlight
		v := serve(&streams.Server{Handler: func(ctx context.Context, request []byte) ([]byte, error) {
			if string(request) == "wait" {
				<-ctx.Done()
				told.Enter()
			}
			return request, nil
		}})
		patient, mine := v.connect(t, roomy)
		send(t, patient, "wait")
		deaf, his := v.connect(t, 64)
		send(t, deaf, strings.Repeat("d", 100))
		gradetest.Settle()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		down := shutdown(ctx, v.Server)
		time.Sleep(9 * time.Second)
		down.MustWait(t, "Shutdown with 10 s of time, after 9 s")
		require.Zero(t, told.Total(), "handlers whose context has ended before Shutdown has run out of time")
		require.False(t, mine.closed() || his.closed(), "has Shutdown closed a connection with a request under way, while there was time?")
		time.Sleep(2 * time.Second)
		err := down.MustReturn(t, "Shutdown with 10 s of time, after 11 s")
		require.ErrorIs(t, err, context.DeadlineExceeded, "error of Shutdown that has run out of time")
		require.Equal(t, 1, told.Total(), "handlers whose context has ended when Shutdown has run out of time")
		require.True(t, mine.closed(), "has Shutdown closed a connection whose handler took too long?")
		require.True(t, his.closed(), "has Shutdown closed a connection whose client does not read?")
	})
}

// TestShutdownDoesNotWaitForHandlers that do not listen to their context.
func TestShutdownDoesNotWaitForHandlers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := newGated()
		v := serve(&streams.Server{Handler: g.handle})
		c, servers := v.connect(t, roomy)
		send(t, c, "a")
		gradetest.Settle()
		ctx, cancel := context.WithCancel(context.Background())
		first, second := shutdown(ctx, v.Server), shutdown(context.Background(), v.Server)
		gradetest.Settle()
		cancel()
		gradetest.Settle()
		require.ErrorIs(t, first.MustReturn(t, "Shutdown whose context was cancelled"), context.Canceled, "error of Shutdown whose context was cancelled")
		require.True(t, servers.closed(), "has Shutdown closed the connection when its context was cancelled?")
		close(g.open)
		gradetest.Settle()
		require.NoError(t, second.MustReturn(t, "another Shutdown, when nothing is left"), "error of another Shutdown, when nothing is left")
	})
}

func TestShutdownOfNothing(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		s := &streams.Server{Handler: echo}
		require.NoError(t, s.Shutdown(context.Background()), "error of Shutdown before Serve")
		require.NoError(t, s.Shutdown(context.Background()), "error of Shutdown, the second time")
		door, hub := newDoor(), newHub()
		require.ErrorIs(t, s.Serve(door), streams.ErrServerClosed, "error of Serve after Shutdown")
		require.False(t, door.give(accepted{}), "does somebody accept from a listener that was given to Serve after Shutdown?")
		require.ErrorIs(t, s.ServePacket(hub), streams.ErrServerClosed, "error of ServePacket after Shutdown")
		require.True(t, hub.isClosed(), "has ServePacket closed its conn after Shutdown?")
	})
}

func TestShutdownOfPackets(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := newGated()
		s := &streams.Server{Handler: g.handle, MaxInFlight: 2}
		h := newHub()
		serving := gradetest.Go(func() error { return s.ServePacket(h) })
		h.put(letter{from: place("anna"), bytes: []byte("01234567a")})
		gradetest.Settle()
		down := shutdown(context.Background(), s)
		gradetest.Settle()
		down.MustWait(t, "Shutdown, while a datagram is being handled")
		h.put(letter{from: place("bert"), bytes: []byte("01234567b")})
		gradetest.Settle()
		require.Equal(t, 1, g.inside.Total(), "calls of the handler, when a second datagram came after Shutdown")
		close(g.open)
		gradetest.Settle()
		require.NoError(t, down.MustReturn(t, "Shutdown, when everything has been answered"), "error of Shutdown")
		require.ErrorIs(t, serving.MustReturn(t, "ServePacket after Shutdown"), streams.ErrServerClosed, "error of ServePacket after Shutdown")
		require.Len(t, h.answers(), 1, "datagrams sent")
		require.Equal(t, "01234567\x00a", string(h.answers()[0].bytes), "the answer")
		require.True(t, h.isClosed(), "has ServePacket closed its conn after Shutdown?")
	})
}

// TestShutdownMeetsRequest: a request is answered, or nobody has begun with it.
func TestShutdownMeetsRequest(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var calls gradetest.InFlight
		v := serve(&streams.Server{Handler: func(_ context.Context, request []byte) ([]byte, error) {
			calls.Enter()
			return request, nil
		}})
		c, servers := v.connect(t, roomy)
		sending := gradetest.GoDo(func() { c.Write(frame("a")) })
		require.NoError(t, v.Shutdown(context.Background()), "error of Shutdown")
		sending.Wait()
		require.True(t, servers.closed(), "is every connection closed when Shutdown has returned?")
		if calls.Total() > 0 {
			requireAnswers(t, c, "a")
		}
		requireEnd(t, c, "after Shutdown")
	})
}

// TestShutdownMeetsConnection: whatever has been accepted is closed.
func TestShutdownMeetsConnection(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		_, servers := newConn(roomy)
		coming := gradetest.Go(func() bool { return v.door.give(accepted{conn: servers}) })
		require.NoError(t, v.Shutdown(context.Background()), "error of Shutdown")
		if coming.Wait() {
			gradetest.Settle()
			require.True(t, servers.closed(), "is a connection closed that was accepted while Shutdown began?")
		}
		require.ErrorIs(t, v.serving.Wait(), streams.ErrServerClosed, "error of Serve after Shutdown")
	})
}
