package streams

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"time"
)

// ErrNoAnswer is returned by Request when no attempt was answered in time.
var ErrNoAnswer = errors.New("streams: no answer")

const (
	idSize      = 8
	maxDatagram = 64 << 10 // no UDP datagram is larger
)

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
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer interruptReads(ctx, conn)()
	id := binary.BigEndian.AppendUint64(nil, rand.Uint64())
	datagram := append(id[:idSize:idSize], request...)
	buf := make([]byte, maxDatagram)
	wait := retry.Wait
	for range max(1, retry.Attempts) {
		if _, err := conn.Write(datagram); err != nil {
			return nil, err
		}
		answer, err := awaitAnswer(ctx, conn, id, buf, time.Now().Add(wait))
		switch {
		case err == nil:
			return unpack(answer)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		}
		wait *= 2
	}
	return nil, ErrNoAnswer
}

// interruptReads lets reads from conn fail once ctx has ended. The function it
// returns ends this, and takes the deadline away.
func interruptReads(ctx context.Context, conn net.Conn) (undo func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		conn.SetReadDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-done
		}
		conn.SetReadDeadline(time.Time{})
	}
}

// awaitAnswer reads until the answer comes, or until the deadline.
func awaitAnswer(ctx context.Context, conn net.Conn, id, buf []byte, deadline time.Time) ([]byte, error) {
	conn.SetReadDeadline(deadline)
	if err := ctx.Err(); err != nil {
		return nil, err // its deadline may have come before ours, and be lost
	}
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, err
		}
		if n < idSize {
			continue
		}
		if answer := buf[idSize:n]; wellFormed(answer) {
			return answer, nil
		}
	}
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
	p := &packets{PacketConn: pc, drained: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if !s.add(p) {
		p.cut()
		return ErrServerClosed
	}
	defer s.remove(p)
	defer p.cut()
	var handlers sync.WaitGroup
	defer handlers.Wait()

	places := make(chan struct{}, s.maxInFlight())
	buf := make([]byte, maxDatagram)
	var pause pause
	for {
		places <- struct{}{}
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			<-places
			switch {
			case p.isDrained():
				return ErrServerClosed
			case errors.Is(err, net.ErrClosed):
				return err
			}
			pause.wait(p.drained)
			continue
		}
		pause.reset()
		if n < idSize {
			<-places
			continue
		}
		datagram := append([]byte(nil), buf[:n]...)
		handlers.Go(func() {
			defer func() { <-places }()
			status, text := s.handle(p.ctx, datagram[idSize:])
			answer := append(datagram[:idSize:idSize], status...)
			pc.WriteTo(append(answer, text...), from)
		})
	}
}

// packets is a net.PacketConn that Shutdown can end.
type packets struct {
	net.PacketConn
	ctx     context.Context // of the handlers
	cancel  context.CancelFunc
	drained chan struct{} // closed by drain, which Shutdown calls once
}

func (p *packets) isDrained() bool {
	select {
	case <-p.drained:
		return true
	default:
		return false
	}
}

func (p *packets) drain() {
	close(p.drained)
	p.SetReadDeadline(time.Unix(1, 0))
}

func (p *packets) cut() {
	p.cancel()
	p.Close()
}
