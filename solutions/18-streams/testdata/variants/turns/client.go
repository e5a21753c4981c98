package streams

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"time"
)

type HandlerError struct{ Text string }

func (e *HandlerError) Error() string { return e.Text }

// Client lets every caller write its own request, one at a time.
type Client struct {
	conn net.Conn
	pen  chan struct{} // holds one token: who has it writes

	mu      sync.Mutex
	waiting []chan reply // in the order of the requests
	err     error
	ended   chan struct{}
}

type reply struct {
	body []byte
	err  error
}

func NewClient(conn net.Conn) *Client {
	c := &Client{conn: conn, pen: make(chan struct{}, 1), ended: make(chan struct{})}
	c.pen <- struct{}{}
	go c.read()
	return c
}

func Dial(ctx context.Context, addr string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

func DialTLS(ctx context.Context, addr string, roots *x509.CertPool) (*Client, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: host})
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return NewClient(conn), nil
}

func (c *Client) Call(ctx context.Context, request []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case <-c.pen:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
		return nil, c.reason()
	}
	got, err := c.send(ctx, request)
	c.pen <- struct{}{}
	if err != nil {
		return nil, err
	}
	select {
	case r := <-got:
		return r.body, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// send queues for an answer and writes the request. A context that ends meanwhile ends the connection.
func (c *Client) send(ctx context.Context, request []byte) (<-chan reply, error) {
	got := make(chan reply, 1)
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return nil, c.err
	}
	c.waiting = append(c.waiting, got)
	c.mu.Unlock()
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.conn.SetWriteDeadline(time.Unix(1, 0))
		close(interrupted)
	})
	err := WriteFrame(c.conn, request)
	if !stop() {
		<-interrupted
		c.conn.SetWriteDeadline(time.Time{})
	}
	if err != nil {
		c.fail(err)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return got, nil
}

func (c *Client) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Client) Close() error {
	c.fail(net.ErrClosed)
	return nil
}

func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	for _, w := range c.waiting {
		w <- reply{err: err}
	}
	c.waiting = nil
	close(c.ended)
	c.conn.Close()
}

func (c *Client) read() {
	for {
		b, err := ReadFrame(c.conn, DefaultLimit)
		if err == nil && (len(b) == 0 || b[0] > 1) {
			err = errors.New("streams: not an answer")
		}
		if err != nil {
			c.fail(err)
			return
		}
		r := reply{body: b[1:]}
		if b[0] == 1 {
			r = reply{err: &HandlerError{string(b[1:])}}
		}
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.mu.Unlock()
			c.fail(errors.New("streams: answer to nothing"))
			return
		}
		c.waiting[0] <- r
		c.waiting = c.waiting[1:]
		c.mu.Unlock()
	}
}
