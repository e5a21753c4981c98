package gradetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"
)

func TestOnlyOurs(t *testing.T) {
	const head, mine = "found unexpected goroutines:\n", "[Goroutine 7 in state select, with time.Sleep on top of the stack:\ntime.Sleep(0x1)\n\t/go/time.go:1\n" +
		"github.com/weft-course/weft/grader/gradetest.watchdog.loop({})\n\t/g/watchdog.go:3\ncreated by github.com/weft-course/weft/grader/gradetest.Main in goroutine 1\n\t/g/harness.go:4\n]\n"
	const library = "[Goroutine 9 in state IO wait, with internal/poll.runtime_pollWait on top of the stack:\ninternal/poll.runtime_pollWait()\n\t/go/poll.go:1\ncreated by net/http.(*Server).Serve in goroutine 3\n\t/go/s.go:4\n]\n"
	const student = "[Goroutine 8 in state select, with github.com/weft-course/weft/solutions/05-semaphore.x on top of the stack:\ngithub.com/weft-course/weft/solutions/05-semaphore.x()\n\t/s.go:1\ncreated by github.com/weft-course/weft/grader/gradetest.Go in goroutine 3\n\t/g.go:4\n]\n"
	for text, want := range map[string]bool{
		head + mine: true, head + mine + mine: true, head + student: false, head + mine + student: false, head + library: false, head + mine + library: false, "nothing known": false,
	} {
		assert.Equal(t, want, onlyOurs(text), text)
	}
}

func TestOnlyOursReadsGoleak(t *testing.T) {
	before := goleak.IgnoreCurrent()
	stop := make(chan struct{})
	defer close(stop)
	go func() { <-stop }()
	err := goleak.Find(before)
	assert.Error(t, err)
	assert.True(t, onlyOurs(err.Error()), err)
}
