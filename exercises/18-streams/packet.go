package streams

import (
	"context"
	"errors"
	"net"
	"time"
)

// ErrNoAnswer is returned by Request when no attempt was answered in time.
var ErrNoAnswer = errors.New("streams: no answer")

// Retry says how often Request sends, and how long it waits.
type Retry struct {
	Attempts int           // how often the request is sent at most; below 1 means 1
	Wait     time.Duration // for an answer to the first; twice as long after each further one
}

// Request sends a request as a datagram over conn, such as net.Dial gives for
// "udp", and waits for the answer. When no answer has come in time it sends the
// request again, and when the last attempt has not been answered either, it returns
// ErrNoAnswer: with a Wait of 1 s and 3 Attempts it sends at 0, 1 and 3 s, and
// gives up at 7 s. So the server may get a request more than once.
//
// A datagram begins with eight bytes of identification. Request draws them at
// random, once, for all its attempts. Behind them stands the request; in the answer,
// which begins with the same eight bytes, there is then what Serve says: a 0 and
// the answer, or a 1 and the text of an error, which is returned as *HandlerError.
// Anything else that arrives is not an answer to this request. It is ignored, and
// makes nothing wait any longer.
//
// When ctx ends, Request returns ctx.Err() at once; with a context that has ended
// before, it sends nothing. Any other error of conn ends Request and is returned.
//
// Request leaves conn open and without a read deadline. A conn serves one Request
// at a time; several may run at once on conns of their own.
func Request(ctx context.Context, conn net.Conn, request []byte, retry Retry) ([]byte, error) {
	return nil, nil // TODO
}

// ServePacket answers the datagrams that arrive at pc, each to where it came from,
// until the server is shut down. Then it answers what it has read, closes pc and
// returns ErrServerClosed. Requests and answers are as Request has them; what is
// too short to be a request is ignored.
//
// Up to MaxInFlight requests are handled at once, whoever sent them; while there
// are so many, no further one is read. Errors of ReadFrom are treated as Serve
// treats those of Accept; after Shutdown it returns ErrServerClosed at once, with
// pc closed. An answer that cannot be sent is lost, as any datagram
// may be. Limit and time-outs have no meaning here.
func (s *Server) ServePacket(pc net.PacketConn) error {
	return nil // TODO
}
