package streams_test

import (
	"context"
	"crypto/tls"
	"io"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// TestServerLetsGo looks at each connection while the server goes on: nothing of
// it may be left, however it ended.
func TestServerLetsGo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		v := serve(&streams.Server{Handler: echo, Limit: 200, IdleTimeout: time.Minute, WriteTimeout: time.Minute})
		gradetest.Settle()
		before := gradetest.Goroutines()
		for _, way := range []struct {
			what string
			end  func(c *end)
		}{
			{"the client has closed it", func(c *end) { send(t, c, "a"); requireAnswers(t, c, "a"); c.Close() }},
			{"the client has closed it without a word", func(c *end) { c.Close() }},
			{"the client has closed its side", func(c *end) { send(t, c, "a"); c.CloseWrite() }},
			{"a frame was too large", func(c *end) { send(t, c, strings.Repeat("x", 201)) }},
			{"a frame was broken off", func(c *end) { c.Write(frame("x")[:3]); c.CloseWrite() }},
			{"the client has left before the answer", func(c *end) { send(t, c, strings.Repeat("x", 200), "y"); c.Close() }},
			{"it was idle", func(c *end) {}},
			{"the client did not read", func(c *end) { c.out.room, c.in.room = roomy, 8; send(t, c, strings.Repeat("x", 100), "a", "b") }},
		} {
			c, servers := v.connect(t, roomy)
			way.end(c)
			time.Sleep(2 * time.Minute)
			require.True(t, servers.closed(), "has the server closed a connection when %s?", way.what)
			require.Equal(t, before, gradetest.Goroutines(), "goroutines when %s, compared with before the connection", way.what)
		}
		v.stop(t)
	})
}

// TestClientLetsGo: nobody calls Close on a connection that has ended by itself.
func TestClientLetsGo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		for _, way := range []struct {
			what string
			end  func(server *end)
		}{
			{"the server has closed it", func(server *end) { server.Close() }},
			{"the server has closed its side", func(server *end) { server.CloseWrite() }},
			{"an answer has come that nobody awaits", func(server *end) { answer(t, server, "what?") }},
			{"an answer was too large", func(server *end) { io.WriteString(server, "\xff\xff\xff\xff") }},
		} {
			c, server, clients := newClient(roomy)
			way.end(server)
			gradetest.Settle()
			require.True(t, clients.closed(), "has the client closed its connection when %s?", way.what)
			require.Zero(t, gradetest.Goroutines(), "goroutines of the client when %s", way.what)
			_, err := c.Call(context.Background(), nil)
			require.Error(t, err, "Call when %s", way.what)
		}
		c, _, clients := newClient(8)
		ctx, cancel := context.WithCancel(context.Background())
		stuck := call(ctx, c, strings.Repeat("x", 100))
		gradetest.Settle()
		cancel()
		gradetest.Settle()
		require.Error(t, stuck.MustReturn(t, "a Call that was cancelled while it was being sent").err, "error of a Call that was cancelled")
		c.Close()
		gradetest.Settle()
		require.True(t, clients.closed(), "has Close closed the connection?")
		require.Zero(t, gradetest.Goroutines(), "goroutines of the client after Close")
	})
}

// TestRequestLetsGo uses a context that lives on.
func TestRequestLetsGo(t *testing.T) {
	gradetest.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		conn := newSender()
		_, err := streams.Request(ctx, conn, nil, streams.Retry{Attempts: 2, Wait: time.Second})
		require.ErrorIs(t, err, streams.ErrNoAnswer, "error of Request without an answer")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Request has returned")
		conn.got = func(p []byte) { conn.arrive(append(append([]byte(nil), p[:8]...), 0)) }
		_, err = streams.Request(ctx, conn, nil, streams.Retry{Attempts: 2, Wait: time.Second})
		require.NoError(t, err, "error of Request with an answer")
		gradetest.Settle()
		require.Zero(t, gradetest.Goroutines(), "goroutines left when Request has returned")
	})
}

// TestHandshakeLetsGo sees from the server's side whether a client that does not
// like the certificate has closed its connection.
func TestHandshakeLetsGo(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would close what was forgotten
	cert, _ := certificate(t, "127.0.0.1", tomorrow())
	_, roots := certificate(t, "127.0.0.1", tomorrow())
	ln := listen(t)
	defer ln.Close()
	dialing := gradetest.Go(func() error {
		_, err := streams.DialTLS(context.Background(), ln.Addr().String(), roots)
		return err
	})
	conn := ln.accept(t)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}).Handshake()
	require.Error(t, dialing.Wait(), "DialTLS to a server whose certificate nobody vouches for")
	conn.SetReadDeadline(time.Now().Add(1500 * time.Millisecond))
	_, err := io.Copy(io.Discard, conn)
	if err != nil { // a reset is an end too
		require.NotContains(t, err.Error(), "timeout", "the server's side of a connection whose certificate was refused: is it still open?")
	}
}
