package streams

import (
	"context"
	"crypto/x509"
	"net"
)

// HandlerError is what Call and Request return when the handler of the server
// returned an error: its text.
type HandlerError struct{ Text string }

func (e *HandlerError) Error() string { return e.Text }

// Client sends requests to a Server over one connection. Its methods may be
// called by any number of goroutines; their requests share the connection and do
// not wait for one another's answers.
type Client struct {
	// TODO: what do the calls share?
}

// NewClient returns a client that uses conn, which belongs to it from now on.
func NewClient(conn net.Conn) *Client {
	return &Client{} // TODO
}

// Dial connects to a server over TCP. The context bounds the connecting only; when
// it ends first, the error wraps ctx.Err().
func Dial(ctx context.Context, addr string) (*Client, error) {
	return NewClient(nil), nil // TODO
}

// DialTLS connects to a server over TLS on TCP. It returns an error, and leaves
// nothing open, unless the server has a certificate that one of roots vouches for,
// that is valid now, and that is made out to the host in addr. The error wraps the
// one of crypto/x509 which says what is wrong. The context bounds the connecting
// and the handshake; when it ends first, the error wraps ctx.Err().
func DialTLS(ctx context.Context, addr string, roots *x509.CertPool) (*Client, error) {
	return NewClient(nil), nil // TODO
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
	return nil, nil // TODO
}

// Close closes the connection. Calls that wait return net.ErrClosed. Closing it
// again does nothing.
func (c *Client) Close() error {
	return nil // TODO
}
