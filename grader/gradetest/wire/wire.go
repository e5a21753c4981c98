// Package wire carries verdicts from a test process to the grader over a
// channel that standard output cannot imitate: every message bears a sequence
// number and an HMAC-SHA256 under a key that the process receives once.
//
// The package's init must run before any code of the submission, so that the
// key is read, and the descriptor closed, while nobody else can look. A file
// that the grader lays beside the student's imports this package; the
// language's own rule of initialisation does the rest. Hence the init here,
// the only one in Weft.
package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Names of the environment variables through which the grader hands over the
// channel. Each holds "fd:N" or "file:PATH".
const (
	EnvKey    = "WEFT_KEY"
	EnvResult = "WEFT_RESULT"
)

// Names of the environment variables with which the grader asks a test process
// for more than one run of its tests.
const (
	// EnvTestLimit holds the wall-clock limit of one test, ms.
	EnvTestLimit = "WEFT_TEST_LIMIT_MS"
	// EnvCPUs holds how many processors the machine really gives: a decimal
	// number, from affinity and cgroup quota.
	EnvCPUs = "WEFT_CPUS"
	// EnvExplore asks for many schedules of each test: the first seed, how
	// many, and the milliseconds after which no further one is begun, separated
	// by blanks. More words are the keys of the only yields to make.
	EnvExplore = "WEFT_EXPLORE"
	// EnvShake asks for repetitions with delays in real time, of tests that
	// cannot be explored: the first seed, how many, and milliseconds as above.
	EnvShake = "WEFT_SHAKE"
	// EnvMinimise asks for the shortest story of one failing schedule.
	EnvMinimise = "WEFT_MINIMISE"
	// EnvTrace names a file that gets the steps of a schedule.
	EnvTrace = "WEFT_TRACE"
)

// Message is one line of the channel.
type Message struct {
	Seq    int                `json:"seq"`
	Kind   string             `json:"kind"` // begin, end, leak, measure, done
	Test   string             `json:"test,omitempty"`
	Status string             `json:"status,omitempty"`
	Text   string             `json:"text,omitempty"`
	MS     float64            `json:"ms,omitempty"`
	Values map[string]float64 `json:"values,omitempty"`
}

type sender struct {
	mu   sync.Mutex
	key  []byte
	out  io.Writer
	seq  int
	args []string
}

var channel = &sender{}

func init() { channel.open() }

func (s *sender) open() {
	s.args = slices.Clone(os.Args)
	key, result := os.Getenv(EnvKey), os.Getenv(EnvResult)
	os.Unsetenv(EnvKey)
	os.Unsetenv(EnvResult)
	if key == "" || result == "" {
		return
	}
	k, err := open(key, os.O_RDONLY)
	if err != nil {
		return
	}
	s.key, _ = io.ReadAll(k)
	k.Close()
	if path, ok := strings.CutPrefix(key, "file:"); ok {
		os.Remove(path)
	}
	if f, err := open(result, os.O_WRONLY|os.O_APPEND); err == nil && len(s.key) > 0 {
		s.out = f
	}
}

func open(where string, flag int) (*os.File, error) {
	if fd, ok := strings.CutPrefix(where, "fd:"); ok {
		n, err := strconv.Atoi(fd)
		if err != nil {
			return nil, fmt.Errorf("wire: descriptor %q: %w", fd, err)
		}
		closeOnExec(n)
		return os.NewFile(uintptr(n), where), nil
	}
	return os.OpenFile(strings.TrimPrefix(where, "file:"), flag, 0o600)
}

// Active reports whether a grader listens. Without one, as under plain go
// test, Send does nothing.
func Active() bool { return channel.out != nil }

// Args returns the command line as the process was started with, whatever
// has become of os.Args since.
func Args() []string { return slices.Clone(channel.args) }

// Send writes one message. It is safe for concurrent use.
func Send(m Message) {
	s := channel
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out == nil {
		return
	}
	m.Seq = s.seq
	s.seq++
	line, err := Seal(s.key, m)
	if err == nil {
		s.out.Write(line)
	}
}

// Seal renders m as one signed line with its line feed.
func Seal(key []byte, m Message) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: seal: %w", err)
	}
	line := append([]byte(hex.EncodeToString(sum(key, body))), ' ')
	return append(append(line, body...), '\n'), nil
}

// Open reads one line that [Seal] made. It fails when the signature is wrong.
func Open(key, line []byte) (Message, error) {
	var m Message
	sig, body, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
	mac, err := hex.DecodeString(sig)
	if !ok || err != nil || !hmac.Equal(mac, sum(key, []byte(body))) {
		return m, fmt.Errorf("wire: bad signature")
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return m, fmt.Errorf("wire: %w", err)
	}
	return m, nil
}

func sum(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	return h.Sum(nil)
}
