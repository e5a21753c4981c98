package gotest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Vet reads go vet's output, from go vet -json or without it; -json is to be
// preferred because it names the analyzer, and with it the help gets precise.
// A package that does not compile is reported in the compiler's words either
// way, as [Build] does. What vet says of hidden tests is not the student's.
func Vet(output string, src Source) []grader.Finding {
	reports, text := vetReports(output, src)
	for _, d := range diagnostics(text, src) {
		reports = append(reports, vetReport{diagnostic: d, compiler: strings.HasPrefix(d.raw[0], "vet: ")})
	}
	slices.SortStableFunc(reports, func(a, b vetReport) int {
		if c := strings.Compare(a.base, b.base); c != 0 {
			return c
		}
		return a.line - b.line
	})
	words := newPhrases(src)
	var found []grader.Finding
	for _, r := range reports {
		if r.hidden && !r.compiler {
			continue
		}
		if f, ok := r.finding(src, words); ok {
			found = append(found, f)
		}
	}
	return src.tidyAll(found)
}

// vetReport is one complaint of vet's, or of the compiler that vet asked first.
type vetReport struct {
	diagnostic
	analyzer string
	compiler bool
}

func (r vetReport) finding(src Source, words phrases) (grader.Finding, bool) {
	f, ok := r.diagnostic.finding(src, words)
	if r.compiler {
		return f, ok
	}
	f.Cause = grader.CauseVet
	f.Message = sentence(vetText(strings.ReplaceAll(r.text, src.Package+".", "")))
	f.Help = vetHelp(r.analyzer, r.text)
	return f, ok
}

// vetReports takes the JSON objects out of the output and leaves the other lines.
func vetReports(output string, src Source) (reports []vetReport, text string) {
	var rest strings.Builder
	tries := 64 // what is no JSON after that many is none
	for output != "" {
		var tree map[string]map[string]json.RawMessage
		if strings.HasPrefix(output, "{") && tries > 0 {
			tries--
			dec := json.NewDecoder(strings.NewReader(output))
			if err := dec.Decode(&tree); err == nil {
				reports = append(reports, readTree(tree, src)...)
				output = output[dec.InputOffset():]
				continue
			}
		}
		line, after, _ := strings.Cut(output, "\n")
		rest.WriteString(line + "\n")
		output = after
	}
	return reports, rest.String()
}

// readTree walks package, analyzer, reports. An analyzer that failed holds an
// object instead of a list and is skipped.
func readTree(tree map[string]map[string]json.RawMessage, src Source) []vetReport {
	var all []vetReport
	for _, analyzers := range tree {
		for name, raw := range analyzers {
			var list []struct{ Posn, Message string }
			if json.Unmarshal(raw, &list) != nil {
				continue
			}
			for _, r := range list {
				if d, ok := readDiagnostic(r.Posn+": "+r.Message, src); ok {
					all = append(all, vetReport{diagnostic: d, analyzer: name})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b vetReport) int { return strings.Compare(a.raw[0], b.raw[0]) })
	return all
}

func vetText(text string) string {
	if name, _, ok := strings.Cut(text, " passes lock by value: "); ok {
		return name + " takes a lock by value, and so locks a copy of it: " + text[strings.LastIndex(text, ": ")+2:]
	}
	return capital(text)
}

// vetHelp is the next step for an analyzer, or for a text that gives it away.
func vetHelp(analyzer, text string) string {
	switch {
	case analyzer == "copylocks" || strings.Contains(text, " lock"):
		return "Pass and return a pointer instead of a copy."
	case analyzer == "lostcancel" || strings.Contains(text, "cancel function"):
		return "Keep the cancel function and call it, mostly with defer."
	case analyzer == "waitgroup" || strings.HasPrefix(text, "WaitGroup.Add"):
		return "Call Add before the go statement: inside it, Wait may come first."
	case analyzer == "unreachable" || text == "unreachable code":
		return "Remove it, or find out why it is never reached."
	case analyzer == "loopclosure":
		return "Give the goroutine its own copy of the variable."
	case analyzer == "printf" || strings.Contains(text, " format %"):
		return "Make the format and its arguments fit."
	case analyzer == "unusedresult":
		return "Use the result, or do not make the call."
	case analyzer == "atomic":
		return "Do not assign the result of an atomic operation to its own variable."
	}
	return ""
}
