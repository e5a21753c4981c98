package gotest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/weft-course/weft/grader"
)

// verb is what a goroutine does, in words: "wait" and " for a lock".
type verb struct{ word, rest string }

func (v verb) one() string  { return v.word + "s" + v.rest }
func (v verb) many() string { return v.word + v.rest }

// stateVerb puts the runtime's word for a goroutine's state in a student's, and
// says whether the goroutine is blocked. A state not known here is one that
// can go on: only what surely waits may count towards a deadlock.
func stateVerb(state string) (v verb, blocked bool) {
	switch state {
	case "chan receive":
		return verb{"wait", " to receive from a channel"}, true
	case "chan send":
		return verb{"wait", " to send on a channel"}, true
	case "chan receive (nil chan)":
		return verb{"wait", " for ever to receive from a nil channel"}, true
	case "chan send (nil chan)":
		return verb{"wait", " for ever to send on a nil channel"}, true
	case "select":
		return verb{"wait", " in a select"}, true
	case "select (no cases)":
		return verb{"wait", " for ever in an empty select"}, true
	case "sync.Mutex.Lock", "sync.RWMutex.Lock":
		return verb{"wait", " for a lock"}, true
	case "sync.RWMutex.RLock":
		return verb{"wait", " for a lock, to read"}, true
	case "sync.Cond.Wait":
		return verb{"wait", " for a signal (Cond.Wait)"}, true
	case "sync.WaitGroup.Wait":
		return verb{"wait", " for a WaitGroup to reach zero"}, true
	case "semacquire", "synctest.Run", "synctest.Wait", "coroutine":
		return verb{"wait", " for another goroutine"}, true
	case "IO wait":
		return verb{"wait", " for input or output"}, true
	case "sleep":
		return verb{"sleep", ""}, false
	case "syscall":
		return verb{"wait", " for the operating system"}, false
	}
	return verb{"run", ""}, false
}

// calleeVerb knows the calls that tell more than the state: locks that are made
// of channels, as in runs under virtual time, show up as "chan receive".
func calleeVerb(symbol string) (verb, bool) {
	state := ""
	switch method := symbol[strings.LastIndexByte(symbol, '/')+1:]; {
	case strings.HasSuffix(method, ".(*RWMutex).RLock"):
		state = "sync.RWMutex.RLock"
	case strings.HasSuffix(method, "Mutex).Lock"):
		state = "sync.Mutex.Lock"
	case strings.HasSuffix(method, ".(*Cond).Wait"):
		state = "sync.Cond.Wait"
	case strings.HasSuffix(method, ".(*WaitGroup).Wait"):
		state = "sync.WaitGroup.Wait"
	case strings.HasSuffix(method, ".(*Group).Wait"):
		return verb{"wait", " for the goroutines of its Group"}, true
	case strings.HasSuffix(method, ".(*Once).Do"):
		return verb{"wait", " for a sync.Once that another goroutine is in"}, true
	}
	v, _ := stateVerb(state)
	return v, state != ""
}

// help is the next step for a cause when nothing more precise is known.
func help(cause grader.Cause) string {
	switch cause {
	case grader.CauseRace:
		return "Guard every access to this memory with the same lock, or hand the value over through a channel."
	case grader.CauseDeadlock:
		return "For each wait listed, ask which goroutine was to end it, and why that one did not get there."
	case grader.CauseLeak:
		return "Give every goroutine you start a way to end: a channel that is closed, a context that is cancelled, a partner that always comes."
	case grader.CauseTimeout:
		return "Look for a loop whose condition never becomes false, and for waiting that nothing ends."
	case grader.CausePanic, grader.CauseCrash:
		return "Look at the line named, and at who calls it with which values."
	case grader.CauseMemory:
		return "Look for a slice, map or channel that grows without bound, or for goroutines started in an endless loop."
	case grader.CauseVanished:
		return "Return from your functions instead: ending the goroutine or the process is the caller's business."
	case grader.CauseBuild:
		return "Run go build in the exercise's folder until it is silent."
	case grader.CauseVet:
		return "Run go vet in the exercise's folder; it explains what it finds."
	}
	return ""
}

const (
	maxMessage  = 600
	maxValue    = 400
	maxEvidence = 16 << 10
	maxFindings = 50 // more than anybody reads
)

// tidyAll tidies findings and drops those that say the same as an earlier one.
func (s Source) tidyAll(found []grader.Finding) []grader.Finding {
	type key struct {
		pos                grader.Position
		message, got, want string
	}
	seen := map[key]bool{}
	var kept []grader.Finding
	for _, f := range found {
		f = s.tidy(f)
		k := key{f.Pos, f.Message, f.Got, f.Want}
		if !seen[k] && len(kept) < maxFindings {
			kept = append(kept, f)
		}
		seen[k] = true
	}
	return kept
}

// tidy makes a finding fit to be shown: one line a field, no control
// characters, nothing of the hidden tests' or of this machine's paths.
func (s Source) tidy(f grader.Finding) grader.Finding {
	f.Message = s.clean(f.Message, maxMessage)
	if f.Message == "" {
		f.Message = "Something is wrong that the output does not name."
	}
	f.Got, f.Want = s.clean(readable(f.Got), maxValue), s.clean(readable(f.Want), maxValue)
	for i := range f.Notes {
		f.Notes[i].Text = s.clean(f.Notes[i].Text, maxMessage)
	}
	if f.Help == "" {
		f.Help = help(f.Cause)
	}
	if len(f.Evidence) > maxEvidence {
		f.Evidence = f.Evidence[:maxEvidence]
	}
	f.Evidence = strings.ToValidUTF8(f.Evidence, "\uFFFD")
	return f
}

// clean cuts first: a submission may print megabytes in one line.
func (s Source) clean(text string, limit int) string {
	text, long := cut(text, 4*limit)
	if s.Package != "" {
		text = strings.ReplaceAll(text, s.Package+".", "")
		text = strings.ReplaceAll(text, s.Package, "your package")
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
	for i, w := range words {
		words[i] = s.mask(w)
	}
	text, longer := cut(strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD"), limit)
	if long || longer {
		text += "…"
	}
	return text
}

// cut shortens text to at most n bytes, at the start of a character.
func cut(text string, n int) (string, bool) {
	if len(text) <= n {
		return text, false
	}
	return strings.ToValidUTF8(text[:n], ""), true
}

// testFile is in what names a file of a test, and not in a type like queue_test.got.
var testFile = regexp.MustCompile(`_test\.go(\W|$)`)

// mask hides a word that names a file of the hidden tests.
func (s Source) mask(word string) string {
	if testFile.MatchString(word) {
		return "the test"
	}
	tests := strings.TrimSuffix(strings.TrimPrefix(s.Tests, grader.ModulePath+"/"), "/")
	if tests != "" && s.Tests != s.Student && strings.Contains(word, tests) {
		return "the test"
	}
	return word
}

// at names a place within a sentence: "semaphore.go:41 (Semaphore.Acquire)". The
// folder is left out; it is in the finding's position.
func at(p grader.Position) string {
	text := fmt.Sprintf("%s:%d", p.File[strings.LastIndexAny(p.File, `/\`)+1:], p.Line)
	if p.Func != "" {
		text += " (" + p.Func + ")"
	}
	return text
}

// sentence closes a text with a full stop unless it has an end.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:…") {
		return text
	}
	return text + "."
}

// plural writes "1 goroutine" and "3 goroutines".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
