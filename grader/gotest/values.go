package gotest

import (
	"regexp"
	"strings"
)

// comparisons are sentences of testify that hold what there is and what there should be.
var comparisons = []struct {
	form      *regexp.Regexp
	got, want string // may name groups of form
}{
	{regexp.MustCompile(`^A condition that should hold does not$`), "false", "true"},
	{regexp.MustCompile(`^A condition holds that should not$`), "true", "false"},
	{regexp.MustCompile(`^Should be zero, but was (.*)$`), "$1", "0"},
	{regexp.MustCompile(`^".*" should have (\d+) item\(s\), but has (\d+)$`), "$2 in it", "$1"},
	{regexp.MustCompile(`^Should be empty, but was (.*)$`), "$1", "nothing"},
	{regexp.MustCompile(`^Expected nil, but got: (.*)$`), "$1", "nil"},
	{regexp.MustCompile(`^Expected error with (".*") in chain but got nil\.$`), "no error", "$1"},
	{regexp.MustCompile(`^An error is expected but got nil\.$`), "no error", "an error"},
}

// otherElements is said of a list that is compared without regard to order.
const otherElements = "The elements are not those expected, in whatever order"

// values reads what a failed assertion got and wanted, or returns "" for both.
func values(said []string, text string) (got, want string) {
	if text == otherElements {
		return list(said, "listB:"), list(said, "listA:")
	}
	for _, p := range comparisons {
		if m := p.form.FindStringSubmatchIndex(text); m != nil {
			return string(p.form.ExpandString(nil, p.got, text, m)), string(p.form.ExpandString(nil, p.want, text, m))
		}
	}
	return "", ""
}

// typed is the type that go-spew writes before a value, and the length.
var typed = regexp.MustCompile(`^\(.*?\) (?:\(len=\d+\) )?`)

// maxListed is how many elements of a list are shown.
const maxListed = 20

// list reads the elements that go-spew has written, one to a line, below a label.
func list(said []string, label string) string {
	var elements []string
	inside := false
	for _, line := range said {
		switch line = strings.TrimSpace(line); {
		case line == label:
			inside = true
		case !inside || strings.HasSuffix(line, "{"):
		case line == "}" || line == "":
			return "[" + strings.Join(elements, ", ") + "]"
		case len(elements) == maxListed:
			elements = append(elements, "…")
		case len(elements) < maxListed:
			elements = append(elements, strings.TrimSuffix(typed.ReplaceAllString(line, ""), ","))
		}
	}
	return "[" + strings.Join(elements, ", ") + "]"
}

// plainer takes from a value in Go's syntax what tells a student nothing.
var plainer = []struct {
	form *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`\(\*(?:errors|fmt)\.\w+\)\(0x[0-9a-f]+\)`), "an error"},
	{regexp.MustCompile(`\((\*[\w.]+)\)\(0x[0-9a-f]+\)`), "a $1"},
	{regexp.MustCompile(`\berror\(nil\)`), "nil"},
	{regexp.MustCompile(`\b\w+_test\.(\w+)`), "$1"},
}

func readable(value string) string {
	for _, p := range plainer {
		value = p.form.ReplaceAllString(value, p.by)
	}
	return value
}
