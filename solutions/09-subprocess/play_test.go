package subprocess_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// lifetime is after how long every program ends by itself, with status
// exitAbandoned: what a wrong submission forgets does not hang, and does not
// stay. Right ones need a thousandth of it.
const (
	lifetime      = 10 * time.Second
	exitAbandoned = 97
	exitBroken    = 98
)

// perform plays a program and exits.
func perform(name string, args []string) {
	time.AfterFunc(lifetime, func() {
		time.AfterFunc(100*time.Millisecond, func() { os.Exit(exitAbandoned) }) // whether somebody reads or not
		os.Stderr.WriteString("abandoned\n")
	})
	switch name {
	case "cat": // copies its input to its output
		_, err := io.Copy(os.Stdout, os.Stdin)
		check(err)
	case "exit": // ends with a status
		os.Exit(number(args))
	case "say": // writes its words
		_, err := os.Stdout.WriteString(args[0])
		check(err)
	case "both": // writes a lot to standard error, then to standard output
		check(pour(os.Stderr, 'e', number(args)))
		check(pour(os.Stdout, 'o', number(args)))
	case "flood": // writes far more than any pipe holds
		check(pour(os.Stdout, 'y', 16<<20))
	case "first": // reads one byte, says it, and ends
		var b [1]byte
		_, err := io.ReadFull(os.Stdin, b[:])
		check(err)
		fmt.Printf("%c, and no more", b[0])
	case "env": // says what a variable holds
		fmt.Print(os.Getenv(args[0]))
	case "pid":
		fmt.Print(os.Getpid())
	case "die": // reads one byte, writes half of what it had to say, and is killed
		var b [1]byte
		_, err := io.ReadFull(os.Stdin, b[:])
		check(err)
		os.Stdout.WriteString("half")
		self, err := os.FindProcess(os.Getpid())
		check(err)
		check(self.Kill())
		select {}
	case "hold":
		hold()
	case "stubborn": // hold, deaf to SIGTERM
		signal.Ignore(syscall.SIGTERM)
		hold()
	case "deaf": // does not read
		os.Stderr.WriteString("ready\n")
		select {}
	case "so far": // hold, after a word on standard output
		os.Stdout.WriteString("so far")
		hold()
	case "family": // starts a child that holds, and waits for it
		startHold().Wait()
	case "shepherd": // the same, but catches SIGTERM, and ends with 5 when the child was terminated
		signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
		if err := startHold().Wait(); err != nil && err.Error() == "signal: terminated" {
			os.Exit(5)
		}
	case "leave": // starts a child that holds, says something and ends with 7
		startHold()
		check(pour(os.Stdout, 'o', number(args)))
		os.Exit(7)
	default:
		os.Exit(exitBroken)
	}
	os.Exit(0)
}

// hold says "ready" on standard error and answers each line that it reads with
// "alive", until its input ends.
func hold() {
	os.Stderr.WriteString("ready\n")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		os.Stderr.WriteString("alive\n")
	}
}

// startHold starts a child of this program that has the same three files.
func startHold() *exec.Cmd {
	cmd := exec.Command(os.Args[0], "as", "hold")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	check(cmd.Start())
	return cmd
}

// pour writes n times the same byte.
func pour(to io.Writer, b byte, n int) error {
	for block := bytes.Repeat([]byte{b}, 4096); n > 0; n -= len(block) {
		if _, err := to.Write(block[:min(n, len(block))]); err != nil {
			return err
		}
	}
	return nil
}

func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	check(err)
	return n
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString("cannot play: " + err.Error() + "\n")
		os.Exit(exitBroken)
	}
}
