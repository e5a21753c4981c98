package grader

import (
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text that a submission may have written harmless where it is
// shown. Control and format characters but line feed and tab are replaced, so
// that nothing moves the cursor, colours the screen or reorders what is read.
// What GitHub's runner takes for a command, "::name::" at the start of a line,
// blanks of any kind aside, and "##[name]" anywhere, is taken apart.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			return utf8.RuneError
		}
		return r
	}, s)
	return strings.ReplaceAll(lineCommand.ReplaceAllString(s, "$1: :"), "##[", "# #[")
}

var lineCommand = regexp.MustCompile(`(?m)^([\t\p{Z}]*)::`)

// IsFormula reports whether a spreadsheet may take text for a formula: by its
// first character that is no blank, with the full-width forms, or by a tab or
// line end before it. The characters are those that OWASP names under "CSV injection".
func IsFormula(s string) bool {
	trimmed := strings.TrimSpace(s)
	first, _ := utf8.DecodeRuneInString(trimmed)
	return strings.TrimLeft(s, "\t\r\n") != s || trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", first)
}

// Cleaner returns a writer that cleans what is written to w. Each call of Write
// must hold whole lines, as fmt.Fprintf with a line feed at the end does.
func Cleaner(w io.Writer) io.Writer { return cleaner{w} }

type cleaner struct{ w io.Writer }

func (c cleaner) Write(b []byte) (int, error) {
	if _, err := io.WriteString(c.w, Clean(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}
