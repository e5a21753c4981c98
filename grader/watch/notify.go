package watch

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// notifier turns the system's events of a folder into reasons to look. The
// folder above is listened to as well, for the folder may be made anew.
type notifier struct {
	dir     string
	matters func(string) bool
	system  *fsnotify.Watcher
	events  chan bool
	stop    chan struct{}
	done    chan struct{}
	watched os.FileInfo // the folder that is listened to; nil for none
}

// newNotifier begins to listen; run must be called, and close in the end. The
// error says why there are no events.
func newNotifier(dir string, matters func(string) bool) (*notifier, error) {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("file events cannot be had: %w", err)
	}
	n := &notifier{dir: dir, matters: matters, system: system, events: make(chan bool), stop: make(chan struct{}), done: make(chan struct{})}
	_ = system.Add(filepath.Dir(dir)) // the folder itself is what counts
	if n.arm(true); n.watched == nil && isDir(dir) {
		err := system.Add(dir)
		_ = system.Close()
		return nil, fmt.Errorf("file events cannot be had: %w", err)
	}
	return n, nil
}

// arm listens to the folder, if it is another one than before or lost says so,
// and reports whether it had to.
func (n *notifier) arm(lost bool) bool {
	info, err := os.Stat(n.dir)
	if err == nil && !lost && n.watched != nil && os.SameFile(n.watched, info) {
		return false
	}
	if n.watched != nil {
		_ = n.system.Remove(n.dir) // the system may have forgotten it already
		n.watched = nil
	}
	if err == nil && n.system.Add(n.dir) == nil {
		n.watched = info
	}
	return true
}

// run passes events on until close.
func (n *notifier) run() {
	defer close(n.done)
	for {
		select {
		case e, ok := <-n.system.Events:
			if !ok {
				return
			}
			if n.concerns(e) {
				n.pass(e.Name == n.dir)
			}
		case _, ok := <-n.system.Errors:
			if !ok {
				return
			}
			n.pass(false) // events were lost, so something may have happened
		}
	}
}

// concerns leaves out what other programs do to a file without changing it.
func (n *notifier) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	if e.Name == n.dir {
		return e.Op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) != 0
	}
	return filepath.Dir(e.Name) == n.dir && n.matters(filepath.Base(e.Name))
}

func (n *notifier) pass(lost bool) {
	select {
	case n.events <- lost:
	case <-n.stop:
	}
}

// close returns when run has.
func (n *notifier) close() {
	close(n.stop)
	_ = n.system.Close()
	<-n.done
}
