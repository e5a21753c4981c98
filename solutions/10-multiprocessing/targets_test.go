package multiprocessing_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/10-multiprocessing"
)

// A process starts with the program: what it can run must be here, at package level.
var (
	returns = multiprocessing.Register("hidden: returns", func(struct{}, *multiprocessing.Pipe) error { return nil })
	whoami  = multiprocessing.Register("hidden: whoami", func(_ struct{}, parent *multiprocessing.Pipe) error {
		return say(parent, []int{os.Getpid(), os.Getppid()})
	})
	ends    = multiprocessing.Register("hidden: ends", end)
	bump    = multiprocessing.Register("hidden: bump", bumpShared)
	tell    = multiprocessing.Register("hidden: tell", func(b baggage, parent *multiprocessing.Pipe) error { return say(parent, b) })
	digest  = multiprocessing.Register("hidden: digest", func(s string, parent *multiprocessing.Pipe) error { return say(parent, crc32.ChecksumIEEE([]byte(s))) })
	waits   = multiprocessing.Register("hidden: waits", func(_ struct{}, parent *multiprocessing.Pipe) error { _, err := parent.Recv(); return err })
	echo    = multiprocessing.Register("hidden: echo", echoAll)
	chatty  = multiprocessing.Register("hidden: chatty", chat)
	huge    = multiprocessing.Register("hidden: huge", func(n int, parent *multiprocessing.Pipe) error { return parent.Send(pattern(n)) })
	nested  = multiprocessing.Register("hidden: nested", startOrphan)
	lingers = multiprocessing.Register("hidden: lingers", linger)
	counts  = multiprocessing.Register("hidden: counts", func(_ struct{}, parent *multiprocessing.Pipe) error { return say(parent, countLeftovers()) })
	burns   = multiprocessing.Register("hidden: burns", burnAll)

	derived = multiprocessing.RegisterRunner[greeter]("hidden: greeter")
	pointer = multiprocessing.RegisterRunner[*counter]("hidden: counter")
)

// early is what Start answers before Main: package-level variables come first.
var early = startEarly()

// shared is a variable that each process has for itself.
var shared = 0

func startEarly() (err error) {
	const guard = "WEFT_TEN_EARLY"
	if os.Getenv(guard) != "" || os.Getenv(envInside) != "" {
		return multiprocessing.ErrNoMain
	}
	os.Setenv(guard, "1") // a Start that does start something must do so only once
	defer os.Unsetenv(guard)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return multiprocessing.New(returns, struct{}{}).Start()
}

type baggage struct {
	Name   string
	Sizes  []int
	Places map[string]float64
	Next   *baggage
}

// greeter derives, as Python would say, from Process.
type greeter struct{ Greeting, Name string }

func (g greeter) Run(parent *multiprocessing.Pipe) error {
	return say(parent, g.Greeting+", "+g.Name)
}

type counter struct{ From, Step int }

func (c *counter) Run(parent *multiprocessing.Pipe) error {
	c.From += c.Step
	return say(parent, c.From)
}

// say sends a value as JSON.
func say(to *multiprocessing.Pipe, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return to.Send(text)
}

func bumpShared(by int, parent *multiprocessing.Pipe) error {
	shared += by
	return say(parent, shared)
}

var errOnPurpose = errors.New("this error is part of the test")

// end ends the process in the way it is told.
func end(how string, _ *multiprocessing.Pipe) error {
	switch how {
	case "error":
		return errOnPurpose
	case "panic":
		panic("this panic is part of the test")
	case "exit":
		os.Exit(7)
	}
	return nil
}

// echoAll sends everything back until it receives "stop".
func echoAll(_ struct{}, parent *multiprocessing.Pipe) error {
	for {
		msg, err := parent.Recv()
		if err != nil || string(msg) == "stop" {
			return err
		}
		if err := parent.Send(msg); err != nil {
			return err
		}
	}
}

// chat prints between its messages.
func chat(_ struct{}, parent *multiprocessing.Pipe) error {
	for i := range 3 {
		fmt.Println("printed by a process, as part of a test")
		if err := say(parent, i); err != nil {
			return err
		}
	}
	return nil
}

// pattern is a message of n bytes in which nothing can be missing unnoticed.
func pattern(n int) []byte {
	msg := make([]byte, n)
	for i := range min(n, 1<<16) {
		msg[i] = byte(i*7 + i>>8)
	}
	for done := 1 << 16; done < n; done *= 2 {
		copy(msg[done:], msg[:done])
	}
	for i := 0; i+8 <= n; i += 1 << 15 {
		binary.BigEndian.PutUint64(msg[i:], uint64(i))
	}
	return msg
}

// patience is how long a process that should be ended lives on. Only wrong code
// makes anybody wait for it.
const patience = 6 * time.Second

// startOrphan starts a process, sends it what it will never receive, tells its
// parent, and waits to be killed.
func startOrphan(fd int, parent *multiprocessing.Pipe) error {
	child := multiprocessing.New(lingers, fd)
	if err := child.Start(); err != nil {
		return say(parent, err.Error())
	}
	if _, err := child.Pipe().Recv(); err != nil { // it runs
		return say(parent, err.Error())
	}
	for range 3 {
		if err := child.Pipe().Send([]byte("never received")); err != nil {
			return say(parent, err.Error())
		}
	}
	if err := say(parent, ""); err != nil {
		return err
	}
	_, err := parent.Recv()
	return err
}

// linger computes, receives nothing, and writes to fd if it is left alone.
func linger(fd int, parent *multiprocessing.Pipe) error {
	if err := parent.Send(nil); err != nil {
		return err
	}
	time.Sleep(patience)
	return writeTo(fd, "alive")
}

// burnAll computes gradetest.Burn of what it receives.
func burnAll(_ struct{}, parent *multiprocessing.Pipe) error {
	for {
		msg, err := parent.Recv()
		if err == io.EOF || len(msg) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		seed, rounds := binary.BigEndian.Uint64(msg), int(binary.BigEndian.Uint64(msg[8:]))
		if err := parent.Send(binary.BigEndian.AppendUint64(nil, gradetest.Burn(seed, rounds))); err != nil {
			return err
		}
	}
}
