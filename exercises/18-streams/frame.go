// Package streams carries requests and answers over TCP, TLS and UDP.
package streams

import (
	"errors"
	"io"
)

// DefaultLimit is the largest frame that a Server reads if its Limit is 0, and
// the largest that a Client reads.
const DefaultLimit = 1 << 20

// ErrFrameTooLarge is returned for a frame that is larger than the limit.
var ErrFrameTooLarge = errors.New("streams: frame larger than the limit")

// WriteFrame writes p as one frame: its length, four bytes with the highest
// first, and then p itself. A p that is too long for four bytes gives
// ErrFrameTooLarge, and nothing is written.
func WriteFrame(w io.Writer, p []byte) error {
	return nil // TODO
}

// ReadFrame reads one frame, and not a byte more, and returns what is in it. How
// the bytes are cut into pieces on their way makes no difference.
//
// A frame of more than limit bytes gives ErrFrameTooLarge as soon as its length
// has been read. For all others, memory grows with the bytes that arrive, not
// with the length that was announced. If r ends before the first byte of a frame
// the error is io.EOF; if it ends within a frame, io.ErrUnexpectedEOF. Other
// errors of r are returned as they are.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	return nil, nil // TODO
}
