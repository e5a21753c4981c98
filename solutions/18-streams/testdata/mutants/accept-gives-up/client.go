package streams

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
)

// HandlerError is what Call and Request return when the handler of the server
// returned an error: its text.
type HandlerError struct{ Text string }

func (e *HandlerError) Error() string { return e.Text }

// Client sends requests to a Server over one connection. Its methods may be
// called by any number of goroutines; their requests share the connection and do
// not wait for one another's answers.
type Client struct {
	conn    net.Conn
	calls   chan *call    // to the goroutine that writes
	pending chan *call    // from there to the one that reads, in the same order
	ended   chan struct{} // closed when the connection is
	end     sync.Once
	err     error // why it ended; set before ended is closed
}

// call is one request on its way.
type call struct {
	frame  []byte
	answer chan []byte // has room for it: who has given up holds up nobody
}

// mostPending is how many requests may wait for their answers.
const mostPending = 256

// NewClient returns a client that uses conn, which belongs to it from now on.
func NewClient(conn net.Conn) *Client {
	c := &Client{
		conn:    conn,
		calls:   make(chan *call),
		pending: make(chan *call, mostPending),
		ended:   make(chan struct{}),
	}
	go c.write()
	go c.read()
	return c
}

// Dial connects to a server over TCP. The context bounds the connecting only; when
// it ends first, the error wraps ctx.Err().
func Dial(ctx context.Context, addr string) (*Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

// DialTLS connects to a server over TLS on TCP. It returns an error, and leaves
// nothing open, unless the server has a certificate that one of roots vouches for,
// that is valid now, and that is made out to the host in addr. The error wraps the
// one of crypto/x509 which says what is wrong. The context bounds the connecting
// and the handshake; when it ends first, the error wraps ctx.Err().
func DialTLS(ctx context.Context, addr string, roots *x509.CertPool) (*Client, error) {
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots}} // takes the host from addr
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return NewClient(conn), nil
}

// Call sends a request and returns the answer to it. An error of the server's
// handler comes back as a *HandlerError. Once Call has returned, the request
// belongs to the caller again.
//
// When ctx ends first, Call returns ctx.Err() at once, even if the server takes
// no bytes; with a context that has ended before, it sends nothing. The answer to
// a call that was given up goes to nobody, and to no other call. (If the context
// ends while a request is being written, and only then, the connection may be
// closed.)
//
// When the connection ends, all calls that wait return an error, and so do all
// later ones. After Close it is net.ErrClosed, otherwise the one with which reading
// or writing ended, io.EOF if the server has closed the connection between two answers.
// An answer that is larger than DefaultLimit, that is none, or that nobody has asked
// for, ends the connection. However it ends, the client closes its side of it and
// leaves no goroutine, even if Close is never called.
func (c *Client) Call(ctx context.Context, request []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	mine := &call{frame: appendFrame(nil, request), answer: make(chan []byte, 1)}
	select {
	case c.calls <- mine:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
		return nil, c.err
	}
	select {
	case answer := <-mine.answer:
		return unpack(answer)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ended:
	}
	select {
	case answer := <-mine.answer: // it came just before the end
		return unpack(answer)
	default:
		return nil, c.err
	}
}

// Close closes the connection. Calls that wait return net.ErrClosed. Closing it
// again does nothing.
func (c *Client) Close() error {
	return c.fail(net.ErrClosed)
}

// fail ends the connection for the given reason, unless it has ended before.
func (c *Client) fail(reason error) (err error) {
	c.end.Do(func() {
		c.err = reason
		close(c.ended)
		err = c.conn.Close()
	})
	return err
}

// write sends the requests, one after another.
func (c *Client) write() {
	for {
		select {
		case <-c.ended:
			return
		case next := <-c.calls:
			select {
			case c.pending <- next: // before its answer can come
			case <-c.ended:
				return
			}
			if _, err := c.conn.Write(next.frame); err != nil {
				c.fail(err)
				return
			}
		}
	}
}

var (
	errUnasked   = errors.New("streams: answer without a request")
	errMalformed = errors.New("streams: malformed answer")
)

// read gives each answer to the call that has waited longest.
func (c *Client) read() {
	in := bufio.NewReader(c.conn)
	for {
		answer, err := ReadFrame(in, DefaultLimit)
		if err == nil && !wellFormed(answer) {
			err = errMalformed
		}
		if err != nil {
			c.fail(err)
			return
		}
		select {
		case first := <-c.pending:
			first.answer <- answer
		default:
			c.fail(errUnasked)
			return
		}
	}
}

// wellFormed reports whether b is an answer.
func wellFormed(b []byte) bool { return len(b) > 0 && b[0] <= statusError }

// unpack takes a well-formed answer apart.
func unpack(b []byte) ([]byte, error) {
	if b[0] == statusError {
		return nil, &HandlerError{Text: string(b[1:])}
	}
	return b[1:], nil
}
