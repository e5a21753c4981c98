package streams_test

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// soon is a context that ends long after everything should be over.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func listen(t *testing.T) *counted {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err, "listening on loopback")
	return &counted{Listener: ln}
}

// accept waits for a connection, but not for ever.
func (l *counted) accept(t *testing.T) net.Conn {
	t.Helper()
	l.Listener.(*net.TCPListener).SetDeadline(time.Now().Add(3 * time.Second))
	c, err := l.Accept()
	require.NoError(t, err, "accepting the connection of DialTLS")
	return c
}

// counted is a listener that knows how many of its connections are open.
type counted struct {
	net.Listener
	open atomic.Int64
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &countedConn{TCPConn: c.(*net.TCPConn), open: &l.open}, nil
}

type countedConn struct {
	*net.TCPConn
	once sync.Once
	open *atomic.Int64
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.TCPConn.Close()
}

// descriptors counts what this process has open, as far as the system tells.
func descriptors() int {
	open, _ := os.ReadDir("/proc/self/fd")
	return len(open)
}

// atLoopback is a server on a listener, and how to stop it.
func atLoopback(t *testing.T, s *streams.Server, ln net.Listener) (stop func()) {
	serving := gradetest.Go(func() error { return s.Serve(ln) })
	return func() {
		t.Helper()
		require.NoError(t, s.Shutdown(soon(t)), "error of Shutdown")
		require.ErrorIs(t, serving.Wait(), streams.ErrServerClosed, "error of Serve after Shutdown")
	}
}

// TestThousandConnections has a thousand clients whose requests are all under
// way at the same time.
func TestThousandConnections(t *testing.T) {
	const all = 1000
	listen(t).Close() // what the runtime opens once and for all
	before := descriptors()
	g := newGated()
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: g.handle}, ln)
	var conns []net.Conn
	for range all {
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err, "connecting over loopback")
		_, err = c.Write(frame("weft"))
		require.NoError(t, err, "writing a request")
		conns = append(conns, c)
	}
	for last, since := 0, time.Now(); g.inside.Now() < all && time.Since(since) < 1500*time.Millisecond; time.Sleep(time.Millisecond) {
		if now := g.inside.Now(); now > last {
			last, since = now, time.Now()
		}
	}
	require.Equal(t, all, g.inside.Now(), "requests under way at once, of a thousand clients with one each")
	close(g.open)
	for _, c := range conns {
		requireRealAnswer(t, c, "weft")
		require.NoError(t, c.Close(), "closing a connection")
	}
	stop()
	require.Zero(t, ln.open.Load(), "connections that the server has left open")
	for start := time.Now(); descriptors() > before && time.Since(start) < time.Second; {
		time.Sleep(5 * time.Millisecond) // they are given back when the last Read has returned
	}
	require.LessOrEqual(t, descriptors(), before, "descriptors open after a thousand connections, compared with before")
}

func requireRealAnswer(t *testing.T, c net.Conn, want string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(3 * time.Second))
	got, err := readFrame(c)
	require.NoError(t, err, "reading an answer")
	require.Equal(t, "\x00"+want, got, "the answer")
}

func TestDialAndCall(t *testing.T) {
	gradetest.RealTime(t)
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: echo, MaxInFlight: 4}, ln)
	c, err := streams.Dial(soon(t), ln.Addr().String())
	require.NoError(t, err, "error of Dial")
	for _, want := range []string{"weft", "", string(make([]byte, 300_000))} {
		got, err := c.Call(soon(t), []byte(want))
		require.NoError(t, err, "error of Call")
		require.True(t, want == string(got), "is the answer what the server has sent, %d bytes?", len(want))
	}
	require.NoError(t, c.Close(), "error of Close")
	stop()

	_, err = streams.Dial(soon(t), ln.Addr().String())
	require.Error(t, err, "Dial when nobody listens")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = streams.Dial(ended, ln.Addr().String())
	require.ErrorIs(t, err, context.Canceled, "error of Dial with a context that has ended")
}

// TestNothingIsLost shuts down while eight clients are busy: what a handler has
// answered arrives.
func TestNothingIsLost(t *testing.T) {
	gradetest.RealTime(t)
	var handled, answered gradetest.InFlight
	enough := make(chan struct{})
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: func(_ context.Context, request []byte) ([]byte, error) {
		if handled.Enter() == 40 {
			close(enough)
		}
		return request, nil
	}}, ln)
	var all sync.WaitGroup
	for range 8 {
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err, "connecting over loopback")
		defer c.Close()
		all.Go(func() {
			for {
				c.Write(frame("weft"))
				c.SetReadDeadline(time.Now().Add(5 * time.Second))
				if _, err := readFrame(c); err != nil {
					return
				}
				answered.Enter()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(3 * time.Second):
		t.Fatal("forty requests of eight clients are not handled within three seconds")
	}
	stop()
	all.Wait()
	require.Equal(t, handled.Total(), answered.Total(), "answers that arrived, compared with the requests that were handled")
	require.Zero(t, ln.open.Load(), "connections that the server has left open")
}

func TestRequestOverUDP(t *testing.T) {
	gradetest.RealTime(t)
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err, "listening on loopback")
	s := &streams.Server{Handler: echo}
	serving := gradetest.Go(func() error { return s.ServePacket(pc) })
	conn, err := net.Dial("udp", pc.LocalAddr().String())
	require.NoError(t, err, "connecting over loopback")
	for _, want := range []string{"weft", "", string(make([]byte, 60_000))} {
		got, err := streams.Request(soon(t), conn, []byte(want), streams.Retry{Attempts: 5, Wait: 200 * time.Millisecond})
		require.NoError(t, err, "error of Request")
		require.True(t, want == string(got), "is the answer what the server has sent, %d bytes?", len(want))
	}
	require.NoError(t, s.Shutdown(soon(t)), "error of Shutdown")
	require.ErrorIs(t, serving.Wait(), streams.ErrServerClosed, "error of ServePacket after Shutdown")
	require.NoError(t, conn.Close(), "closing the client's conn, which Request has left open")
}
