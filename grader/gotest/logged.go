package gotest

import (
	"strings"

	"github.com/weft-course/weft/grader"
)

// logHead reads the first line of what t.Log or t.Error wrote,
// "    x_test.go:12: text", and returns its indentation.
func logHead(line string) (text string, indent int, ok bool) {
	rest := strings.TrimLeft(line, " ")
	indent = len(line) - len(rest)
	if indent < 4 || indent%4 != 0 {
		return "", 0, false
	}
	place, text, ok := strings.Cut(rest, ": ")
	if !ok {
		place, ok = strings.CutSuffix(rest, ":")
	}
	file, n := fileLine(place)
	if !ok || n == 0 || !strings.HasSuffix(file, ".go") || strings.ContainsAny(file, " \t/") {
		return "", 0, false
	}
	return text, indent, true
}

// logged reads one message of a test's log: a failed testify assertion, a leak
// that goleak found, what testing says itself, or plain text.
func logged(b block, src Source) []grader.Finding {
	text, indent, _ := logHead(b.lines[0])
	body := []string{text}
	for _, line := range b.lines[1:] {
		rest, ok := strings.CutPrefix(line, strings.Repeat(" ", indent+4))
		if !ok {
			break
		}
		body = append(body, rest)
	}
	evidence := strings.Join(b.lines[:len(body)], "\n")
	switch {
	case strings.HasPrefix(text, "found unexpected goroutines"):
		return goleak(block{lines: b.lines[:len(body)]}, src)
	case strings.HasPrefix(text, "race detected during execution of test"):
		return nil // the report has been read
	}
	if f, ok := testify(body); ok {
		f.Evidence = evidence
		return []grader.Finding{f}
	}
	return plainText(body, evidence)
}

// plainText takes a message as it is, and "got X, want Y" apart.
func plainText(body []string, evidence string) []grader.Finding {
	text := strings.TrimSpace(strings.Join(body, " "))
	if text == "" {
		return nil
	}
	f := grader.Finding{Cause: plain, Message: sentence(text), Evidence: evidence}
	if _, values, ok := strings.Cut(text, "got "); ok {
		if got, want, ok := strings.Cut(values, ", want "); ok {
			f.Got, f.Want = got, strings.TrimSuffix(want, ".")
		}
	}
	return []grader.Finding{f}
}

// testify reads the labelled block that testify's assertions write.
func testify(body []string) (grader.Finding, bool) {
	parts, label := map[string][]string{}, ""
	for _, line := range body {
		rest, ok := strings.CutPrefix(line, "\t")
		if !ok {
			continue
		}
		name, value, ok := strings.Cut(rest, "\t")
		if !ok {
			continue
		}
		if name = strings.TrimSuffix(strings.TrimSpace(name), ":"); name != "" {
			label = name
		}
		parts[label] = append(parts[label], value)
	}
	if parts["Error Trace"] == nil || parts["Error"] == nil {
		return grader.Finding{}, false
	}
	return assertion(parts["Error"], strings.Join(parts["Messages"], " ")), true
}

// assertion words a failed assertion. The author's message says it best; what
// the assertion adds are values, or else a note.
func assertion(said []string, message string) grader.Finding {
	f := grader.Finding{Cause: grader.CauseAssertion}
	var rest []string
	for _, line := range said {
		if strings.TrimSpace(line) == "Diff:" || len(rest) == 12 {
			break
		}
		if want, ok := cutLabel(line, "expected"); ok {
			f.Want = want
		} else if got, ok := cutLabel(line, "actual", "in chain"); ok {
			f.Got = got
		} else {
			rest = append(rest, line)
		}
	}
	text := assertionText(rest)
	if f.Got == "" && f.Want == "" && (message != "" || text == otherElements) {
		f.Got, f.Want = values(said, text)
	}
	switch {
	case message == "":
		f.Message = sentence(text)
	case f.Got == "" && f.Want == "":
		f.Message, f.Notes = sentence(message), []grader.Note{{Text: sentence(text)}}
	default:
		f.Message = sentence(message)
	}
	return f
}

// cutLabel reads "expected: 1", "actual  : 0".
func cutLabel(line string, labels ...string) (string, bool) {
	name, value, ok := strings.Cut(line, ":")
	for _, l := range labels {
		if ok && strings.TrimSpace(name) == l {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// assertionText puts testify's phrases into sentences.
func assertionText(said []string) string {
	first := ""
	if len(said) > 0 {
		first = strings.TrimSpace(said[0])
	}
	rest := strings.TrimSpace(strings.Join(said[min(1, len(said)):], " "))
	switch {
	case strings.HasPrefix(first, "Not equal:"):
		return "The value is not the one expected"
	case first == "elements differ":
		return otherElements
	case first == "Should be true":
		return "A condition that should hold does not"
	case first == "Should be false":
		return "A condition holds that should not"
	case first == "Received unexpected error:":
		return "There is an error where none is expected: " + rest
	case first == "Target error should be in err chain:":
		return "The error is not the one expected, nor does it wrap it"
	case first == "Condition never satisfied":
		return "What the test waited for did not happen in time"
	case strings.HasPrefix(first, "func (assert.PanicTestFunc)") && strings.HasSuffix(first, "should panic"):
		return "A call that should panic does not"
	case strings.HasPrefix(first, "func (assert.PanicTestFunc)"):
		return "A call panics that should not: " + strings.TrimPrefix(rest, "Panic value:")
	}
	return strings.TrimSpace(first + " " + rest)
}
