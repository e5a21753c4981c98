// Package gotest reads what Go's tools and test binaries print about a
// submission and says it in a student's terms: race reports, panics, goroutine
// dumps, leaks, failed assertions, compiler and vet errors become
// [grader.Finding] values whose positions lie in the student's own files.
//
// Read [Parse] first; [Split] cuts a stream into the texts it wants, one a test.
// [Build] and [Vet] read the go command's output, [Stacks] is the parser of
// goroutine dumps below them.
//
// All text is a submission's to forge: it may print anything that looks like a
// report. That can only add findings to its own text or spoil them. Verdicts
// come from elsewhere, and nothing here may be read as "passed".
//
// A line that t.Log wrote cannot be told from one that t.Error wrote, so hidden
// tests are expected not to log.
//
// Two libraries were tried on the recorded streams under testdata before the
// parsers here were written. gostackparse v0.7.0 drops every goroutine of a
// synctest bubble and every one with "gp=" in its header (fatal errors, SIGQUIT).
// panicparse v2.5.0 reads all the dumps, but loses the bubble's number, which
// tells old goroutines from this test's, and gives up on race reports with "by
// main goroutine", "atomic" or "[failed to restore the stack]". Neither reads
// goleak, and a dump takes no more than the code in stacks.go.
package gotest

import (
	"strings"

	"github.com/weft-course/weft/grader"
)

// Source tells the student's files from everything else in a stream.
type Source struct {
	// Student is the path of the student's package as a -trimpath binary
	// prints it, "github.com/weft-course/weft/solutions/05-semaphore/". The
	// go command prints the same below the module: "solutions/05-semaphore/".
	Student string
	// Tests is the like prefix of the hidden tests, whose names and lines the
	// student never sees. Files that end in _test.go never count as the
	// student's, wherever they lie.
	Tests string
	// Package is the import path of the student's package.
	Package string
	// Display turns "semaphore.go" into what the student would type, as in
	// "exercises/05-semaphore/semaphore.go". Nil leaves it as it is.
	Display func(base string) string
}

// base returns the name of the student's file at path, or "".
func (s Source) base(path string) string {
	name, ok := strings.CutPrefix(path, folder(s.Student))
	if !ok || s.Student == "" || !isStudentFile(name) {
		return ""
	}
	return name
}

// folder makes sure of the slash at the end: without it "05-sem" would claim
// the files of "05-semaphore".
func folder(prefix string) string { return strings.TrimSuffix(prefix, "/") + "/" }

// isStudentFile reports whether name is a plain Go file's, without a folder.
func isStudentFile(name string) bool {
	if len(name) < len("x.go") || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return !isWord(r) && r != '.' && r != '-'
	}) < 0
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// place makes the one kind of position that leaves this package: in a file of
// the student's that base has approved.
func (s Source) place(base string, line, col int) grader.Position {
	if base == "" || line <= 0 {
		return grader.Position{}
	}
	if s.Display != nil {
		base = s.Display(base)
	}
	return grader.Position{File: base, Line: line, Col: col}
}

// position is where a frame is, or the zero position when it is not the student's.
func (s Source) position(f Frame) grader.Position {
	p := s.place(s.base(f.File), f.Line, 0)
	if p.IsValid() {
		p.Func = s.function(f.Func)
	}
	return p
}

// isTest reports whether a frame is in the hidden tests.
func (s Source) isTest(f Frame) bool {
	return strings.HasSuffix(f.File, "_test.go") ||
		s.Tests != "" && s.Tests != s.Student && strings.HasPrefix(f.File, folder(s.Tests))
}

// function names the declaration that a symbol belongs to, as "Semaphore.Acquire":
// function literals count as the function they are written in.
func (s Source) function(symbol string) string {
	name, ok := strings.CutPrefix(symbol, s.Package+".")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(withoutBrackets(name), "-") // "-fm", "-range1"
	parts := strings.Split(name, ".")
	receiver := strings.HasPrefix(parts[0], "(*") && strings.HasSuffix(parts[0], ")")
	if receiver {
		parts[0] = parts[0][2 : len(parts[0])-1]
	}
	keep := 1
	if len(parts) > 1 && (receiver || !isLiteral(parts[1])) {
		keep = 2
	}
	name = strings.Join(parts[:keep], ".")
	if strings.IndexFunc(name, func(r rune) bool { return !isWord(r) && r != '.' }) >= 0 || name == "glob" {
		return ""
	}
	return name
}

// isLiteral reports whether a part of a symbol is what the compiler calls a
// function literal or a wrapper: "func1", "gowrap2", "deferwrap1", "0".
func isLiteral(part string) bool {
	digits := strings.TrimRight(part, "0123456789")
	if len(digits) == len(part) {
		return part == ""
	}
	return digits == "" || digits == "func" || digits == "gowrap" || digits == "deferwrap"
}

// withoutBrackets drops type arguments: "Stack[go.shape.int]" becomes "Stack".
func withoutBrackets(name string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			return r
		}
		return -1
	}, name)
}
