package sync_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// envMisuse makes the test binary misuse a lock instead of testing.
const envMisuse = "VSYNC_TEST_MISUSE"

// misuses end the program. Each is done once with either library.
var misuses = map[string]func(l library){
	"Unlock a Mutex":         func(l library) { l.mutex().Unlock() },
	"Unlock a Mutex twice":   func(l library) { m := l.mutex(); m.Lock(); m.Unlock(); m.Unlock() },
	"Unlock a RWMutex":       func(l library) { l.rw().Unlock() },
	"RUnlock a RWMutex":      func(l library) { l.rw().RUnlock() },
	"Unlock a reader":        func(l library) { m := l.rw(); m.RLock(); m.Unlock() },
	"RUnlock a writer":       func(l library) { m := l.rw(); m.Lock(); m.RUnlock() },
	"RLocker unlocked twice": func(l library) { r := l.rw().RLocker(); r.Lock(); r.Unlock(); r.Unlock() },
}

func TestMain(m *testing.M) {
	if lib, what, ok := strings.Cut(os.Getenv(envMisuse), "/"); ok {
		defer func() { recover(); os.Exit(0) }() // a fatal error cannot be recovered from
		misuses[what](use(lib))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestMisuseEndsTheProgram(t *testing.T) {
	for what := range misuses {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			want := fate(t, "sync/"+what)
			assert.Contains(t, want, "fatal error: sync: ")
			for _, lib := range []string{"vsync", "vsync, real"} {
				assert.Equal(t, want, fate(t, lib+"/"+what), "what the runtime says")
			}
		})
	}
}

// fate returns the first line of what a misuse says.
func fate(t *testing.T, misuse string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=x")
	cmd.Env = append(os.Environ(), envMisuse+"="+misuse, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "%s went unnoticed: %s", misuse, out)
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// blockedIn reports whether a goroutine of the dump waits in the named function.
func blockedIn(dump, name string) bool {
	for g := range strings.SplitSeq(dump, "\n\n") {
		head, body, _ := strings.Cut(g, "\n")
		waits := strings.Contains(head, "[chan receive") || strings.Contains(head, "[sync.") || strings.Contains(head, "[semacquire")
		if waits && strings.Contains(body, name) {
			return true
		}
	}
	return false
}
