package workspace

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

// maxMessages bounds what a process may send.
const maxMessages = 100_000

// channel is the grader's end of the signed channel of one process.
type channel struct {
	key   []byte
	env   []string
	files []*os.File // for the process: descriptors 3 and 4
	in    *os.File   // our end of the pipe, where there are pipes
	path  string     // of the result file, where there are not
	done  chan struct{}

	messages []wire.Message
	problem  string // why the channel is not to be believed
}

// open makes the channel. With pipes the process inherits descriptors;
// Windows has files instead.
func openChannel(dir string) (*channel, error) {
	c := &channel{key: make([]byte, 32), done: make(chan struct{})}
	rand.Read(c.key)
	if runtime.GOOS == "windows" {
		return c, c.withFiles(dir)
	}
	return c, c.withPipes()
}

func (c *channel) withPipes() error {
	keyR, keyW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("workspace: channel: %w", err)
	}
	defer keyW.Close()
	in, out, err := os.Pipe()
	if err != nil {
		keyR.Close()
		return fmt.Errorf("workspace: channel: %w", err)
	}
	c.in, c.files = in, []*os.File{keyR, out}
	c.env = []string{wire.EnvKey + "=fd:3", wire.EnvResult + "=fd:4"}
	if _, err := keyW.Write(c.key); err != nil { // 32 bytes always fit a pipe
		return fmt.Errorf("workspace: channel: %w", err)
	}
	go func() { defer close(c.done); c.read(in) }()
	return nil
}

func (c *channel) withFiles(dir string) error {
	f, err := os.CreateTemp(dir, "key")
	if err != nil {
		return fmt.Errorf("workspace: channel: %w", err)
	}
	defer f.Close()
	r, err := os.CreateTemp(dir, "result")
	if err != nil {
		return fmt.Errorf("workspace: channel: %w", err)
	}
	defer r.Close()
	c.path = r.Name()
	c.env = []string{wire.EnvKey + "=file:" + f.Name(), wire.EnvResult + "=file:" + r.Name()}
	_, err = f.Write(c.key)
	return err
}

// close ends the channel after the process and returns what came. A
// grandchild that holds the pipe open does not hold us up: its group is dead.
func (c *channel) close() ([]wire.Message, string) {
	for _, f := range c.files {
		f.Close()
	}
	if c.path != "" {
		if f, err := os.Open(c.path); err == nil {
			c.read(f)
			f.Close()
		}
		close(c.done)
	}
	<-c.done
	if c.in != nil {
		c.in.Close()
	}
	return c.messages, c.problem
}

// read takes messages until the end, or the first one that is not genuine.
func (c *channel) read(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if c.problem != "" {
			continue // drain, so that nobody blocks on a full pipe
		}
		m, err := wire.Open(c.key, lines.Bytes())
		switch {
		case err != nil:
			c.problem = err.Error()
		case m.Seq != len(c.messages):
			c.problem = "a message is missing or out of order"
		case len(c.messages) == maxMessages:
			c.problem = "too many messages"
		default:
			c.messages = append(c.messages, m)
		}
	}
}
