package multiprocessing_test

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

// TestEchoOfEverySize asks one process after the other size: around what a pipe
// of the system holds, and what one or two bytes can count.
func TestEchoOfEverySize(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(echo, struct{}{}))
	for _, n := range []int{0, 1, 0, 255, 256, 4096, 1<<16 - 1, 1 << 16, 1<<16 + 1, 300_000} {
		// One side sends and the other receives: Send may wait for room.
		sent := pattern(n)
		sending := gradetest.Go(func() error { return p.Pipe().Send(sent) })
		got, err := p.Pipe().Recv()
		require.NoError(t, err, "Recv of a message of %d bytes", n)
		require.NoError(t, sending.Wait(), "Send of a message of %d bytes", n)
		require.Len(t, got, n, "length of a message that came back")
		require.True(t, bytes.Equal(sent, got), "the same bytes came back, of a message of %d bytes", n)
	}
	require.NoError(t, p.Pipe().Send([]byte("stop")), "Send")
	join(t, p)
	wantCode(t, 0, p, "a process that echoes until it is told to stop")
}

func TestMessagesOutliveTheSender(t *testing.T) {
	gradetest.RealTime(t)
	p := start(t, multiprocessing.New(chatty, struct{}{}))
	join(t, p)
	for i := range 3 {
		require.Equal(t, i, hear[int](t, p), "message that a process sent before it ended")
	}
	for range 2 {
		_, err := p.Pipe().Recv()
		require.Equal(t, io.EOF, err, "error of Recv when all messages of a process that has ended are received")
	}
	require.Error(t, p.Pipe().Send([]byte("hello")), "Send to a process that has ended")
}

// wire is an end of a connection in memory, with room for everything.
type wire struct {
	mu sync.Mutex
	bytes.Buffer
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Write(b)
}

func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Buffer.Read(b)
}

// TestShortReads hands the receiver single bytes, as a slow connection does.
func TestShortReads(t *testing.T) {
	var w wire
	from, to := multiprocessing.NewPipe(&wire{}, &w), multiprocessing.NewPipe(iotest.OneByteReader(&w), &wire{})
	for _, msg := range []string{"first", "", "a line\nand \x00 another", string(pattern(5_000))} {
		require.NoError(t, from.Send([]byte(msg)), "Send")
		got, err := to.Recv()
		require.NoError(t, err, "Recv")
		require.True(t, msg == string(got), "the same message received as sent, of %d bytes and not of %d", len(msg), len(got))
	}
}

// TestBrokenOff ends the stream after each byte of a message but the last.
func TestBrokenOff(t *testing.T) {
	var w bytes.Buffer
	require.NoError(t, multiprocessing.NewPipe(&wire{}, &w).Send([]byte("message")), "Send")
	whole := w.Bytes()
	require.NotEmpty(t, whole, "what Send has written when it returns")
	for n := range whole {
		got, err := multiprocessing.NewPipe(bytes.NewReader(whole[:n]), &wire{}).Recv()
		switch {
		case n == 0:
			require.Equal(t, io.EOF, err, "error of Recv when the sender has sent nothing")
		case err == nil: // the last bytes may be for the sake of form
			require.Equal(t, "message", string(got), "message received")
		default:
			require.Equal(t, io.ErrUnexpectedEOF, err, "error of Recv after %d of %d bytes", n, len(whole))
		}
	}
}

// TestMessagesBelongToTheirOwners changes what was sent, and receives again
// before it looks at what was received.
func TestMessagesBelongToTheirOwners(t *testing.T) {
	var w wire
	p := multiprocessing.NewPipe(&w, &w)
	msg := []byte("one")
	require.NoError(t, p.Send(msg), "Send")
	copy(msg, "xxx")
	require.NoError(t, p.Send([]byte("two")), "Send")
	first, err := p.Recv()
	require.NoError(t, err, "Recv")
	second, err := p.Recv()
	require.NoError(t, err, "Recv")
	require.Equal(t, "one", string(first), "first message, after the second was received")
	require.Equal(t, "two", string(second), "second message")
}

// TestSendersDoNotMix has two begin together.
func TestSendersDoNotMix(t *testing.T) {
	gradetest.Stress(t, 50, func(t *testing.T) {
		var w wire
		p := multiprocessing.NewPipe(&w, &w)
		a, b := gradetest.Go(func() error { return p.Send([]byte("aaaaaaa")) }), gradetest.Go(func() error { return p.Send([]byte("bb")) })
		require.NoError(t, a.Wait(), "Send")
		require.NoError(t, b.Wait(), "Send")
		var got []string
		for range 2 {
			msg, err := p.Recv()
			require.NoError(t, err, "Recv of what two goroutines have sent")
			got = append(got, string(msg))
		}
		require.ElementsMatch(t, []string{"aaaaaaa", "bb"}, got, "messages of two senders")
	})
}

// silence is a reader that says when it is read, and gives nothing until it is told to.
type silence struct{ reading, end chan struct{} }

func (s silence) Read([]byte) (int, error) {
	select {
	case s.reading <- struct{}{}:
	default:
	}
	<-s.end
	return 0, io.EOF
}

// TestReceiverHoldsUpNobody sends while somebody waits for a message.
func TestReceiverHoldsUpNobody(t *testing.T) {
	s := silence{make(chan struct{}, 1), make(chan struct{})}
	var w wire
	p := multiprocessing.NewPipe(s, &w)
	returned := make(chan struct{})
	receiving := gradetest.Go(func() error {
		defer close(returned)
		_, err := p.Recv()
		return err
	})
	select {
	case <-s.reading:
	case <-returned:
		t.Fatal("Recv returned before anything could be read")
	}
	require.NoError(t, p.Send([]byte("message")), "Send while another goroutine waits in Recv")
	close(s.end)
	require.Equal(t, io.EOF, receiving.Wait(), "error of a Recv that waited while another goroutine sent")
}
