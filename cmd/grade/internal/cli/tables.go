package cli

import (
	"regexp"
	"strings"
)

// columnWidth is what a column of a table needs to be read; narrower ones break
// names in the middle.
const columnWidth = 25

// narrowTables turns the tables of a Markdown text that a terminal of so many
// columns has no room for into lists: the first cell of a row as a heading, the
// others below it, each behind the name of its column.
func narrowTables(text string, columns int) string {
	lines := strings.Split(text, "\n")
	var out []string
	code := false
	for i := 0; i < len(lines); i++ {
		code = code != strings.HasPrefix(strings.TrimSpace(lines[i]), "```")
		if code || i+1 == len(lines) || !isTable(lines[i], lines[i+1]) {
			out = append(out, lines[i])
			continue
		}
		end := i + 2
		for end < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[end]), "|") {
			end++
		}
		head := cells(lines[i])
		if len(head)*columnWidth > columns {
			out = append(out, tableAsList(head, lines[i+2:end])...)
		} else {
			out = append(out, lines[i:end]...)
		}
		i = end - 1
	}
	return strings.Join(out, "\n")
}

var tableRule = regexp.MustCompile(`^\s*\|(\s*:?-+:?\s*\|)+\s*$`)

func isTable(head, rule string) bool {
	return strings.HasPrefix(strings.TrimSpace(head), "|") && tableRule.MatchString(rule)
}

// cells splits a row at its bars; "\|" is none.
func cells(row string) []string {
	const bar = "\x00"
	row = strings.ReplaceAll(strings.TrimSpace(row), `\|`, bar)
	list := strings.Split(strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|"), "|")
	for i := range list {
		list[i] = strings.ReplaceAll(strings.TrimSpace(list[i]), bar, "|")
	}
	return list
}

func tableAsList(head, rows []string) (out []string) {
	for _, row := range rows {
		c := cells(row)
		out = append(out, "", "**"+c[0]+"**", "")
		for i := 1; i < len(c) && i < len(head); i++ {
			out = append(out, "- "+head[i]+": "+c[i])
		}
	}
	return append(out, "")
}
