package cli

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/charmbracelet/glamour"
	mdansi "github.com/charmbracelet/glamour/ansi"
	"github.com/charmbracelet/glamour/styles"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/weft-course/weft/grader"
)

// plainWidth is how wide text is where no terminal says, in columns.
const plainWidth = 80

// markdown renders a text of the course for a terminal of so many columns; 0
// is none. No line comes out longer.
func markdown(text string, columns int, color bool) (string, error) {
	columns = cmp.Or(columns, plainWidth)
	profile, style := termenv.Ascii, uncoloured()
	if color {
		profile, style = termenv.ANSI, coloured()
	}
	r, err := glamour.NewTermRenderer(glamour.WithStyles(style), glamour.WithWordWrap(columns),
		glamour.WithColorProfile(profile), glamour.WithInlineTableLinks(true))
	if err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	out, err := r.Render(narrowTables(grader.Clean(text), columns))
	if err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return fit(out, columns), nil
}

// uncoloured marks code as Markdown does.
func uncoloured() mdansi.StyleConfig {
	s := styles.ASCIIStyleConfig
	s.Code.Prefix, s.Code.Suffix = "`", "`"
	return s
}

// coloured uses the terminal's own 16 colours, which fit its background.
func coloured() mdansi.StyleConfig {
	s := styles.ASCIIStyleConfig
	yes, heading, code := true, "6", "2"
	s.Heading.Bold, s.Heading.Color = &yes, &heading
	s.Strong = mdansi.StylePrimitive{Bold: &yes}
	s.Emph = mdansi.StylePrimitive{Italic: &yes}
	s.Code.Color = &code
	s.CodeBlock.Color = &code
	return s
}

// fit breaks what is still too long, such as a line of code or of Chinese text
// without spaces, takes the padding off, and leaves no two empty lines in a row.
func fit(text string, columns int) string {
	var lines []string
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		if blank := strings.TrimSpace(ansi.Strip(line)) == ""; blank {
			if len(lines) > 0 && lines[len(lines)-1] != "" {
				lines = append(lines, "")
			}
			continue
		}
		if ansi.StringWidth(line) > columns {
			line = hang(line, columns)
		}
		lines = append(lines, line)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// hang breaks a line and indents what follows as its beginning.
func hang(line string, columns int) string {
	bare := ansi.Strip(line)
	indent := bare[:len(bare)-len(strings.TrimLeft(bare, " "))]
	if len(indent) > columns/2 {
		indent = ""
	}
	rest := strings.Replace(line, indent, "", 1)
	return indent + strings.ReplaceAll(ansi.Hardwrap(rest, columns-len(indent), true), "\n", "\n"+indent)
}

// language is "en" or "zh": what --lang says, else the environment.
func language(flag string) (string, error) {
	switch flag {
	case "en", "zh":
		return flag, nil
	case "":
		env := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
		if strings.HasPrefix(strings.ToLower(env), "zh") {
			return "zh", nil
		}
		return "en", nil
	}
	return "", usagef("", "--lang is %q; the lessons are in en and zh", flag)
}
