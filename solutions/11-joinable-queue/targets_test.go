package joinablequeue_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/solutions/11-joinable-queue"
)

// A process starts with the program: what it can run must be here, at package level.
var (
	works   = joinablequeue.RegisterWorker("hidden: works", workAll)
	lingers = joinablequeue.RegisterWorker("hidden: lingers", linger)
	counts  = joinablequeue.Register("hidden: counts", func(_ struct{}, parent *joinablequeue.Pipe) error {
		return parent.Send([]byte(countLeftovers()))
	})
)

// job is an item: what to do, besides making a note in a folder.
type job struct {
	Dir  string
	Do   string
	N    int
	Text string
	Next *job
}

// workAll is the life of a worker.
func workAll(q *joinablequeue.Remote[job]) error {
	for {
		j, err := q.Get()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if leave, err := work(q, j); leave || err != nil {
			return err
		}
		if err := q.TaskDone(); err != nil {
			return err
		}
	}
}

var errOnPurpose = errors.New("this error is part of the test")

// work does one item. In some cases it ends the worker, the first time.
func work(q *joinablequeue.Remote[job], j job) (leave bool, err error) {
	if j.Do == "poison" {
		if err := note(j); err != nil {
			return false, err
		}
		os.Exit(9)
	}
	if j.Do == "split" {
		for i := 1; i <= 2; i++ {
			if err := q.Put(job{Dir: j.Dir, N: 10*j.N + i}); err != nil {
				return false, err
			}
		}
	}
	if j.Do == "" || j.Do == "split" || !firstTime(j) {
		return false, note(j)
	}
	switch j.Do {
	case "exit":
		os.Exit(7)
	case "panic":
		hush() // this is not what the judge should read out
		panic("this panic is part of the test")
	case "kill":
		if err := kill(os.Getpid()); err != nil {
			return false, err
		}
		time.Sleep(patience)
	case "error":
		return false, errOnPurpose
	}
	return true, nil
}

// firstTime makes a file, and reports whether it was not there before.
func firstTime(j job) bool {
	f, err := os.OpenFile(filepath.Join(j.Dir, fmt.Sprint("tried", j.N)), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// note makes a new file for each time that an item is done.
func note(j job) error {
	sum := crc32.ChecksumIEEE([]byte(j.Text))
	if j.Next != nil {
		sum += crc32.ChecksumIEEE([]byte(j.Next.Text))
	}
	f, err := os.CreateTemp(j.Dir, fmt.Sprintf("done %d %d %08x ", j.N, os.Getpid(), sum))
	if err != nil {
		return err
	}
	return f.Close()
}

func kill(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

// patience is how long a process that should be ended lives on, and how long
// anybody waits for what should not take long. Only wrong code makes anybody wait for it.
const patience = 4 * time.Second

// linger takes its time after the end mark, as one who saves what it has computed.
func linger(q *joinablequeue.Remote[job]) error {
	_, err := q.Get()
	if err != io.EOF {
		return fmt.Errorf("Get from a closed queue: %v", err)
	}
	time.Sleep(150 * time.Millisecond)
	return nil
}

// folder is where jobs make their notes.
func folder(t *testing.T) (dir string, remove func()) {
	t.Helper()
	dir, err := os.MkdirTemp(".", "notes")
	require.NoError(t, err, "making a folder")
	return dir, func() { os.RemoveAll(dir) }
}

// done is a note: that an item was done, by a process.
type done struct {
	n, pid int
	sum    uint32
}

func notes(t *testing.T, dir string) (all []done) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err, "reading a folder")
	for _, f := range files {
		var d done
		if strings.HasPrefix(f.Name(), "done ") {
			_, err := fmt.Sscanf(f.Name(), "done %d %d %x ", &d.n, &d.pid, &d.sum)
			require.NoError(t, err, "reading a note")
			all = append(all, d)
		}
	}
	return all
}
