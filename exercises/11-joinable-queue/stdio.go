package joinablequeue

import "os"

// takeStdio gives the standard input and output of this process to the caller
// alone, for messages. What the program itself prints goes to standard error
// from now on, and what it reads from standard input is empty. Call it once,
// in a child, before anything else is read or written.
//
//lint:ignore U1000 who does without standard input and output needs no takeStdio
func takeStdio() (in, out *os.File) {
	in, out = os.Stdin, os.Stdout
	if null, err := os.Open(os.DevNull); err == nil {
		os.Stdin = null
	}
	os.Stdout = os.Stderr
	return in, out
}
