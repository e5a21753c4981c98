package processpool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/21-process-pool"
)

type none = struct{}

// What worker processes can do. The visible tests call tasks with names of their own.
var (
	square   = processpool.NewTask("hidden: square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	whoami   = processpool.NewTask("hidden: whoami", func(context.Context, none) (ids, error) { return self(), nil })
	echo     = processpool.NewTask("hidden: echo", func(_ context.Context, b baggage) (baggage, error) { return b, nil })
	repeat   = processpool.NewTask("hidden: repeat", func(_ context.Context, b []byte) ([]byte, error) { return b, nil })
	fails    = processpool.NewTask("hidden: fails", func(_ context.Context, text string) (int, error) { return 1, errors.New(text) })
	panics   = processpool.NewTask("hidden: panics", panicking)
	goexits  = processpool.NewTask("hidden: goexits", func(context.Context, none) (int, error) { runtime.Goexit(); return 1, nil })
	prints   = processpool.NewTask("hidden: prints", printing)
	talks    = processpool.NewTask("hidden: talks", func(_ context.Context, c chan int) (int, error) { return 1, nil })
	answers  = processpool.NewTask("hidden: answers", func(context.Context, none) (chan int, error) { return make(chan int), nil })
	stranger = processpool.NewTask("hidden: a task that no worker knows", func(context.Context, int) (int, error) { return 1, nil })
	holds    = processpool.NewTask("hidden: holds", holding)
	waits    = processpool.NewTask("hidden: waits", waiting)
	crashes  = processpool.NewTask("hidden: crashes", crashing)
	nests    = processpool.NewTask("hidden: nests", nesting)
	lingers  = processpool.NewTask("hidden: lingers", lingering)
	counts   = processpool.NewTask("hidden: counts", func(context.Context, none) (string, error) { return countLeftovers(), nil })
	burns    = processpool.NewTask("hidden: burns", burning)

	seenSquare = processpool.NewTask("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	seenPid    = processpool.NewTask("pid", func(context.Context, string) (int, error) { return os.Getpid(), nil })
	seenRefuse = processpool.NewTask("refuse", func(_ context.Context, text string) (int, error) { return 0, errors.New(text) })
	seenCrash  = processpool.NewTask("crash", func(_ context.Context, code int) (int, error) { os.Exit(code); return 0, nil })
)

func functions() []processpool.Function {
	return []processpool.Function{
		square, whoami, echo, repeat, fails, panics, goexits, prints, talks, answers, holds, waits, crashes, nests, lingers, counts, burns,
		seenSquare, seenPid, seenRefuse, seenCrash,
	}
}

// ids tell one process, and the calls in it, from another.
type ids struct{ Pid, Parent, Calls int }

// calls is how many have asked; each process counts for itself.
var calls int

func self() ids {
	calls++
	return ids{os.Getpid(), os.Getppid(), calls}
}

type baggage struct {
	Name   string
	Big    uint64
	Places map[string]float64
	Next   *baggage
}

// work is what burns computes.
type work struct {
	Seeds  []uint64
	Rounds int
}

func burning(_ context.Context, w work) (results []uint64, err error) {
	for _, seed := range w.Seeds {
		results = append(results, gradetest.Burn(seed, w.Rounds))
	}
	return results, nil
}

func panicking(_ context.Context, text string) (int, error) { panic(text) }

// printing writes and reads where pools might have their messages.
func printing(context.Context, none) (int, error) {
	fmt.Println("printed by a task, as part of a test")
	fmt.Fprintln(os.Stdout, `{"a": 1}`)
	got, err := io.ReadAll(os.Stdin)
	return len(got), err
}

// present says whether there is a file.
func present(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// inside is a file in the folder of a gate: a call that has come inside makes it,
// and goes on when it is gone.
const inside = "inside"

// pass waits until the gate is open, or hurry ends.
func pass(hurry context.Context, gate string) error {
	file := filepath.Join(gate, inside)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	for present(file) {
		select {
		case <-hurry.Done():
			return hurry.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// holding returns when the gate is open, whatever its context says.
func holding(_ context.Context, gate string) (ids, error) {
	err := pass(context.Background(), gate)
	return self(), err
}

// waiting returns early if its context ends, and says so.
func waiting(ctx context.Context, gate string) (string, error) {
	if err := pass(ctx, gate); err != nil {
		return err.Error(), nil
	}
	return "open", nil
}

// ending tells crashes what to wait for, and how to end the process.
type ending struct {
	Gate string
	Code int // negative: kill it
}

func crashing(_ context.Context, c ending) (int, error) {
	if c.Gate != "" {
		if err := pass(context.Background(), c.Gate); err != nil {
			return 0, err
		}
	}
	if c.Code >= 0 {
		os.Exit(c.Code)
	}
	return 0, kill(os.Getpid())
}

func kill(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

// nest tells nests where a process of its own shall leave traces.
type nest struct {
	Gate string
	FD   int
}

// patience is how long a process that should be ended lives on. Only wrong code
// makes anybody wait for it.
const patience = 4 * time.Second

// nesting has a pool of its own. It kills its process while a process of that pool works.
func nesting(ctx context.Context, n nest) (int, error) {
	if _, err := processpool.Submit(ctx, processpool.NewPool(1, 0), lingers, n); err != nil {
		return 0, err
	}
	for !present(filepath.Join(n.Gate, inside)) {
		time.Sleep(time.Millisecond)
	}
	return 0, kill(os.Getpid())
}

// lingering computes, and writes to FD if it is left alone.
func lingering(_ context.Context, n nest) (int, error) {
	if err := os.WriteFile(filepath.Join(n.Gate, inside), nil, 0o600); err != nil {
		return 0, err
	}
	time.Sleep(patience)
	return 0, writeTo(n.FD, "alive")
}

// early is what Submit answers before Worker: package-level variables come first.
var early = submitEarly()

func submitEarly() (err error) {
	const guard = "WEFT_TWENTYONE_EARLY"
	if os.Getenv(guard) != "" || os.Getenv(envInside) != "" {
		return processpool.ErrNoWorker
	}
	os.Setenv(guard, "1") // a Submit that does start something must do so only once
	defer os.Unsetenv(guard)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	p := processpool.NewPool(1, 0)
	defer p.Close()
	_, err = processpool.Submit(context.Background(), p, square, 1)
	return err
}
