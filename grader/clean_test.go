package grader

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCleanTakesCommandsApart(t *testing.T) {
	for _, blank := range []string{"", " ", "\t", " \t ", "\u00a0", "\u3000", "\u2003 "} {
		assert.Equal(t, blank+": :error::x", Clean(blank+"::error::x"), "%q", blank)
		assert.Equal(t, "first\n"+blank+": :stop-commands::x", Clean("first\n"+blank+"::stop-commands::x"), "%q", blank)
	}
	assert.Equal(t, "a ::error::x", Clean("a ::error::x"), "not at the start of a line")
	assert.NotContains(t, Clean("a ##[group]x"), "##[")
}

func TestIsFormula(t *testing.T) {
	for text, want := range map[string]bool{
		"=1": true, "+1": true, "-1": true, "@a": true, "＝1": true, " =1": true, "\u00a0=1": true, "\tx": true, "\rx": true, "\n": true,
		"": false, " ": false, "a=1": false, "1-1": false, "线程": false,
	} {
		assert.Equal(t, want, IsFormula(text), "%q", text)
	}
}

func TestCleanKeepsWhatIsHarmless(t *testing.T) {
	const text = "func f() {\n\treturn x[a:b] // 线程 é ✓\n}\n"
	assert.Equal(t, text, Clean(text))
	assert.Equal(t, strings.Repeat("\ufffd", 3), Clean("\x1b\u202e\u2028"))
}
