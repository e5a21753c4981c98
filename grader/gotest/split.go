package gotest

import "strings"

// Segment is what one top-level test printed, its subtests included, or what
// was printed outside any test when Test is empty.
type Segment struct {
	Test string
	Text string
	// Cut says that the middle of a very long text was left out.
	Cut bool
}

const (
	marker      = "\x16" // what -test.v=test2json puts before its own lines
	maxSegment  = 1 << 20
	maxSegments = 4096
)

// Split cuts the stream of one run, with -test.v or -test.v=test2json, into
// one segment a top-level test, in the order in which they begin. The text of
// parallel tests is gathered. With marks in the stream only marked lines count,
// so that a program has to mean it to print a false one.
func Split(output string) []Segment {
	s := splitter{output: output, index: map[string]int{}, marked: strings.Contains(output, marker+"=== RUN ")}
	for at := 0; at < len(output); {
		at = s.line(at)
	}
	segments := make([]Segment, 0, len(s.tests))
	for _, t := range s.tests {
		if len(t.spans) > 0 {
			segments = append(segments, t.segment(output))
		}
	}
	return segments
}

// splitter holds spans of the stream rather than copies of it.
type splitter struct {
	output string
	marked bool
	tests  []spans
	index  map[string]int
	now    string // the test that is speaking
	end    int    // where the current line ends
}

type spans struct {
	test  string
	spans [][2]int
	size  int
}

// line deals with the line that begins at an offset and returns where the next begins.
func (s *splitter) line(at int) int {
	end := s.lineEnd(at)
	unfinished := false
	if s.marked {
		// What a test printed without a newline stands before the mark.
		if i := markAt(s.output[at+1 : end]); i >= 0 {
			end, unfinished = at+1+i, true
		}
	}
	text := s.output[at:end]
	bare := strings.TrimPrefix(text, marker)
	name, ok := speaker(strings.TrimRight(bare, "\r\n"))
	ok = ok && (!s.marked || len(bare) < len(text))
	if ok {
		s.speak(name)
	}
	if !ok || name != "" { // "no test speaks now" is nobody's text
		s.add(at+len(text)-len(bare), end)
	}
	if unfinished && s.output[s.end-1] == '\n' {
		s.add(s.end-1, s.end) // any newline will do
	}
	return end
}

// lineEnd looks for the newline once a line, however many marks are in it.
func (s *splitter) lineEnd(at int) int {
	if at < s.end {
		return s.end
	}
	s.end = len(s.output)
	if i := strings.IndexByte(s.output[at:], '\n'); i >= 0 {
		s.end = at + i + 1
	}
	return s.end
}

// markAt finds a framing mark within a line.
func markAt(text string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], marker)
		if i < 0 {
			return -1
		}
		from += i
		rest := text[from+1:]
		if strings.HasPrefix(rest, "=== ") || strings.HasPrefix(rest, "--- ") {
			return from
		}
		from++
	}
}

// speaker says whose the text is from this line on.
func speaker(line string) (string, bool) {
	if line == "PASS" || line == "FAIL" {
		return "", true
	}
	for _, word := range []string{"=== RUN   ", "=== CONT  ", "=== NAME  ", "--- FAIL: ", "--- PASS: ", "--- SKIP: "} {
		if rest, ok := strings.CutPrefix(line, word); ok {
			name, _, _ := strings.Cut(rest, " ")
			name, _, _ = strings.Cut(name, "/")
			return name, true
		}
	}
	return "", false
}

// speak makes a test the current one. Beyond a number that no course has, new
// names are a submission's play and count as no test.
func (s *splitter) speak(name string) {
	if _, known := s.index[name]; !known && len(s.tests) >= maxSegments {
		name = ""
	}
	s.now = name
}

func (s *splitter) add(from, to int) {
	i, known := s.index[s.now]
	if !known {
		i = len(s.tests)
		s.index[s.now] = i
		s.tests = append(s.tests, spans{test: s.now})
	}
	s.tests[i].add(from, to)
}

func (t *spans) add(from, to int) {
	t.size += to - from
	if n := len(t.spans); n > 0 && t.spans[n-1][1] == from {
		t.spans[n-1][1] = to
		return
	}
	t.spans = append(t.spans, [2]int{from, to})
}

// segment joins the spans. Of a very long text the head and the tail are kept:
// the end is where a crash is told.
func (t *spans) segment(output string) Segment {
	var b strings.Builder
	skip, gone := t.size, 0
	if t.size > maxSegment {
		skip, gone = maxSegment/2, t.size-maxSegment
	}
	at := 0
	for _, span := range t.spans {
		text := output[span[0]:span[1]]
		head := min(len(text), max(0, skip-at))
		tail := min(len(text), max(head, skip+gone-at))
		b.WriteString(text[:head])
		b.WriteString(text[tail:])
		at += len(text)
	}
	return Segment{Test: t.test, Text: b.String(), Cut: gone > 0}
}
