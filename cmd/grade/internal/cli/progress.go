package cli

import (
	"fmt"
	"io"
	"sync"
)

// progress shows one line of what is going on, on a terminal only, and takes
// it away again.
type progress struct {
	mu    sync.Mutex
	w     io.Writer // nil when nobody looks
	shown bool
}

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w}
}

func (p *progress) show(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil {
		fmt.Fprintf(p.w, "\r\x1b[K· %s …", text)
		p.shown = true
	}
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
