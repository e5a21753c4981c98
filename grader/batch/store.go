package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/weft-course/weft/grader"
)

// ownFolder holds, within a folder of results, what is no result.
const ownFolder = "_weft"

// unreadName is the result of a submission that could not be read, where
// nobody can say for which exercise it is.
const unreadName = "refused"

// store is a folder of results:
//
//	ID/EXERCISE.json         weft/result/v1
//	_weft/batch.json         weft/batch/v1, what the last run did
//	_weft/done/ID/EXERCISE   what the result was made from
//	_weft/cache/xx/KEY       the result of that content, with nobody's name
//	_weft/tmp                files before they are renamed; removed by the next run
//	_weft/lock
//
// A result is renamed into place before it is noted in done: a run that is
// killed between the two does the second again.
type store struct {
	dir  string
	lock *flock.Flock
}

// record is what a result was made from. A result is up to date while its
// record says the same.
type record struct {
	Key         string     `json:"key"`
	Commit      string     `json:"commit,omitempty"`
	SubmittedAt *time.Time `json:"submitted_at,omitempty"`
}

// openStore makes the folder and keeps everyone else from writing to it.
func openStore(dir string) (*store, error) {
	s := &store{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, ownFolder), 0o755); err != nil {
		return nil, inputf("name a folder that can be written", "cannot make the folder of results: %v", err)
	}
	s.lock = flock.New(filepath.Join(dir, ownFolder, "lock"))
	switch ok, err := s.lock.TryLock(); {
	case err != nil:
		return nil, inputf("name a folder that can be written, on a file system that has locks", "cannot lock %s: %v", dir, err)
	case !ok:
		return nil, inputf("wait until it is over; shards get a folder each, and grade merge joins them", "another grade writes to %s at the moment", dir)
	}
	err := os.RemoveAll(s.tmp()) // what a killed run left
	if err = errors.Join(err, os.MkdirAll(s.tmp(), 0o755)); err != nil {
		return nil, errors.Join(err, s.lock.Unlock())
	}
	return s, nil
}

func (s *store) close() error { return errors.Join(os.RemoveAll(s.tmp()), s.lock.Unlock()) }

func (s *store) tmp() string { return filepath.Join(s.dir, ownFolder, "tmp") }

func (s *store) result(id, slug string) string { return filepath.Join(s.dir, id, slug+".json") }

func (s *store) doneFile(id, slug string) string {
	return filepath.Join(s.dir, ownFolder, "done", id, slug)
}

func (s *store) cacheFile(key string) string {
	return filepath.Join(s.dir, ownFolder, "cache", key[:2], key)
}

// has reports whether the result stands and was made from rec.
func (s *store) has(id, slug string, rec record) bool {
	want, err := json.Marshal(rec)
	if err != nil {
		return false
	}
	got, err := os.ReadFile(s.doneFile(id, slug))
	if err != nil || !bytes.Equal(got, want) {
		return false
	}
	info, err := os.Stat(s.result(id, slug))
	return err == nil && info.Size() > 0
}

// put writes a result and then what it was made from.
func (s *store) put(id, slug string, text []byte, rec record, between func()) error {
	if err := s.write(s.result(id, slug), text, true); err != nil {
		return err
	}
	between()
	if rec.Key == "" {
		return gone(os.Remove(s.doneFile(id, slug)))
	}
	note, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return s.write(s.doneFile(id, slug), note, false)
}

// cached is a file of the cache. It names its key, so that a damaged one is
// known for what it is.
type cached struct {
	Key    string         `json:"key"`
	Report *grader.Report `json:"report"`
}

func (s *store) cached(key string) (*grader.Report, bool) {
	text, err := os.ReadFile(s.cacheFile(key))
	var c cached
	if err != nil || json.Unmarshal(text, &c) != nil || c.Key != key || c.Report == nil {
		return nil, false
	}
	return c.Report, true
}

func (s *store) cache(key string, report *grader.Report) error {
	text, err := json.Marshal(cached{key, report})
	if err != nil {
		return err
	}
	return s.write(s.cacheFile(key), text, false)
}

// write puts a text into place as a whole, see [store.create]. A file that has
// it already is left alone.
func (s *store) write(name string, text []byte, sync bool) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return s.create(name, sync, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// create puts a file that fill writes into place as a whole. Where sync is
// set, it is on the disk before it gets its name; without, a machine that loses its
// power may lose the file, and a later run makes it anew.
func (s *store) create(name string, sync bool, fill func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.tmp(), "new-")
	if err != nil {
		return err
	}
	err = fill(f)
	if sync && err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// drop removes a result that does not hold any more.
func (s *store) drop(id, slug string) error {
	return errors.Join(gone(os.Remove(s.doneFile(id, slug))), gone(os.Remove(s.result(id, slug))))
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// encode writes a result as grade --format json does.
func encode(report *grader.Report) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(report)
	return b.Bytes(), err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
