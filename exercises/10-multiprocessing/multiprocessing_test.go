package multiprocessing_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/weft-course/weft/exercises/10-multiprocessing"
)

// TestMain is for a test binary what main is for a program. In a process that
// Start has made, Main must not return: it would start all tests again, and
// they more processes, and so on.
func TestMain(m *testing.M) {
	multiprocessing.Main()
	const inside = "WEFT_TEN_VISIBLE"
	if os.Getenv(inside) != "" {
		fmt.Fprintln(os.Stderr, "Main has returned in a process that Start has made")
		os.Exit(97)
	}
	os.Setenv(inside, "1")
	os.Exit(m.Run())
}

var square = multiprocessing.Register("square", func(n int, parent *multiprocessing.Pipe) error {
	return parent.Send([]byte(strconv.Itoa(n * n)))
})

var fails = multiprocessing.Register("fails", func(text string, _ *multiprocessing.Pipe) error {
	return errors.New(text)
})

// talker derives, as Python would say, from Process.
type talker struct{ Name string }

func (w talker) Run(parent *multiprocessing.Pipe) error {
	question, err := parent.Recv()
	if err != nil {
		return err
	}
	return parent.Send([]byte(fmt.Sprintf("%s? I am %s, in process %d", question, w.Name, os.Getpid())))
}

var talk = multiprocessing.RegisterRunner[talker]("talker")

func finished(t *testing.T, p *multiprocessing.Process, want int) {
	t.Helper()
	if err := p.Join(context.Background()); err != nil {
		t.Errorf("Join: got error %v, want none", err)
	}
	if code, ended := p.ExitCode(); !ended || code != want {
		t.Errorf("ExitCode after Join: got %d, %v, want %d, true", code, ended, want)
	}
}

func TestSquare(t *testing.T) {
	p := multiprocessing.New(square, 12)
	if err := p.Start(); err != nil {
		t.Fatalf("Start: got error %v, want none", err)
	}
	if got, err := p.Pipe().Recv(); string(got) != "144" || err != nil {
		t.Errorf("message from square(12): got %q, %v, want %q", got, err, "144")
	}
	finished(t, p, 0)
}

func TestError(t *testing.T) {
	p := multiprocessing.New(fails, "this is part of the test")
	if err := p.Start(); err != nil {
		t.Fatalf("Start: got error %v, want none", err)
	}
	finished(t, p, 1)
}

func TestRunner(t *testing.T) {
	p := multiprocessing.New(talk, talker{Name: "worker"})
	if err := p.Start(); err != nil {
		t.Fatalf("Start: got error %v, want none", err)
	}
	if err := p.Pipe().Send([]byte("who are you")); err != nil {
		t.Errorf("Send: got error %v, want none", err)
	}
	want := fmt.Sprintf("who are you? I am worker, in process %d", p.Pid())
	if got, err := p.Pipe().Recv(); string(got) != want || err != nil {
		t.Errorf("message from a Runner: got %q, %v, want %q", got, err, want)
	}
	finished(t, p, 0)
}
