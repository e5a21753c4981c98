package streams_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

func TestRetriesInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		conn := newSender()
		start := time.Now()
		took := gradetest.Took(func() {
			streams.Request(context.Background(), conn, nil, streams.Retry{Attempts: 3, Wait: time.Second})
		})
		var at []time.Duration
		for _, s := range conn.all() {
			at = append(at, s.at.Sub(start))
		}
		require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second}, at, "when Request sends, with 3 attempts and a Wait of 1 s")
		require.Equal(t, 7*time.Second, took, "when Request gives up, with 3 attempts and a Wait of 1 s")
	})
}

// readToEnd returns when the server has closed the connection.
func readToEnd(c *end) {
	c.SetReadDeadline(time.Time{})
	for b := make([]byte, 100); ; {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

func TestIdleInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const work, idle = 1234567 * time.Nanosecond, 10 * time.Second
		v := serve(&streams.Server{IdleTimeout: idle, Handler: func(_ context.Context, request []byte) ([]byte, error) {
			time.Sleep(work)
			return request, nil
		}})
		silent, _ := v.connect(t, roomy)
		require.Equal(t, idle, gradetest.Took(func() { readToEnd(silent) }), "time after which a connection is closed that was idle from its beginning")
		c, _ := v.connect(t, roomy)
		time.Sleep(time.Second)
		send(t, c, "a", "b")
		require.Equal(t, 2*work+idle, gradetest.Took(func() { readToEnd(c) }), "time from two requests to the end of their connection")
		v.stop(t)
	})
}

func TestWritesInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		var ended time.Time
		v := serve(&streams.Server{WriteTimeout: 10 * time.Second, MaxInFlight: 2, Handler: func(ctx context.Context, request []byte) ([]byte, error) {
			if string(request) == "wait" {
				<-ctx.Done()
				ended = time.Now()
			}
			return request, nil
		}})
		c, servers := newConn(64)
		c.out.room = roomy
		v.accept(t, servers)
		start := time.Now()
		send(t, c, strings.Repeat("d", 100), "wait")
		time.Sleep(10*time.Second - time.Nanosecond)
		synctest.Wait()
		require.False(t, servers.closed(), "is the connection closed a nanosecond before the WriteTimeout?")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.True(t, servers.closed(), "is the connection closed at the WriteTimeout?")
		require.Equal(t, 10*time.Second, ended.Sub(start), "when the context of another handler of the connection ends")
		v.stop(t)
	})
}

func TestShutdownInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		const work = 1234567 * time.Nanosecond
		v := serve(&streams.Server{Handler: func(_ context.Context, request []byte) ([]byte, error) {
			time.Sleep(work)
			return request, nil
		}})
		c, _ := v.connect(t, roomy)
		v.connect(t, roomy)
		send(t, c, "a")
		synctest.Wait()
		require.Equal(t, work, gradetest.Took(func() { v.Shutdown(context.Background()) }), "time that Shutdown takes when the last answer takes 1.234567 ms")
		require.Zero(t, gradetest.Took(func() { v.serving.Wait() }), "time from the end of Shutdown to that of Serve")
	})
}

func TestCallsInTime(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		c, server, _ := newClient(roomy)
		ctx, cancel := context.WithTimeout(context.Background(), 7*time.Millisecond)
		defer cancel()
		require.Equal(t, 7*time.Millisecond, gradetest.Took(func() { c.Call(ctx, nil) }), "time that Call waits with a time-out of 7 ms")
		calling := call(context.Background(), c, "a")
		time.Sleep(1234567)
		answer(t, server, "to the first", "to the second")
		require.Equal(t, 1234567*time.Nanosecond, calling.Took(), "time from Call to its return, with the answer after 1.234567 ms")
		c.Close()
	})
}

func TestPausesOfAccept(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo})
		fail := func(n int) (pauses []time.Duration) {
			for i := range n {
				took := gradetest.Took(func() { v.fail(t) })
				if i > 0 {
					pauses = append(pauses, took/time.Millisecond)
				}
			}
			return pauses
		}
		require.Equal(t, []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000}, fail(11), "milliseconds between calls of Accept, when they fail")
		v.connect(t, roomy)
		require.Equal(t, []time.Duration{5, 10}, fail(3), "milliseconds between calls of Accept, when they fail again after a success")
		require.Zero(t, gradetest.Took(func() { v.stop(t) })-20*time.Millisecond, "time that Shutdown takes while Serve pauses")
	})
}

// TestWaitingIsFree has everything wait that can: Serve, a connection, a Call,
// ServePacket and a Request.
func TestWaitingIsFree(t *testing.T) {
	gradetest.NoBusyWait(t, func() func() {
		s := &streams.Server{IdleTimeout: time.Minute, Handler: func(ctx context.Context, request []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, nil
		}}
		ln := listen(t)
		serving := gradetest.Go(func() error { return s.Serve(ln) })
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err, "listening on loopback")
		packets := gradetest.Go(func() error { return s.ServePacket(pc) })
		ctx, cancel := context.WithCancel(context.Background())
		c, err := streams.Dial(ctx, ln.Addr().String())
		require.NoError(t, err, "error of Dial")
		idle, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err, "connecting over loopback")
		conn, err := net.Dial("udp", pc.LocalAddr().String())
		require.NoError(t, err, "connecting over loopback")
		calling := call(ctx, c, "weft")
		asking := request(ctx, conn, "weft", streams.Retry{Wait: time.Minute})
		return func() {
			cancel()
			calling.Wait()
			asking.Wait()
			c.Close()
			idle.Close()
			conn.Close()
			s.Shutdown(ctx) // its time is up: it cuts
			serving.Wait()
			packets.Wait()
		}
	})
}
