package watch

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// state stands for what a folder holds; two states are equal if nothing was
// saved between them. That the same text was saved again makes another state.
type state string

// maxRead is how much of a file is read to see whether it has changed, in bytes.
const maxRead = 1 << 20

// look reads what matters in a folder. What cannot be read is part of the state
// as well, so that a file that can be read again is a change.
func look(dir string, matters func(string) bool) state {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return state("no folder")
	}
	var b strings.Builder
	for _, e := range entries {
		if matters(e.Name()) {
			fmt.Fprintf(&b, "%q %s\n", e.Name(), lookAt(filepath.Join(dir, e.Name())))
		}
	}
	return state(b.String())
}

// lookAt describes one file: the time of its last change, which some file
// systems keep to the second or two only, and its text.
func lookAt(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return "missing"
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return info.Mode().String()
	}
	f, err := os.Open(name)
	if err != nil {
		return "unreadable"
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxRead)); err != nil {
		return "unreadable"
	}
	return fmt.Sprintf("%d %d %x", info.ModTime().UnixNano(), info.Size(), h.Sum(nil))
}
