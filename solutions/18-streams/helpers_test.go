package streams_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// patience is how long, in virtual time, a test waits for what must come.
const patience = time.Minute

// roomy is more room than a test fills unless it means to.
const roomy = 1 << 20

// echo answers with the request itself.
func echo(_ context.Context, request []byte) ([]byte, error) { return request, nil }

// gated is a handler whose calls wait until the test lets one of them end.
type gated struct {
	inside gradetest.InFlight
	open   chan struct{}
}

func newGated() *gated { return &gated{open: make(chan struct{})} }

func (g *gated) handle(_ context.Context, request []byte) ([]byte, error) {
	g.inside.Enter()
	<-g.open
	g.inside.Leave()
	return request, nil
}

// service is a server that serves connections in memory.
type service struct {
	*streams.Server
	door    *door
	serving *gradetest.Call[error]
}

func serve(s *streams.Server) *service {
	v := &service{Server: s, door: newDoor()}
	v.serving = gradetest.Go(func() error { return s.Serve(v.door) })
	return v
}

// connect returns both ends of a connection that the server has accepted.
func (v *service) connect(t *testing.T, room int) (mine, servers *end) {
	t.Helper()
	mine, servers = newConn(room)
	v.accept(t, servers)
	return mine, servers
}

func (v *service) accept(t *testing.T, conn net.Conn) {
	t.Helper()
	require.True(t, v.door.give(accepted{conn: conn}), "does Serve accept another connection?")
}

// fail lets Accept fail.
func (v *service) fail(t *testing.T) {
	t.Helper()
	require.True(t, v.door.give(accepted{err: errors.New("too many open files")}), "does Serve go on accepting?")
}

// stop shuts the server down.
func (v *service) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, v.Shutdown(ctx), "error of Shutdown")
	gradetest.Settle()
	require.ErrorIs(t, v.serving.MustReturn(t, "Serve, after Shutdown"), streams.ErrServerClosed, "error of Serve after Shutdown")
}

// frame is p as a frame, made without the code under test.
func frame(p string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
}

// frames are several, one behind the other.
func frames(all ...string) (b []byte) {
	for _, p := range all {
		b = append(b, frame(p)...)
	}
	return b
}

// send writes frames in one piece, into a connection with room for them.
func send(t *testing.T, c io.Writer, all ...string) {
	t.Helper()
	_, err := c.Write(frames(all...))
	require.NoError(t, err, "writing requests to the server")
}

// receive reads one frame without the code under test. It waits for a minute of
// virtual time, and fails the test then.
func receive(t *testing.T, c net.Conn, what string) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	p, err := readFrame(c)
	require.NoError(t, err, what)
	return p
}

func readFrame(r io.Reader) (string, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return "", err
	}
	p := make([]byte, min(binary.BigEndian.Uint32(header[:]), 16<<20))
	_, err := io.ReadFull(r, p)
	return string(p), err
}

// requireAnswers reads answers, in this order.
func requireAnswers(t *testing.T, c net.Conn, want ...string) {
	t.Helper()
	for i, p := range want {
		got := receive(t, c, "reading the answer to request number "+string(rune('1'+i)))
		require.Equal(t, "\x00"+p, got, "answer number %d", i+1)
	}
}

// requireEnd demands that the server closes the connection without another byte.
func requireEnd(t *testing.T, c net.Conn, what string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	var b [1]byte
	n, err := c.Read(b[:])
	require.Zero(t, n, "further bytes from the server %s", what)
	require.ErrorIs(t, err, io.EOF, "reading from the connection %s: the server must have closed it", what)
}

// requireOpen demands that the connection is alive although nothing comes.
func requireOpen(t *testing.T, c *end, what string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	var b [1]byte
	n, err := c.Read(b[:])
	require.Zero(t, n, "bytes from the server %s", what)
	require.False(t, errors.Is(err, io.EOF), "has the server closed the connection %s?", what)
}
