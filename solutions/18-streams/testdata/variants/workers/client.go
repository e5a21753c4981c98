package streams

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
)

type HandlerError struct{ Text string }

func (e *HandlerError) Error() string { return e.Text }

// Client has two lists: what has still to be sent, and who waits for an answer.
type Client struct {
	conn net.Conn

	mu      sync.Mutex
	changed *sync.Cond
	outbox  [][]byte
	queue   []*ticket
	err     error
}

// ticket is one call. Its answer and err are set before ready is closed.
type ticket struct {
	answer []byte
	err    error
	ready  chan struct{}
}

func NewClient(conn net.Conn) *Client {
	c := &Client{conn: conn}
	c.changed = sync.NewCond(&c.mu)
	go c.sendAll()
	go c.receiveAll()
	return c
}

func Dial(ctx context.Context, addr string) (*Client, error) {
	d := net.Dialer{}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

func DialTLS(ctx context.Context, addr string, roots *x509.CertPool) (*Client, error) {
	d := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

func (c *Client) Call(ctx context.Context, request []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := &ticket{ready: make(chan struct{})}
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return nil, c.err
	}
	c.outbox = append(c.outbox, bytes.Clone(request))
	c.queue = append(c.queue, t)
	c.changed.Signal()
	c.mu.Unlock()
	select {
	case <-t.ready:
		return t.answer, t.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Client) Close() error { return c.end(net.ErrClosed) }

func (c *Client) end(reason error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil
	}
	c.err = reason
	for _, t := range c.queue {
		t.err = reason
		close(t.ready)
	}
	c.queue, c.outbox = nil, nil
	c.changed.Broadcast()
	return c.conn.Close()
}

func (c *Client) next() ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.outbox) == 0 && c.err == nil {
		c.changed.Wait()
	}
	if c.err != nil {
		return nil, false
	}
	p := c.outbox[0]
	c.outbox = c.outbox[1:]
	return p, true
}

func (c *Client) sendAll() {
	for {
		p, ok := c.next()
		if !ok {
			return
		}
		if err := WriteFrame(c.conn, p); err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Client) receiveAll() {
	for {
		b, err := ReadFrame(c.conn, DefaultLimit)
		if err == nil {
			err = c.deliver(b)
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Client) deliver(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(b) == 0 || b[0] > 1 || len(c.queue) == 0 {
		return errors.New("streams: what the server sends is no answer")
	}
	t := c.queue[0]
	c.queue = c.queue[1:]
	if b[0] == 0 {
		t.answer = b[1:]
	} else {
		t.err = &HandlerError{Text: string(b[1:])}
	}
	close(t.ready)
	return nil
}
