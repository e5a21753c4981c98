package streams_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/18-streams"
)

func TestFrameOnTheWire(t *testing.T) {
	for _, p := range []string{"weft", "", "x", strings.Repeat("long", 100), strings.Repeat("longer", 50_000)} {
		var b bytes.Buffer
		require.NoError(t, streams.WriteFrame(&b, []byte(p)), "WriteFrame into a buffer")
		require.Equal(t, frame(p), b.Bytes(), "bytes of a frame with %d bytes in it", len(p))
	}
	broken := errors.New("no more paper")
	require.ErrorIs(t, streams.WriteFrame(brokenWriter{broken}, []byte("weft")), broken, "error of WriteFrame when Write fails")
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// TestFrameInPieces reads what comes in the smallest pieces there are.
func TestFrameInPieces(t *testing.T) {
	long := strings.Repeat("0123456789", 20_000)
	for name, pieces := range map[string]func(io.Reader) io.Reader{
		"one byte at a time":           iotest.OneByteReader,
		"half of what was asked for":   iotest.HalfReader,
		"the error with the last byte": iotest.DataErrReader,
	} {
		r := pieces(bytes.NewReader(frames("weft", "", long)))
		for _, want := range []string{"weft", "", long} {
			got, err := streams.ReadFrame(r, len(long))
			require.NoError(t, err, "error of ReadFrame from a reader that gives %s", name)
			require.True(t, want == string(got), "has ReadFrame read what was written, %d bytes, from a reader that gives %s?", len(want), name)
		}
		_, err := streams.ReadFrame(r, 10)
		require.ErrorIs(t, err, io.EOF, "error of ReadFrame behind the last frame")
	}
}

// TestFrameAndNoMore: what comes behind a frame is somebody else's.
func TestFrameAndNoMore(t *testing.T) {
	r := bytes.NewReader(append(frame("weft"), "warp"...))
	got, err := streams.ReadFrame(r, 4)
	require.NoError(t, err, "error of ReadFrame")
	require.Equal(t, "weft", string(got), "the frame")
	require.Equal(t, 4, r.Len(), "bytes left in the reader, of the four behind the frame")
}

func TestFrameBreaksOff(t *testing.T) {
	whole := frame("weft")
	for n := range whole {
		_, err := streams.ReadFrame(bytes.NewReader(whole[:n]), 10)
		if n == 0 {
			require.ErrorIs(t, err, io.EOF, "error of ReadFrame when nothing comes")
			require.NotErrorIs(t, err, io.ErrUnexpectedEOF, "error of ReadFrame when nothing comes")
			continue
		}
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "error of ReadFrame when only %d of 8 bytes come", n)
		require.NotErrorIs(t, err, io.EOF, "error of ReadFrame when only %d of 8 bytes come", n)
	}
	torn := errors.New("torn")
	_, err := streams.ReadFrame(io.MultiReader(bytes.NewReader(whole[:6]), iotest.ErrReader(torn)), 10)
	require.ErrorIs(t, err, torn, "error of ReadFrame when the reader fails within a frame")
	require.NotErrorIs(t, err, io.ErrUnexpectedEOF, "error of ReadFrame when the reader fails within a frame")
}

func TestFrameLimit(t *testing.T) {
	got, err := streams.ReadFrame(bytes.NewReader(frame("weft")), 4)
	require.NoError(t, err, "error of ReadFrame for a frame that just fits")
	require.Equal(t, "weft", string(got), "a frame that just fits")
	for _, header := range []string{"\x00\x00\x00\x05", "\x7f\xff\xff\xff", "\x80\x00\x00\x00", "\xff\xff\xff\xff"} {
		r := strings.NewReader(header + "behind")
		_, err := streams.ReadFrame(r, 4)
		require.ErrorIs(t, err, streams.ErrFrameTooLarge, "error of ReadFrame for a length of %x and a limit of 4", header)
		require.Equal(t, 6, r.Len(), "bytes left behind the header of a frame that is too large")
	}
	_, err = streams.ReadFrame(bytes.NewReader(frame("")), 0)
	require.NoError(t, err, "error of ReadFrame for an empty frame and a limit of 0")
}

// TestFrameThatLies announces 16 MiB and sends ten bytes.
func TestFrameThatLies(t *testing.T) {
	for _, limit := range []int{1 << 20, 1 << 24} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := streams.ReadFrame(strings.NewReader("\x01\x00\x00\x00ten bytes."), limit)
		runtime.ReadMemStats(&after)
		require.Error(t, err, "ReadFrame of a frame that is not all there")
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "bytes of memory that ReadFrame took for a frame of which ten bytes came, with a limit of %d", limit)
	}
}
