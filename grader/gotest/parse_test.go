package gotest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gotest"
)

// TestNothingHiddenIsShown reads every stream with every parser: whatever is
// fed to the wrong one, a student sees nothing of the hidden tests' files.
func TestNothingHiddenIsShown(t *testing.T) {
	for name, text := range streams(t) {
		for _, found := range [][]grader.Finding{
			gotest.Parse(text, source()), gotest.Build(text, source()), gotest.Vet(text, source()),
		} {
			for _, f := range found {
				assert.Empty(t, wrong(f), name)
			}
		}
	}
}

// TestCauses states for each stream what it is about, apart from the words.
func TestCauses(t *testing.T) {
	want := map[grader.Cause]string{
		grader.CauseRace: "RaceWrite RaceRead RaceMap RaceGlobal RaceOwn RaceTest RaceOnlyTest RaceAtomic RaceAtomicInner " +
			"RaceGeneric PlainMaps",
		grader.CauseLeak:     "Leak LeakTick LeakMark LeakLibrary BubbleLeak PlainBubbleLeak",
		grader.CauseDeadlock: "BubbleBlocked PlainBubbleBlocked BubbleMark BubbleMutex Stuck StuckTest PlainAsleep",
		grader.CauseTimeout:  "StuckNap RunningSpin RunningBlocked TimeoutBlocked TimeoutSpin TimeoutBusy Quit",
		grader.CausePanic: "Panic PanicError PanicElsewhere PanicAgain Repanic NilMap CloseTwice SendClosed Negative " +
			"Index Divide Callback NilResult Use UnfinishedLine",
		grader.CauseCrash:    "Unlock PlainOverflow",
		grader.CauseMemory:   "Hoard PlainHuge",
		grader.CauseVanished: "Exit Vanish",
	}
	all := streams(t)
	for cause, names := range want {
		for name := range strings.FieldsSeq(names) {
			found, ok := read(name, all[name]).([]grader.Finding)
			if assert.True(t, ok && len(found) == 1, "%s: %d findings", name, len(found)) {
				assert.Equal(t, cause, found[0].Cause, name)
			}
		}
	}
}

// The streams below are made up: the race detector and the sanitizer's
// allocator print them only in states that cannot be brought about at will.

func TestLostStack(t *testing.T) {
	found := gotest.Parse(`WARNING: DATA RACE
Write at 0x00c000014088 by main goroutine:
  github.com/weft-course/weft/solutions/05-semaphore.(*Semaphore).Acquire()
      github.com/weft-course/weft/solutions/05-semaphore/semaphore.go:30 +0x44

Previous atomic read at 0x00c000014088 by goroutine 7:
  [failed to restore the stack]

Heap block of size 48 at 0x00c000014088 allocated by goroutine 7:
  runtime.newobject()
      runtime/malloc.go:1 +0x1

Goroutine 7 (running) created at:
  github.com/weft-course/weft/solutions/05-semaphore.New()
      github.com/weft-course/weft/solutions/05-semaphore/semaphore.go:22 +0x44
==================
`, source())
	require.Len(t, found, 1)
	assert.Equal(t, "Two goroutines use the same memory with nothing that orders them: one writes it at semaphore.go:30 "+
		"(Semaphore.Acquire) while another reads it atomically at a place that the race detector has lost.", found[0].Message)
	require.Len(t, found[0].Notes, 1)
	assert.Equal(t, 22, found[0].Notes[0].Pos.Line)
}

func TestRaceDetectorGivesUp(t *testing.T) {
	found := gotest.Parse("race: limit on 8128 simultaneously alive goroutines is exceeded, dying\n", source())
	require.Len(t, found, 1)
	assert.Equal(t, grader.CauseCrash, found[0].Cause)
	found = gotest.Parse("==12==ERROR: ThreadSanitizer failed to allocate 0x10 (16) bytes of shadow (error code: 12)\n", source())
	require.Len(t, found, 1)
	assert.Equal(t, grader.CauseMemory, found[0].Cause)
}

// TestLocksMadeOfChannels: under virtual time sync is replaced, and what the
// runtime calls a receive is a lock to the student.
func TestLocksMadeOfChannels(t *testing.T) {
	found := gotest.Parse(`weft: deadlock
goroutine 9 [running, synctest bubble 4]:
github.com/weft-course/weft/grader/gradetest.dump()
	github.com/weft-course/weft/grader/gradetest/dump.go:9 +0x1

goroutine 8 [chan receive (durable), 2 minutes, synctest bubble 3]:
github.com/weft-course/weft/solutions/05-semaphore.Old()
	github.com/weft-course/weft/solutions/05-semaphore/semaphore.go:1 +0x1

goroutine 11 [chan receive (durable), synctest bubble 4]:
github.com/weft-course/weft/grader/gradetest/vsync.(*Mutex).Lock(0xc000)
	github.com/weft-course/weft/grader/gradetest/vsync/mutex.go:20 +0x1
github.com/weft-course/weft/solutions/05-semaphore.(*Semaphore).Acquire(0xc000)
	github.com/weft-course/weft/solutions/05-semaphore/semaphore.go:30 +0x1
weft: end of stacks
`, source())
	require.Len(t, found, 1)
	assert.Equal(t, "Nothing can go on any more: a goroutine waits for a lock at semaphore.go:30 (Semaphore.Acquire), "+
		"and nothing is left that could end the wait.", found[0].Message)
}

// TestForgery: what a program prints may look like anything; it yields no
// finding without the rest of the report, and hides none that follows.
func TestForgery(t *testing.T) {
	real := streams(t)["RaceWrite"]
	for _, fake := range []string{
		"panic: nothing of the sort\n",
		"weft: leak\n",
		"weft: stuck after 3s\n",
		"WARNING: DATA RACE\nWrite at 0x1 by goroutine 1:\n",
		"==================\n",
		"fatal error: all goroutines are asleep - deadlock!\n",
		"goroutine 1 [running]:\nmain.main()\n\tmain.go:1\n",
	} {
		found := gotest.Parse(fake+real, source())
		require.Len(t, found, 1, fake)
		assert.Equal(t, grader.CauseRace, found[0].Cause, fake)
	}
}

// TestRacesAreMerged counts reports of the same two lines.
func TestRacesAreMerged(t *testing.T) {
	found := gotest.Parse(strings.Repeat(streams(t)["RaceWrite"], 3), source())
	require.Len(t, found, 1)
	notes := found[0].Notes
	assert.Equal(t, "The same two places were reported 3 times.", notes[len(notes)-1].Text)
}

// TestLinearTime feeds every parser what would be dear if it looked back.
func TestLinearTime(t *testing.T) {
	src := source()
	for _, line := range []string{
		"WARNING: DATA RACE\n", "panic: x\n\n", "\x16=== RUN   TestA ", "{\"a\":{\"b\":\n", "goroutine 1 [running]:\n",
		"    a_test.go:1: \n        \tError Trace:\tx\n", "    a_test.go:1: found unexpected goroutines:\n",
		"weft: leak\n", "f(((((((\n", "[", "solutions/05-semaphore/semaphore.go:1:1: undefined: x\n", " ", "\t", "xpanic: ",
	} {
		text := strings.Repeat(line, (2<<20)/len(line))
		begin := time.Now()
		gotest.Parse(text, src)
		gotest.Build(text, src)
		gotest.Vet(text, src)
		gotest.Stacks(text)
		gotest.Split(text)
		assert.Less(t, time.Since(begin), 20*time.Second, "%q", line)
	}
}

func TestStacks(t *testing.T) {
	all := gotest.Stacks(`goroutine 7 gp=0xc000 m=0 mp=0xa2 [select (no cases) (durable), 2 minutes, locked to thread, synctest bubble 12]:
main.f[...]({0x1, 0x2}, 0x3)
	/a dir/main.go:12 +0x1f fp=0x1 sp=0x2 pc=0x3
...additional frames elided...
created by main.g in goroutine 1
	main.go:3 +0x1

goroutine 8 [chan receive (nil chan) (leaked)]:
goroutine 9 [runnable labels:{"a": "b"}]:
goroutine x [running]:
`)
	require.Len(t, all, 3)
	assert.Equal(t, gotest.Goroutine{
		ID: 7, State: "select (no cases)", Durable: true, Locked: true, Minutes: 2, Bubble: 12, Elided: true,
		Frames:    []gotest.Frame{{Func: "main.f[...]", File: "/a dir/main.go", Line: 12}},
		CreatedBy: gotest.Frame{Func: "main.g", File: "main.go", Line: 3}, Parent: 1,
	}, all[0])
	assert.Equal(t, gotest.Goroutine{ID: 8, State: "chan receive (nil chan)", Leaked: true}, all[1])
	assert.Equal(t, "runnable", all[2].State)
}

func TestFunctionNames(t *testing.T) {
	for symbol, want := range map[string]string{
		"New":                              "New",
		"New.func1":                        "New",
		"New.func1.2.3":                    "New",
		"(*Semaphore).Acquire":             "Semaphore.Acquire",
		"(*Semaphore).Acquire.func2":       "Semaphore.Acquire",
		"(*Semaphore).Acquire-fm":          "Semaphore.Acquire",
		"(*Stack[go.shape.int]).Push":      "Stack.Push",
		"Semaphore.Free":                   "Semaphore.Free",
		"Map[go.shape.int,go.shape.int_1]": "Map",
		"Run.gowrap1":                      "Run",
		"Run-range1":                       "Run",
		"init.0":                           "init",
		"glob..func1":                      "",
		"init.func1":                       "init",
	} {
		text := fmt.Sprintf("panic: x\n\ngoroutine 1 [running]:\n%s.%s(...)\n\t%ssemaphore.go:3\n",
			source().Package, symbol, source().Student)
		found := gotest.Parse(text, source())
		require.Len(t, found, 1, symbol)
		assert.Equal(t, want, found[0].Pos.Func, symbol)
	}
}
