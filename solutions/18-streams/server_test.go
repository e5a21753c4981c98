package streams_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// TestPipelined sends three requests at once; the first takes longest.
func TestPipelined(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		takes := map[string]time.Duration{"long": 9 * time.Second, "middle": 5 * time.Second, "short": time.Second}
		var inside gradetest.InFlight
		v := serve(&streams.Server{MaxInFlight: 3, Handler: func(_ context.Context, request []byte) ([]byte, error) {
			inside.Enter()
			time.Sleep(takes[string(request)])
			inside.Leave()
			return request, nil
		}})
		c, _ := v.connect(t, roomy)
		send(t, c, "long", "middle", "short", "short", "long")
		requireAnswers(t, c, "long", "middle", "short", "short", "long")
		require.Equal(t, 3, inside.Max(), "handlers at work at once for one connection, with MaxInFlight 3 and five requests waiting")
		v.stop(t)
	})
}

// TestAnswersKeepTheirOrder is the same in the small: two handlers that end in any order.
func TestAnswersKeepTheirOrder(t *testing.T) {
	gradetest.Stress(t, 20, func(t *testing.T) {
		v := serve(&streams.Server{MaxInFlight: 2, Handler: echo})
		c, _ := v.connect(t, roomy)
		send(t, c, "a", "b", "c")
		requireAnswers(t, c, "a", "b", "c")
		v.stop(t)
	})
}

func TestOneAtATime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		g := newGated()
		v := serve(&streams.Server{Handler: g.handle})
		a, _ := v.connect(t, roomy)
		b, _ := v.connect(t, roomy)
		send(t, a, "1", "2")
		send(t, b, "1", "2")
		gradetest.Settle()
		require.Equal(t, 2, g.inside.Now(), "handlers at work for two connections with two requests each, and MaxInFlight 0, which means 1")
		close(g.open)
		requireAnswers(t, a, "1", "2")
		requireAnswers(t, b, "1", "2")
		v.stop(t)
	})
}

func TestHandlerFails(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: func(_ context.Context, request []byte) ([]byte, error) {
			if len(request) == 0 {
				return nil, errors.New("nothing asked")
			}
			return nil, nil
		}})
		c, _ := v.connect(t, roomy)
		send(t, c, "", "x")
		require.Equal(t, "\x01nothing asked", receive(t, c, "reading the answer to an empty request"), "answer when the handler returned an error")
		require.Equal(t, "\x00", receive(t, c, "reading the answer behind an error"), "answer when the handler returned nothing")
		v.stop(t)
	})
}

// TestSmallPieces: neither do writes end where frames do, nor reads.
func TestSmallPieces(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo, MaxInFlight: 2})
		c, servers := newConn(roomy)
		servers.in.piece = 3
		v.accept(t, servers)
		want := []string{"weft", "", strings.Repeat("warp", 30), "x"}
		send(t, c, want...)
		requireAnswers(t, c, want...)
		v.stop(t)
	})
}

func TestOneTooLarge(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var calls gradetest.InFlight
		v := serve(&streams.Server{Limit: 10, MaxInFlight: 2, Handler: func(ctx context.Context, request []byte) ([]byte, error) {
			calls.Enter()
			time.Sleep(3 * time.Second)
			return request, nil
		}})
		c, _ := v.connect(t, roomy)
		other, _ := v.connect(t, roomy)
		send(t, c, "0123456789", "0123456789A", "behind")
		requireAnswers(t, c, "0123456789")
		requireEnd(t, c, "after a frame that was too large")
		require.Equal(t, 1, calls.Total(), "calls of the handler for a request that just fits, one that is too large, and one behind it")
		send(t, other, "fine")
		requireAnswers(t, other, "fine")
		v.stop(t)
	})
}

// TestHalfClosed: a client that has said everything still listens.
func TestHalfClosed(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		slow := func(_ context.Context, request []byte) ([]byte, error) {
			time.Sleep(5 * time.Second)
			return request, nil
		}
		v := serve(&streams.Server{Handler: slow, MaxInFlight: 2})
		c, _ := v.connect(t, roomy)
		send(t, c, "a", "b", "c")
		c.CloseWrite()
		requireAnswers(t, c, "a", "b", "c")
		requireEnd(t, c, "after the last answer to a client that has closed its side")

		torn, _ := v.connect(t, roomy)
		torn.Write(append(frame("whole"), frame("broken off")[:9]...))
		torn.CloseWrite()
		requireAnswers(t, torn, "whole")
		requireEnd(t, torn, "after a frame that was broken off")
		v.stop(t)
	})
}

// TestNobodyWaitsForOthers: one client does not read, one sends half a frame, one
// nothing at all; the last is served.
func TestNobodyWaitsForOthers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		deaf, _ := v.connect(t, 64)
		writing := gradetest.GoDo(func() { deaf.Write(frames(strings.Repeat("d", 100), "more", strings.Repeat("d", 100))) })
		half, _ := v.connect(t, roomy)
		half.Write(frame("half")[:6])
		v.connect(t, roomy)
		gradetest.Settle()
		c, _ := v.connect(t, roomy)
		send(t, c, "me", "me too")
		requireAnswers(t, c, "me", "me too")
		deaf.Close()
		half.Close()
		writing.Wait()
		v.stop(t)
	})
}

// TestTakesNoAnswers: who takes no answers is given no more of the server's time.
func TestTakesNoAnswers(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var calls gradetest.InFlight
		v := serve(&streams.Server{Handler: func(_ context.Context, request []byte) ([]byte, error) {
			calls.Enter()
			return request, nil
		}})
		c, _ := v.connect(t, 128)
		want := make([]string, 60)
		for i := range want {
			want[i] = strings.Repeat(string(rune('a'+i%26)), 300)
		}
		writing := gradetest.GoDo(func() { c.Write(frames(want...)) })
		time.Sleep(10 * time.Second)
		require.Positive(t, calls.Total(), "calls of the handler for a client that sends without reading")
		require.LessOrEqual(t, calls.Total(), 5, "calls of the handler for a client that sends 60 requests and reads no answer, with MaxInFlight 1")
		requireAnswers(t, c, want...)
		writing.Wait()
		v.stop(t)
	})
}

func TestNeverReads(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo, WriteTimeout: 10 * time.Second})
		c, servers := v.connect(t, 64)
		writing := gradetest.GoDo(func() { c.Write(frames(strings.Repeat("d", 100), strings.Repeat("e", 100))) })
		time.Sleep(9 * time.Second)
		require.False(t, servers.closed(), "has the server closed a connection whose client has not read for 9 s, with a WriteTimeout of 10 s?")
		time.Sleep(2 * time.Second)
		require.True(t, servers.closed(), "has the server closed a connection whose client has not read for 11 s, with a WriteTimeout of 10 s?")
		writing.Wait()

		// The time is that of one answer.
		slow, _ := v.connect(t, 64)
		writing = gradetest.GoDo(func() { slow.Write(frames(strings.Repeat("1", 60), strings.Repeat("2", 60), strings.Repeat("3", 60))) })
		for _, want := range []string{"1", "2", "3"} {
			time.Sleep(7 * time.Second)
			requireAnswers(t, slow, strings.Repeat(want, 60))
		}
		writing.Wait()
		v.stop(t)
	})
}

func TestIdle(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo, IdleTimeout: 10 * time.Second})
		silent, _ := v.connect(t, roomy)
		time.Sleep(9 * time.Second)
		requireOpen(t, silent, "after 9 s of silence, with an IdleTimeout of 10 s")
		time.Sleep(2 * time.Second)
		requireEnd(t, silent, "after 11 s of silence, with an IdleTimeout of 10 s")

		active, _ := v.connect(t, roomy)
		for range 4 {
			time.Sleep(8 * time.Second)
			send(t, active, "here")
			requireAnswers(t, active, "here")
		}
		time.Sleep(11 * time.Second)
		requireEnd(t, active, "11 s after the last request, with an IdleTimeout of 10 s")
		v.stop(t)
	})
}

// TestWorkIsNotIdle: while a handler works, the connection waits for the server.
func TestWorkIsNotIdle(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{IdleTimeout: 10 * time.Second, MaxInFlight: 2, Handler: func(_ context.Context, request []byte) ([]byte, error) {
			time.Sleep(30 * time.Second)
			return request, nil
		}})
		c, _ := v.connect(t, roomy)
		for range 2 {
			send(t, c, "work")
			requireAnswers(t, c, "work")
			time.Sleep(8 * time.Second)
		}
		time.Sleep(3 * time.Second)
		requireEnd(t, c, "11 s after the last answer, with an IdleTimeout of 10 s")
		v.stop(t)
	})
}

// TestOneByteASecond: in time it is served, otherwise bytes buy no time.
func TestOneByteASecond(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo, IdleTimeout: 10 * time.Second})
		drip := func(c *end, p string) {
			for _, b := range frame(p) {
				time.Sleep(time.Second)
				c.Write([]byte{b})
			}
		}
		c, _ := v.connect(t, roomy)
		drip(c, "slow")
		requireAnswers(t, c, "slow")
		drip(c, "far too slow")
		requireEnd(t, c, "to a client that takes 16 s for one request, with an IdleTimeout of 10 s")
		v.stop(t)
	})
}
