// Package streams carries requests and answers over TCP, TLS and UDP.
package streams

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

const DefaultLimit = 1 << 20

var ErrFrameTooLarge = errors.New("streams: frame larger than the limit")

func WriteFrame(w io.Writer, p []byte) error {
	if uint64(len(p)) > math.MaxUint32 {
		return ErrFrameTooLarge
	}
	b := make([]byte, 4+len(p))
	binary.BigEndian.PutUint32(b, uint32(len(p)))
	copy(b[4:], p)
	_, err := w.Write(b)
	return err
}

// ReadFrame leaves it to a bytes.Buffer to grow with what arrives.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	var n uint32
	if err := binary.Read(r, binary.BigEndian, &n); err != nil {
		return nil, err
	}
	if int64(n) > int64(limit) {
		return nil, ErrFrameTooLarge
	}
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, int64(n))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b.Bytes(), err
}
