// Package streams carries requests and answers over TCP, TLS and UDP.
package streams

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// DefaultLimit is the largest frame that a Server reads if its Limit is 0, and
// the largest that a Client reads.
const DefaultLimit = 1 << 20

// ErrFrameTooLarge is returned for a frame that is larger than the limit.
var ErrFrameTooLarge = errors.New("streams: frame larger than the limit")

// headerSize is the number of bytes that say how long a frame is.
const headerSize = 4

// WriteFrame writes p as one frame: its length, four bytes with the highest
// first, and then p itself. A p that is too long for four bytes gives
// ErrFrameTooLarge, and nothing is written.
func WriteFrame(w io.Writer, p []byte) error {
	if uint64(len(p)) > math.MaxUint32 {
		return ErrFrameTooLarge
	}
	// One Write: two would be two packets, and somebody could get in between.
	_, err := w.Write(appendFrame(nil, p))
	return err
}

// appendFrame appends a frame whose payload is all the parts together.
func appendFrame(b []byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// firstPiece is how much memory a frame gets before any of it has arrived.
const firstPiece = 32 << 10

// ReadFrame reads one frame, and not a byte more, and returns what is in it. How
// the bytes are cut into pieces on their way makes no difference.
//
// A frame of more than limit bytes gives ErrFrameTooLarge as soon as its length
// has been read. For all others, memory grows with the bytes that arrive, not
// with the length that was announced. If r ends before the first byte of a frame
// the error is io.EOF; if it ends within a frame, io.ErrUnexpectedEOF. Other
// errors of r are returned as they are.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	announced := int64(binary.BigEndian.Uint32(header[:]))
	if announced > int64(limit) {
		return nil, ErrFrameTooLarge
	}
	size := int(announced)
	p := make([]byte, 0, min(size, firstPiece))
	for len(p) < size {
		if len(p) == cap(p) { // all of it has arrived: twice as much may come
			p = append(make([]byte, 0, min(size, 2*len(p))), p...)
		}
		n, err := io.ReadFull(r, p[len(p):cap(p)])
		p = p[:len(p)+n]
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}
