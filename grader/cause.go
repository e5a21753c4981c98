package grader

// CauseDoc documents a cause for the student: what it means, a wrong and a
// right way side by side, and what to do.
type CauseDoc struct {
	Cause Cause
	Title string
	Doc   string
	Wrong string // Go
	Right string // Go
}

// IsCause reports whether c is one of the causes.
func IsCause(c Cause) bool {
	for _, d := range Causes() {
		if d.Cause == c {
			return true
		}
	}
	return false
}

// Causes documents every cause, in the order in which a student meets them.
func Causes() []CauseDoc {
	return []CauseDoc{
		{
			Cause: CausePolicy, Title: "refused before it was compiled",
			Doc: "The files must hold ordinary Go that the exercise needs: no other imports, no directives, no build tags, no cgo. The message names the line.",
		},
		{
			Cause: CauseBuild, Title: "does not compile, or not with the exercise's API",
			Doc:   "The compiler's message is shown at your line. When it is about a declaration that the tests use, your function or type differs from the stub's: give it the name, the parameters and the results that the stub has.",
			Wrong: "func New(n int64) *Semaphore",
			Right: "func New(n int) *Semaphore",
		},
		{
			Cause: CauseVet, Title: "go vet complains",
			Doc:   "go vet knows mistakes that compile, such as copying a lock. It costs nothing, and it is usually right.",
			Wrong: "func (s Semaphore) Release() // copies the mutex in s",
			Right: "func (s *Semaphore) Release()",
		},
		{
			Cause: CauseAssertion, Title: "does something else than it should",
			Doc: "A test called your code and got another answer than the exercise's rule demands. The first line is the rule, then what was compared, and got and want.",
		},
		{
			Cause: CausePanic, Title: "panics",
			Doc:   "The message is the runtime's; the line is the innermost one of yours. In concurrent code look for what two goroutines do to the same thing: closing a channel twice, sending on a closed one, a WaitGroup that goes below zero.",
			Wrong: "close(c) // by every goroutine that is done",
			Right: "once.Do(func() { close(c) })",
		},
		{
			Cause: CauseCrash, Title: "the program ended in the middle of a test",
			Doc: "The process was gone before the test was over: a fatal error of the runtime, such as unlocking a mutex that is not locked, or a panic in a goroutine that nobody waited for.",
		},
		{
			Cause: CauseRace, Title: "data race",
			Doc:   "Two goroutines used the same memory, at least one of them wrote, and nothing ordered the two. The result may have been right by luck. Protect every access, reads too, by the same lock, or hand the value over through a channel.",
			Wrong: "n++ // from several goroutines",
			Right: "mu.Lock()\nn++\nmu.Unlock()",
		},
		{
			Cause: CauseLeak, Title: "goroutine leak",
			Doc:   "The test was over, and a goroutine that your code had started was still waiting for something that will never come. Give it a second way out: a context, a closed channel; or do without it.",
			Wrong: "go func() { result <- work() }() // nobody receives after a time-out",
			Right: "result := make(chan int, 1) // room for the late answer\ngo func() { result <- work() }()",
		},
		{
			Cause: CauseDeadlock, Title: "deadlock",
			Doc:   "Every goroutine waits for another one. The message lists who waits where. Take locks in one order everywhere, never wait while you hold what the other needs, and signal everybody who may have to look again.",
			Wrong: "a.Lock(); b.Lock() // here\nb.Lock(); a.Lock() // and there",
			Right: "a.Lock(); b.Lock() // in the same order everywhere",
		},
		{
			Cause: CauseLivelock, Title: "livelock",
			Doc:   "Goroutines run on and on and none gets anywhere: each waits for another by asking again, or two undo each other's steps for ever. A schedule that let every one of them take its turn had no end. Let a goroutine wait until something has changed (a channel, a sync.Cond), and let one of two that collide win.",
			Wrong: "for !mine.TryLock() || !yours.TryLock() {\n\tmine.Unlock() // both give way, both try again, at the same time\n}",
			Right: "mine.Lock() // in one order, the same for everybody\nyours.Lock()",
		},
		{
			Cause: CauseTimeout, Title: "still running",
			Doc: "The test was stopped because it took far longer than it should, while goroutines were still computing or sleeping. That is no deadlock: look for a loop whose end is never reached, or that asks again and again.",
		},
		{
			Cause: CauseBusyWait, Title: "busy waiting",
			Doc:   "Your code used the processor while it had nothing to do but wait. Let the goroutine sleep until somebody wakes it: receive from a channel, or wait on a sync.Cond.",
			Wrong: "for !ready.Load() { runtime.Gosched() }",
			Right: "<-ready // a channel, closed when it is time",
		},
		{
			Cause: CauseTooSlow, Title: "too slow",
			Doc: "The time is compared with that of a known-good run on the same machine, at the same moment.",
		},
		{
			Cause: CauseSerial, Title: "no speed-up",
			Doc:   "The work was done one after another where it should have been done at the same time. Look for a lock that is held while work is done, or a wait right behind the start.",
			Wrong: "for _, t := range tasks { go t(); wait() }",
			Right: "for _, t := range tasks { go t() }\nwait()",
		},
		{
			Cause: CauseMemory, Title: "too much memory",
			Doc: "The process grew beyond its limit and was stopped. Something grows without end: a slice in a loop, goroutines that start goroutines, a recursion without a floor.",
		},
		{
			Cause: CauseOutput, Title: "too much output",
			Doc: "The process printed more than anybody reads and was stopped. Remove what prints in a loop.",
		},
		{
			Cause: CauseProcesses, Title: "too many processes",
			Doc: "The program had more processes at once than any exercise needs, and was stopped with all of them. Something starts processes in a loop, or each one starts another.",
		},
		{
			Cause: CauseDisk, Title: "too much on disk",
			Doc: "The program filled the folder it runs in and was stopped. Only exercises about processes may write files at all, and they need few.",
		},
		{
			Cause: CauseVanished, Title: "the goroutine never came back",
			Doc: "Your code ended the goroutine that called it, with runtime.Goexit or by a trick, instead of returning.",
		},
		{
			Cause: CauseUnmeasurable, Title: "not measurable here",
			Doc: "This machine cannot tell: it has one core, is busy, or lacks a tool such as a C compiler. It costs no points, and gives none.",
		},
	}
}
