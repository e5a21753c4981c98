// Package streams carries requests and answers over TCP, TLS and UDP.
package streams

import (
	"errors"
	"io"
	"math"
)

const DefaultLimit = 1 << 20

var ErrFrameTooLarge = errors.New("streams: frame larger than the limit")

func WriteFrame(w io.Writer, p []byte) error {
	n := len(p)
	if uint64(n) > math.MaxUint32 {
		return ErrFrameTooLarge
	}
	if _, err := w.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}); err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	_, err := w.Write(p)
	return err
}

// ReadFrame lets io.ReadAll find out how much there is.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	h := make([]byte, 4)
	if _, err := io.ReadFull(r, h); err != nil {
		return nil, err
	}
	n := int64(h[0])<<24 | int64(h[1])<<16 | int64(h[2])<<8 | int64(h[3])
	if n > int64(limit) {
		return nil, ErrFrameTooLarge
	}
	p, err := io.ReadAll(io.LimitReader(r, n))
	if err == nil && int64(len(p)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
