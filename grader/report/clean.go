package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text that a submission may have written harmless for a terminal:
// control and format characters but line feed and tab are replaced, so that
// nothing can move the cursor, colour the screen or reorder what is read.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return '\uFFFD'
		}
		return r
	}, s)
}
