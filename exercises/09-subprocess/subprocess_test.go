package subprocess_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/weft-course/weft/exercises/09-subprocess"
)

// TestMain lets the test binary play the programs that the tests start: there
// is no cat on every system, but there is always this one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as" {
		os.Exit(pretend(os.Args[2], os.Args[3:]))
	}
	os.Exit(m.Run())
}

// pretend plays a program and returns its exit code.
func pretend(name string, args []string) int {
	switch name {
	case "cat": // copies its input to its output
		io.Copy(os.Stdout, os.Stdin)
	case "exit": // ends with an exit code
		code, _ := strconv.Atoi(args[0])
		return code
	}
	return 0
}

func program(name string, args ...string) subprocess.Command {
	env := append(os.Environ(), "GORACE=atexit_sleep_ms=0") // the race detector would wait a second at its end
	return subprocess.Command{Path: os.Args[0], Args: append([]string{"as", name}, args...), Env: env}
}

func TestRunCat(t *testing.T) {
	got, err := subprocess.Run(context.Background(), program("cat"), []byte("hello"))
	if err != nil {
		t.Fatalf("Run(cat): got error %v, want none", err)
	}
	if string(got.Stdout) != "hello" {
		t.Errorf("output of cat with the input %q: got %q, want the same", "hello", got.Stdout)
	}
}

func TestRunExitCode(t *testing.T) {
	got, err := subprocess.Run(context.Background(), program("exit", "3"), nil)
	if err != nil {
		t.Fatalf("Run(exit 3): got error %v, want none: an exit code is no error", err)
	}
	if got.Code != 3 || got.Signal != 0 {
		t.Errorf("status of exit 3: got %+v, want {Code:3 Signal:0}", got.Status)
	}
}

func TestWaitAndPoll(t *testing.T) {
	p, err := subprocess.Start(program("exit", "4"))
	if err != nil {
		t.Fatalf("Start: got error %v, want none", err)
	}
	if got, err := p.Wait(context.Background()); err != nil || got.Code != 4 {
		t.Errorf("Wait for exit 4: got %+v and error %v, want Code 4 and none", got, err)
	}
	if got, ended := p.Poll(); !ended || got.Code != 4 {
		t.Errorf("Poll after Wait: got %+v, %v, want Code 4, true", got, ended)
	}
}

func TestPipelineOfTwo(t *testing.T) {
	input := bytes.Repeat([]byte("weft "), 1000)
	got, err := subprocess.Pipeline(context.Background(), input, program("cat"), program("cat"))
	if err != nil {
		t.Fatalf("Pipeline(cat, cat): got error %v, want none", err)
	}
	if len(got) != 2 {
		t.Fatalf("results of Pipeline(cat, cat): got %d, want 2", len(got))
	}
	if !bytes.Equal(got[1].Stdout, input) {
		t.Errorf("output of cat | cat with 5000 bytes of input: got %d bytes, or others; want the same", len(got[1].Stdout))
	}
}
