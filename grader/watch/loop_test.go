package watch

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scene is a loop in virtual time, over files that are one word.
type scene struct {
	*loop
	events chan bool
	start  time.Time

	mu    sync.Mutex
	files string
	when  []time.Duration // it told, from the beginning
	why   string
	armed int
	lost  bool // what arm finds
}

// holds runs do with the lock held.
func (s *scene) holds(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *scene) write(text string) { s.holds(func() { s.files = text }) }

func (s *scene) told() (list []time.Duration) {
	s.holds(func() { list = slices.Clone(s.when) })
	return list
}

func (s *scene) reason() (why string) {
	s.holds(func() { why = s.why })
	return why
}

// play runs what happens beside a loop, in a bubble of virtual time.
func play(t *testing.T, noEvents error, happens func(s *scene)) {
	synctest.Test(t, func(*testing.T) {
		s := &scene{files: "a", events: make(chan bool), start: time.Now()}
		s.loop = &loop{
			quiet: 200 * time.Millisecond, every: 250 * time.Millisecond, check: time.Second,
			look:  func() (now state) { s.holds(func() { now = state(s.files) }); return now },
			tell:  func() { s.holds(func() { s.when = append(s.when, time.Since(s.start)) }) },
			polls: func(why string) { s.holds(func() { s.why = why }) },
		}
		if noEvents == nil {
			s.loop.events = s.events
			s.loop.arm = func(bool) (lost bool) { s.holds(func() { s.armed++; lost = s.lost }); return lost }
		}
		s.begin(noEvents)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			s.run(stop)
		}()
		happens(s)
		close(stop)
		<-done
	})
}

// save changes the files and sends an event.
func (s *scene) save(text string) {
	s.write(text)
	s.events <- false
}

func ms(n ...int) (list []time.Duration) {
	for _, n := range n {
		list = append(list, time.Duration(n)*time.Millisecond)
	}
	return list
}

func after(n int) { time.Sleep(time.Duration(n) * time.Millisecond); synctest.Wait() }

func TestTellsOnceWhenTheWritingRests(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.save("") // an editor empties the file, and writes it in pieces
		after(150)
		s.save("b")
		after(199)
		s.save("bc")
		after(3000)
		assert.Equal(t, ms(549), s.told(), "200 ms after the last piece")
		s.save("bcd")
		after(300)
		assert.Equal(t, ms(549, 3549), s.told())
		assert.Empty(t, s.reason())
	})
}

func TestEventsWithoutChange(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.save("a")
		after(500)
		s.save("b")
		after(100)
		s.save("a")
		after(500)
		assert.Empty(t, s.told(), "undone before it came to rest")
	})
}

// TestAnEventThatCannotBeTrusted: what changes between the last event and the
// end of the rest is waited for as well.
func TestAnEventThatCannotBeTrusted(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.save("b")
		after(100)
		s.write("c")
		after(200)
		assert.Empty(t, s.told())
		after(150)
		assert.Equal(t, ms(400), s.told())
	})
}

func TestNoticesThatNoEventsCome(t *testing.T) {
	play(t, nil, func(s *scene) {
		after(100)
		s.write("b")
		after(1500)
		assert.Equal(t, ms(1200), s.told(), "found by looking, once a second")
		assert.Contains(t, s.reason(), "no file events")
		after(375) // it is 1975 ms, and the files are looked at every 250 ms from 1200 on
		s.write("c")
		after(500)
		assert.Equal(t, ms(1200, 2400), s.told(), "from now on looking is quick")
	})
}

func TestLookingIsNotTakenForSilence(t *testing.T) {
	play(t, nil, func(s *scene) {
		after(999)
		s.write("b")
		after(50) // a look comes first, the event late
		s.events <- false
		after(2000)
		assert.Len(t, s.told(), 1)
		assert.Empty(t, s.reason())
		s.holds(func() { s.lost = true }) // the folder was made anew, so no event could come
		s.write("c")
		after(2000)
		assert.Len(t, s.told(), 2)
		assert.Empty(t, s.reason())
	})
}

func TestArmsAgainWhenTheFolderIsAnother(t *testing.T) {
	play(t, nil, func(s *scene) {
		s.write("")
		s.events <- true
		after(10)
		s.holds(func() { assert.Equal(t, 1, s.armed) })
		after(1000)
		s.holds(func() { assert.Equal(t, 2, s.armed, "looked after once a second") })
		assert.Equal(t, ms(200), s.told())
	})
}

func TestPolling(t *testing.T) {
	play(t, assert.AnError, func(s *scene) {
		assert.Equal(t, assert.AnError.Error(), s.reason())
		s.write("b")
		after(1000)
		assert.Equal(t, ms(450), s.told())
		s.write("c")
		after(260) // 1250: seen
		s.write("d")
		after(1000)
		assert.Equal(t, ms(450, 1650), s.told(), "still being written at 1450")
	})
}

// TestWhatIsNoSave: what editors leave behind, and what is no source, changes
// nothing that a change is told of by.
func TestWhatIsNoSave(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("semaphore.go", "package semaphore\n")
	before := look(dir, Source)
	for _, name := range []string{".semaphore.go.swp", "4913", "semaphore.go~", "#semaphore.go#", ".semaphore.go", "_old.go", "flycheck_semaphore.go", "semaphore.go.orig", "README.md", "weft-progress.txt"} {
		write(name, "x")
		assert.Equal(t, before, look(dir, Source), name)
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	write(filepath.Join("sub", "semaphore.go"), "package semaphore\n")
	require.NoError(t, os.Chmod(filepath.Join(dir, "semaphore.go"), 0o600))
	assert.Equal(t, before, look(dir, Source))

	write("semaphore.go", "package semaphore\n\n")
	after := look(dir, Source)
	assert.NotEqual(t, before, after)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.go"), 0o755))
	assert.NotEqual(t, after, look(dir, Source), "a folder in the way of a file is worth telling")
}
