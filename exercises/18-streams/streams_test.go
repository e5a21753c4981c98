package streams_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/weft-course/weft/exercises/18-streams"
)

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	for _, p := range []string{"warp", "", "weft"} {
		if err := streams.WriteFrame(&b, []byte(p)); err != nil {
			t.Fatalf("WriteFrame(%q): %v", p, err)
		}
	}
	if want := "\x00\x00\x00\x04warp\x00\x00\x00\x00\x00\x00\x00\x04weft"; b.String() != want {
		t.Fatalf("three frames on the wire: got %q, want %q", b.String(), want)
	}
	for _, want := range []string{"warp", "", "weft"} {
		if p, err := streams.ReadFrame(&b, 4); err != nil || string(p) != want {
			t.Fatalf("ReadFrame: got %q, %v; want %q", p, err, want)
		}
	}
	if _, err := streams.ReadFrame(&b, 4); !errors.Is(err, io.EOF) {
		t.Errorf("ReadFrame behind the last frame: got error %v, want io.EOF", err)
	}
	b.WriteString("\x00\x00\x00\x05")
	if _, err := streams.ReadFrame(&b, 4); !errors.Is(err, streams.ErrFrameTooLarge) {
		t.Errorf("ReadFrame of five bytes with a limit of four: got error %v, want ErrFrameTooLarge", err)
	}
}

// loud answers in capitals.
func loud(_ context.Context, request []byte) ([]byte, error) {
	if len(request) == 0 {
		return nil, errors.New("nothing asked")
	}
	return bytes.ToUpper(request), nil
}

func TestServerAndClient(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &streams.Server{Handler: loud}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()

	c, err := streams.Dial(ctx, ln.Addr().String())
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	if answer, err := c.Call(ctx, []byte("weft")); err != nil || string(answer) != "WEFT" {
		t.Errorf("Call: got %q, %v; want WEFT", answer, err)
	}
	var failed *streams.HandlerError
	if _, err := c.Call(ctx, nil); !errors.As(err, &failed) || failed.Text != "nothing asked" {
		t.Errorf("Call that the handler refuses: got error %v, want a *HandlerError that says: nothing asked", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	select {
	case err := <-served:
		if !errors.Is(err, streams.ErrServerClosed) {
			t.Errorf("Serve after Shutdown: got error %v, want ErrServerClosed", err)
		}
	case <-ctx.Done():
		t.Error("Serve has not returned after Shutdown")
	}
	ln.Close()
}

func TestRequestAndServePacket(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &streams.Server{Handler: loud}
	served := make(chan error, 1)
	go func() { served <- s.ServePacket(pc) }()

	conn, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer, err := streams.Request(ctx, conn, []byte("weft"), streams.Retry{Attempts: 3, Wait: time.Second})
	if err != nil || string(answer) != "WEFT" {
		t.Errorf("Request: got %q, %v; want WEFT", answer, err)
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	select {
	case err := <-served:
		if !errors.Is(err, streams.ErrServerClosed) {
			t.Errorf("ServePacket after Shutdown: got error %v, want ErrServerClosed", err)
		}
	case <-ctx.Done():
		t.Error("ServePacket has not returned after Shutdown")
	}
	pc.Close()
}
