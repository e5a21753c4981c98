package httpserver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// network is a listener in memory, and the way to it.
type network struct {
	queue  chan net.Conn
	once   sync.Once
	closed chan struct{}
	open   gradetest.InFlight // accepted, and not closed by the server
}

func newNetwork() *network {
	return &network{queue: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) down() bool {
	select {
	case <-n.closed:
		return true
	default:
		return false
	}
}

func (n *network) Accept() (net.Conn, error) {
	if n.down() {
		return nil, net.ErrClosed
	}
	select {
	case c := <-n.queue:
		n.open.Enter()
		return &served{Conn: c, network: n}, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{} }

var errRefused = errors.New("connection refused")

// dial waits until the connection is accepted, as clients of a full server do.
func (n *network) dial(ctx context.Context) (net.Conn, error) {
	if n.down() {
		return nil, errRefused
	}
	mine, theirs := net.Pipe()
	select {
	case n.queue <- theirs:
		return mine, nil
	case <-n.closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// served is the server's end of a connection.
type served struct {
	net.Conn
	network *network
	once    sync.Once
}

func (c *served) Close() error {
	c.once.Do(c.network.open.Leave)
	return c.Conn.Close()
}

// service is a server that serves, and a client that reaches it. Tests with one use
// gradetest.Synctest and are not explored: http.Server holds a lock of its own while it
// closes a listener or a connection, and a submission's Close may be among the callees.
type service struct {
	*network
	server  *httpserver.Server
	serving *gradetest.Call[error]
	client  *http.Client
}

func serve(t *testing.T, h http.Handler, l httpserver.Limits) *service {
	t.Helper()
	s := &service{network: newNetwork(), server: httpserver.NewServer(h, l)}
	s.client = &http.Client{Transport: &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return s.dial(ctx) },
		DisableCompression: true,
	}}
	s.serving = gradetest.Go(func() error { return s.server.Serve(s.network) })
	gradetest.Settle()
	s.serving.MustWait(t, "Serve, before Shutdown,")
	return s
}

// stop ends a service without requests.
func (s *service) stop(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	gradetest.Settle()
	require.NoError(t, s.server.Shutdown(context.Background()), "Shutdown of a server without requests")
	time.Sleep(time.Second)
	require.NoError(t, s.serving.MustReturn(t, "Serve after Shutdown"), "Serve after Shutdown")
}

// answer is what came of a request.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func do(client *http.Client, req *http.Request) answer {
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

func request(ctx context.Context, method, url, body string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	return req
}

func (s *service) get(path string) answer {
	return do(s.client, request(context.Background(), "GET", "http://service"+path, ""))
}

// ask calls a handler without a network.
func ask(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
	return rec
}

// app is an App with one route.
func app(pattern string, h httpserver.Handler) *httpserver.App {
	a := httpserver.NewApp()
	a.Handle(pattern, h)
	return a
}

func say(text string) httpserver.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// soon is for what may take its steps, but no time.
func soon[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	call := gradetest.Go(f)
	gradetest.Settle()
	return call.MustReturn(t, what)
}

// panicOf calls f and returns what it panics with.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
