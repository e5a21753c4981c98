// Package watch tells when the source files in a folder have changed and the
// writing has come to rest. It listens to the system's file events, and looks
// at the files themselves as well: an event is only a reason to look, and a
// change without an event is found a little later. Where events do not work, as
// on network drives and in some containers, it notices that and looks often.
package watch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say how to watch. The zero Options are right for people who type.
type Options struct {
	// Quiet is how long nothing may change before a change is told of; 0 is 200 ms.
	// Editors write a file in several steps, and people save several files.
	Quiet time.Duration
	// Every is how often the files are looked at where there are no events; 0 is 250 ms.
	Every time.Duration
	// Poll uses no events at all.
	Poll bool
}

const (
	defaultQuiet = 200 * time.Millisecond
	defaultEvery = 250 * time.Millisecond
	// checkEvery is how often the files are looked at where events work.
	checkEvery = time.Second
)

// Watcher watches the files of one folder, not those of folders in it. The
// folder may vanish, be made anew, and be missing at the beginning.
type Watcher struct {
	changes chan struct{}
	stop    chan struct{}
	done    chan struct{}
	close   sync.Once

	mu      sync.Mutex
	polling string
}

// New watches the files in dir whose names matter. What is saved after New has
// returned is told of. The caller must call Close.
func New(dir string, matters func(name string) bool, o Options) *Watcher {
	w := &Watcher{changes: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	l := &loop{
		quiet: or(o.Quiet, defaultQuiet), every: or(o.Every, defaultEvery), check: checkEvery,
		look: func() state { return look(dir, matters) }, tell: w.tell, polls: w.polls,
	}
	n, why := (*notifier)(nil), errors.New("as it was asked for")
	if !o.Poll {
		n, why = newNotifier(dir, matters)
	}
	if n != nil {
		l.events, l.arm = n.events, n.arm
		go n.run()
	}
	l.begin(why)
	go func() {
		defer close(w.done)
		l.run(w.stop)
		if n != nil {
			n.close()
		}
	}()
	return w
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Changes tells of changes that have come to rest. Those that nobody has
// received yet are one.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// Polling says why the files are looked at instead of listening to events, or "".
func (w *Watcher) Polling() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.polling
}

// Close ends the watching, and returns when nothing more is told of. It may be
// called more than once.
func (w *Watcher) Close() {
	w.close.Do(func() { close(w.stop) })
	<-w.done
}

func (w *Watcher) tell() {
	select {
	case w.changes <- struct{}{}:
	default: // one is waiting to be received already
	}
}

func (w *Watcher) polls(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.polling = why
}

// Source reports whether a file of that name is Go source that a person saves:
// not hidden, and none of the copies that editors make for themselves.
func Source(name string) bool {
	if filepath.Ext(name) != ".go" || strings.ContainsAny(name[:1], "._#~") {
		return false
	}
	return !strings.HasPrefix(name, "flycheck_")
}

// isDir reports whether a folder of that name is there.
func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// eventPatience is how long an event may take to come.
const eventPatience = 2 * time.Second

// Check makes a file in dir, removes it, and says why no event told of it.
func Check(dir string) error {
	const name = "weft-file-events"
	n, err := newNotifier(dir, func(file string) bool { return file == name })
	if err != nil {
		return err
	}
	go n.run()
	defer n.close()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	select {
	case <-n.events:
		return nil
	case <-time.After(eventPatience):
		return errors.New("no file events come")
	}
}
