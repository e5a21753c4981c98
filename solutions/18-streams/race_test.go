package streams_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// TestHammerCall: six goroutines share one client.
func TestHammerCall(t *testing.T) {
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: echo, MaxInFlight: 3}, ln)
	c, err := streams.Dial(soon(t), ln.Addr().String())
	require.NoError(t, err, "error of Dial")
	ctx := soon(t)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for j := range 20 {
				want := fmt.Sprint(i, " asks ", j)
				got, err := c.Call(ctx, []byte(want))
				assert.NoError(t, err, "error of Call, of six goroutines that share a client")
				assert.Equal(t, want, string(got), "answer to Call, of six goroutines that share a client")
			}
		})
	}
	all.Wait()
	c.Close()
	stop()
}

// TestHammerClose: calls wait while several goroutines close the client.
func TestHammerClose(t *testing.T) {
	server, clients := net.Pipe()
	defer server.Close()
	c := streams.NewClient(clients)
	go readFrame(server)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			_, err := c.Call(context.Background(), []byte("weft"))
			assert.ErrorIs(t, err, net.ErrClosed, "error of Call when the client is closed")
		})
	}
	time.Sleep(5 * time.Millisecond)
	for range 4 {
		all.Go(func() { c.Close() })
	}
	all.Wait()
}

// TestHammerConnections: several connections come and go at the same time.
func TestHammerConnections(t *testing.T) {
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: echo, MaxInFlight: 2, IdleTimeout: time.Minute, WriteTimeout: time.Minute}, ln)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				c, err := net.Dial("tcp", ln.Addr().String())
				if !assert.NoError(t, err, "connecting over loopback") {
					return
				}
				c.Write(frames("a", "b", "c"))
				c.SetReadDeadline(time.Now().Add(3 * time.Second))
				for range 3 {
					if _, err := readFrame(c); !assert.NoError(t, err, "reading an answer") {
						c.Close()
						return
					}
				}
				c.Close()
			}
		})
	}
	all.Wait()
	stop()
}

// TestHammerRequest: every goroutine has a conn of its own, and they share nothing.
func TestHammerRequest(t *testing.T) {
	var all sync.WaitGroup
	for i := range 6 {
		conn := newSender()
		conn.got = func(p []byte) { conn.arrive(append(append([]byte(nil), p[:8]...), fmt.Sprint("\x00", i)...)) }
		all.Go(func() {
			for range 20 {
				got, err := streams.Request(context.Background(), conn, nil, streams.Retry{Attempts: 1, Wait: 5 * time.Second})
				assert.NoError(t, err, "error of Request, of six goroutines with conns of their own")
				assert.Equal(t, fmt.Sprint(i), string(got), "answer to Request, of six goroutines with conns of their own")
			}
		})
	}
	all.Wait()
}

// TestHammerShutdown: several goroutines shut down the same server.
func TestHammerShutdown(t *testing.T) {
	s := &streams.Server{Handler: echo}
	first, second := listen(t), listen(t)
	serving := gradetest.Go(func() error { return s.Serve(first) })
	another := gradetest.Go(func() error { return s.Serve(second) })
	c, err := net.Dial("tcp", first.Addr().String())
	require.NoError(t, err, "connecting over loopback")
	c.Write(frame("weft"))
	requireRealAnswer(t, c, "weft")
	var all sync.WaitGroup
	ctx := soon(t)
	for range 4 {
		all.Go(func() { assert.NoError(t, s.Shutdown(ctx), "error of Shutdown, by several goroutines") })
	}
	all.Wait()
	c.Close()
	require.ErrorIs(t, serving.Wait(), streams.ErrServerClosed, "error of Serve after Shutdown")
	require.ErrorIs(t, another.Wait(), streams.ErrServerClosed, "error of another Serve after Shutdown")
}
