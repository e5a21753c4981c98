package watch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/weft-course/weft/grader/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a change may take on a machine that does much else.
const patience = 30 * time.Second

// folder is a folder that is watched, with a file.
type folder struct {
	*watch.Watcher
	t    *testing.T
	path string
}

func watched(t *testing.T, o watch.Options) *folder {
	t.Helper()
	f := &folder{t: t, path: filepath.Join(t.TempDir(), "my weft 练习", "05-semaphore")}
	require.NoError(t, os.MkdirAll(f.path, 0o755))
	f.save("semaphore.go", "package semaphore\n")
	if o.Quiet == 0 {
		o.Quiet = 20 * time.Millisecond
	}
	f.Watcher = watch.New(f.path, watch.Source, o)
	t.Cleanup(f.Close)
	return f
}

func (f *folder) save(name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.path, name), []byte(text), 0o644))
}

// change waits until a change is told of.
func (f *folder) change(why string) {
	f.t.Helper()
	select {
	case <-f.Changes():
	case <-time.After(patience):
		require.FailNow(f.t, "no change was told of", why)
	}
}

// both runs a test with events and with polling.
func both(t *testing.T, test func(t *testing.T, f *folder)) {
	t.Helper()
	for name, o := range map[string]watch.Options{"events": {}, "poll": {Poll: true, Every: 10 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, watched(t, o)) })
	}
}

func TestSaves(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *folder) {
		f.save("semaphore.go", "package semaphore // one\n")
		f.change("written in place")

		// as most editors do: another file, renamed over the old one
		f.save(".semaphore.go.tmp", "package semaphore // two\n")
		require.NoError(t, os.Rename(filepath.Join(f.path, ".semaphore.go.tmp"), filepath.Join(f.path, "semaphore.go")))
		f.change("renamed over")

		// as vim does: the old one moves away, a new one comes
		require.NoError(t, os.Rename(filepath.Join(f.path, "semaphore.go"), filepath.Join(f.path, "semaphore.go~")))
		f.save("semaphore.go", "package semaphore // three\n")
		f.change("moved away and written")

		f.save("limit.go", "package semaphore\n")
		f.change("a new file")

		require.NoError(t, os.Remove(filepath.Join(f.path, "limit.go")))
		f.change("a file removed")

		text := filepath.Join(f.path, "semaphore.go")
		later := time.Now().Add(time.Hour)
		require.NoError(t, os.Chtimes(text, later, later))
		f.save("other.go", "package semaphore\n")
		f.change("the same text saved again, and another file with it")
	})
}

func TestAFolderMadeAnew(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *folder) {
		for range 3 {
			require.NoError(t, os.RemoveAll(f.path))
			f.change("removed")
			require.NoError(t, os.Mkdir(f.path, 0o755))
			f.save("semaphore.go", "package semaphore // again\n")
			f.change("made anew")
			f.save("semaphore.go", "package semaphore // and again\n")
			f.change("saved in the new folder")
		}
		old := filepath.Join(filepath.Dir(f.path), "old")
		require.NoError(t, os.Rename(f.path, old))
		f.change("moved away")
		require.NoError(t, os.Rename(old, f.path))
		f.change("moved back")
		f.save("semaphore.go", "package semaphore // last\n")
		f.change("saved in it")
	})
}

func TestTheFolderAboveMadeAnew(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, f *folder) {
		above := filepath.Dir(f.path)
		require.NoError(t, os.RemoveAll(above))
		f.change("removed")
		require.NoError(t, os.MkdirAll(f.path, 0o755))
		f.save("semaphore.go", "package semaphore // again\n")
		f.change("made anew")
		f.save("semaphore.go", "package semaphore // and again\n")
		f.change("saved in the new folder")
		if f.Polling() != "" {
			assert.Contains(t, f.Polling(), "as it was asked for", "that is no reason to think that events do not work")
		}
	})
}

func TestAFolderThatComesLater(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "05-semaphore")
	f := &folder{t: t, path: path, Watcher: watch.New(path, watch.Source, watch.Options{Quiet: 20 * time.Millisecond})}
	t.Cleanup(f.Close)
	require.NoError(t, os.Mkdir(path, 0o755))
	f.save("semaphore.go", "package semaphore\n")
	f.change("the folder came")
}

func TestSource(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"semaphore.go": true, "semaphore_test.go": true, "信号量.go": true, "a b.go": true,
		"": false, "go": false, ".go": false, "semaphore.go.tmp": false, "~semaphore.go": false, "semaphore.gox": false,
	} {
		assert.Equal(t, want, watch.Source(name), name)
	}
}

// TestFromSaveToTelling with the times that people get.
func TestFromSaveToTelling(t *testing.T) {
	f := watched(t, watch.Options{Quiet: 200 * time.Millisecond})
	var worst time.Duration
	for range 5 {
		start := time.Now()
		f.save("semaphore.go", "package semaphore // "+start.String()+"\n")
		f.change("saved")
		took := time.Since(start)
		assert.GreaterOrEqual(t, took, 200*time.Millisecond, "too early: it may be written still")
		worst = max(worst, took)
	}
	t.Logf("from saving to telling: at most %v", worst)
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	f := watched(t, watch.Options{})
	f.Close()
	f.Close()
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, watch.Check(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Error(t, watch.Check(filepath.Join(dir, "missing")))
}
