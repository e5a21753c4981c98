package gotest

import (
	"strings"

	"github.com/weft-course/weft/grader"
)

// crash reads a panic, a fatal error or a SIGQUIT with the stacks behind it.
// A headline without any stack is something the program printed.
func crash(b block, src Source) []grader.Finding {
	head, text := b.lines[0], b.text()
	all := Stacks(text)
	if len(all) == 0 {
		return nil
	}
	var f grader.Finding
	switch {
	case strings.HasPrefix(head, "SIGQUIT"):
		f = timeout(all, "", src)
	case strings.HasPrefix(head, "panic: test timed out after "):
		f = timeout(all, strings.TrimPrefix(head, "panic: test timed out after "), src)
	case strings.HasPrefix(head, "panic: deadlock: all goroutines in bubble are blocked"):
		f = deadlock(lastBubble(all[1:]), src)
	case strings.HasPrefix(head, "panic: deadlock: main bubble goroutine has exited"):
		f = leak(lastBubble(all[1:]), src)
	case strings.HasPrefix(head, "fatal error: all goroutines are asleep"),
		strings.HasPrefix(head, "fatal error: no goroutines"):
		f = deadlock(all, src)
	default:
		f = fault(b.lines, all[0], src)
	}
	f.Evidence = text
	return []grader.Finding{f}
}

// fault words the panic or fatal error of one goroutine.
func fault(list []string, g Goroutine, src Source) grader.Finding {
	values := panicValues(list)
	k := lookUp(strings.Join(values, "\n"))
	o := originOf(g, src)
	if k.cause == "" && strings.HasPrefix(list[0], "fatal error") {
		k.cause = grader.CauseCrash
	} else if k.cause == "" {
		k.cause = grader.CausePanic
	}
	f := grader.Finding{Cause: k.cause, Pos: o.pos, Help: k.help}
	f.Message = faultMessage(k, o, list[0], values)
	if again := o.again; again.IsValid() {
		f.Notes = append(f.Notes, grader.Note{Pos: again, Text: "A deferred function panics again here."})
	}
	if started := src.position(g.CreatedBy); started.IsValid() {
		f.Notes = append(f.Notes, grader.Note{Pos: started, Text: "The goroutine was started here."})
	}
	if k.cause == grader.CausePanic && !o.pos.IsValid() {
		f.Help = "Check what your functions return: a nil pointer, map or channel is the usual cause."
	}
	return f
}

func faultMessage(k kind, o origin, head string, values []string) string {
	said := strings.Join(values, ", then ")
	word, _, _ := strings.Cut(head, ": ")
	switch {
	case k.does != "" && o.pos.IsValid() && !o.viaTest:
		return "Your code " + k.does + " (" + word + ": " + said + ")."
	case o.pos.IsValid() && o.viaTest:
		return "A function that your code was given and calls here panics: " + sentence(said)
	case o.pos.IsValid():
		return "Your code ends with a " + word + ": " + sentence(said)
	case o.viaTest:
		return "The test itself ends with a " + word + " while it uses what your code returned: " + sentence(said)
	case k.does != "":
		return "The program " + k.does + " (" + word + ": " + said + ")."
	}
	return "The program ends with a " + word + ", outside the lines of your code: " + sentence(said)
}

// panicValues reads what was panicked with. A value of several lines is
// indented by the runtime, as are the panics that followed.
func panicValues(list []string) []string {
	_, first, _ := strings.Cut(list[0], ": ")
	values := []string{withoutRecovered(first)}
	for _, line := range list[1:] {
		rest, indented := strings.CutPrefix(line, "\t")
		next, isNext := strings.CutPrefix(strings.TrimLeft(rest, "\t"), "panic: ")
		switch {
		case !indented:
			return values
		case isNext && len(values) < 5:
			values = append(values, withoutRecovered(next))
		case len(values[len(values)-1]) < maxMessage:
			values[len(values)-1] += " " + withoutRecovered(rest)
		}
	}
	return values
}

func withoutRecovered(value string) string {
	if i := strings.LastIndex(value, " [recovered"); i >= 0 && strings.HasSuffix(value, "]") {
		return value[:i]
	}
	return value
}

// origin is where in the student's code a goroutine broke.
type origin struct {
	pos     grader.Position
	viaTest bool            // the tests' code runs between that line and the panic
	again   grader.Position // a deferred function's later panic
}

// originOf looks below the first of nested panics: that one is the cause, and
// testing panics again on top of every one.
func originOf(g Goroutine, src Source) origin {
	first := -1
	for i, f := range g.Frames {
		if f.Func == "panic" {
			first = i
		}
	}
	o := innermost(g.Frames[first+1:], src)
	if first > 0 {
		o.again = innermost(g.Frames[:first], src).pos
	}
	if !o.pos.IsValid() {
		o.pos, o.again = o.again, grader.Position{}
	}
	return o
}

// innermost finds the student's frame nearest to the top of a stack.
func innermost(frames []Frame, src Source) origin {
	var o origin
	for _, f := range frames {
		if o.pos = src.position(f); o.pos.IsValid() {
			return o
		}
		o.viaTest = o.viaTest || src.isTest(f)
	}
	return o
}
