package report

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-course/weft/grader"
)

func githubFormat() Format {
	return Format{
		Name: "github", Doc: "for a step of GitHub Actions: the text, annotations, the step's summary and outputs",
		Write: writeGitHub, Also: githubFiles, Holds: text().Name,
	}
}

// GitHub's limits: docs.github.com/actions, workflow commands, and
// actions/toolkit, docs/problem-matchers.md.
const (
	maxAnnotations = 10      // of each level in a step; what is beyond is dropped
	maxAnnotation  = 4096    // bytes of a message
	maxTitle       = 255     // bytes
	maxSummary     = 1 << 20 // bytes of a step's summary; a larger one is rejected
)

// level is how serious an annotation is, the most serious first.
type level int

const (
	levelError level = iota
	levelWarning
	levelNotice
	levels
)

func (l level) String() string { return [...]string{"error", "warning", "notice"}[l] }

// annotation is one remark at a line of the student's.
type annotation struct {
	level          level
	title, message string
	pos            grader.Position
	// round is 0 for the first remark on a criterion, 1 for the second, and so
	// on; lost is how many points it is about. Both say how important it is.
	round, lost int
}

// writeGitHub writes the text for people while the runner ignores commands in
// it, and the annotations behind it.
func writeGitHub(w io.Writer, reports []*grader.Report, o Options) error {
	token := o.token()
	if _, err := fmt.Fprintf(w, "::stop-commands::%s\n", token); err != nil {
		return err
	}
	if err := writeText(w, reports, o); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "::%s::\n", token); err != nil {
		return err
	}
	shown, _ := limited(annotations(reports))
	for _, a := range shown {
		if _, err := io.WriteString(w, a.command(o)); err != nil {
			return err
		}
	}
	return nil
}

// annotations are all remarks, the most important of each level first.
func annotations(reports []*grader.Report) (list []annotation) {
	for _, r := range reports {
		list = append(list, reportAnnotations(r, labelled(r, reports))...)
	}
	slices.SortStableFunc(list, func(a, b annotation) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.round, b.round), cmp.Compare(b.lost, a.lost))
	})
	type spot struct {
		level   level
		message string
		pos     grader.Position
	}
	seen := map[spot]bool{}
	return slices.DeleteFunc(list, func(a annotation) bool {
		k := spot{a.level, a.message, a.pos}
		twice := seen[k]
		seen[k] = true
		return twice
	})
}

func reportAnnotations(r *grader.Report, before string) (list []annotation) {
	if why := stopped(r); why != "" {
		for _, f := range r.Findings {
			list = append(list, annotation{level: levelError, title: before + why, message: remarkOn(f), pos: f.Pos, lost: r.MaxScore})
		}
		if len(r.Findings) == 0 {
			list = append(list, annotation{level: levelError, title: before + "not judged", message: why, lost: r.MaxScore})
		}
	}
	for _, c := range r.Checks {
		list = append(list, checkAnnotations(c, before)...)
		if c.Verdict == grader.Skipped && r.Status == grader.StatusGraded && failedChecks(r) == 0 { // as with --quick: nothing else says why not all passed
			list = append(list, annotation{level: levelNotice, title: before + flat(c.Name), message: reason(c), lost: c.MaxPoints})
		}
	}
	for _, f := range r.Warnings {
		list = append(list, annotation{level: levelWarning, title: before + "go vet", message: remarkOn(f), pos: f.Pos})
	}
	return list
}

func checkAnnotations(c grader.CheckReport, before string) (list []annotation) {
	title := before + fmt.Sprintf("%s (%d/%d)", flat(c.Name), c.Points, c.MaxPoints)
	switch {
	case c.Verdict == grader.Unmeasurable:
		return []annotation{{level: levelNotice, title: title, message: reason(c), lost: c.MaxPoints}}
	case c.Verdict == grader.Errored:
		return []annotation{{level: levelWarning, title: title, message: reason(c), lost: c.MaxPoints}}
	case c.Verdict != grader.Failed:
		return nil
	case len(c.Findings) == 0:
		return []annotation{{level: levelError, title: title, message: message(c), lost: c.MaxPoints - c.Points}}
	}
	for i, f := range c.Findings {
		list = append(list, annotation{level: levelError, title: title, message: remarkOn(f), pos: f.Pos, round: i, lost: c.MaxPoints - c.Points})
	}
	return list
}

// remarkOn is a finding in a few lines.
func remarkOn(f grader.Finding) string {
	head, body := headline(f)
	lines := []string{flat(head), flat(body), values(f)}
	for _, n := range f.Notes {
		line := flat(n.Text)
		if n.Pos.IsValid() {
			line += "  " + flat(n.Pos.String())
		}
		lines = append(lines, line)
	}
	if f.Help != "" {
		lines = append(lines, "→ "+flat(f.Help))
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

// limited keeps as many of each level as GitHub shows, and counts the rest.
func limited(list []annotation) (shown []annotation, rest [levels]int) {
	var n [levels]int
	for _, a := range list {
		if n[a.level]++; n[a.level] > maxAnnotations {
			rest[a.level]++
			continue
		}
		shown = append(shown, a)
	}
	return shown, rest
}

// command is the annotation as the runner reads it: one line.
func (a annotation) command(o Options) string {
	var properties []string
	set := func(name, value string) { properties = append(properties, name+"="+escapeProperty.Replace(value)) }
	message := a.message
	if a.pos.IsValid() {
		if file, ok := inWorkspace(a.pos.File, o); ok {
			set("file", file)
			set("line", strconv.Itoa(a.pos.Line))
			set("endLine", strconv.Itoa(a.pos.Line))
			if a.pos.Col > 0 {
				set("col", strconv.Itoa(a.pos.Col))
			}
		} else {
			message = flat(a.pos.String()) + ": " + message
		}
	}
	set("title", atMost(a.title, maxTitle))
	return fmt.Sprintf("::%s %s::%s\n", a.level, strings.Join(properties, ","), escapeData.Replace(atMost(message, maxAnnotation)))
}

// The runner's own escapes: actions/runner, ActionCommand.cs.
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// atMost cuts text between characters to at most n bytes.
func atMost(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const more = "…"
	n -= len(more)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}

// inWorkspace returns the path of a file as GitHub knows it: relative to the
// workspace, with slashes. A file outside has none.
func inWorkspace(file string, o Options) (string, bool) {
	root := o.env("GITHUB_WORKSPACE")
	if !filepath.IsAbs(file) {
		file = filepath.Join(o.Dir, file)
	}
	if root == "" {
		root = o.Dir
	}
	rel, err := filepath.Rel(filepath.Clean(root), filepath.Clean(file))
	if root == "" {
		rel, err = filepath.Clean(file), nil
	}
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return flat(filepath.ToSlash(rel)), true
}

// githubFiles are the step's summary and its outputs.
func githubFiles(reports []*grader.Report, o Options) []Appendix {
	return []Appendix{{"GITHUB_STEP_SUMMARY", stepSummary(reports, o)}, {"GITHUB_OUTPUT", stepOutputs(reports, o)}}
}

// stepSummary is the report as Markdown, cut between pieces where it is longer
// than GitHub takes.
func stepSummary(reports []*grader.Report, o Options) string {
	pieces := markdown(reports, o)
	_, rest := limited(annotations(reports))
	if s := notAnnotated(rest); s != "" {
		pieces = append([]string{s}, pieces...)
	}
	const cutHere = "\n\nThe summary ends here: %d more lines or blocks do not fit into it. The whole is in the log.\n"
	room := maxSummary - len(cutHere) - 20
	var b strings.Builder
	for i, p := range pieces {
		if b.Len()+len(p) > room {
			fmt.Fprintf(&b, cutHere, len(pieces)-i)
			break
		}
		b.WriteString(p)
	}
	return b.String()
}

// notAnnotated counts what GitHub would have dropped.
func notAnnotated(rest [levels]int) string {
	var parts []string
	for l, n := range rest {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d of level %s", n, level(l)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("GitHub shows %d annotations of a level in a step. Not annotated: %s. Every criterion is below.\n\n", maxAnnotations, strings.Join(parts, ", "))
}

// stepOutputs are the step's, each behind a delimiter that nobody can guess.
func stepOutputs(reports []*grader.Report, o Options) string {
	sum := total(reports)
	passed := len(reports) > 0
	for _, r := range reports {
		passed = passed && r.AllPassed()
	}
	var b strings.Builder
	for _, kv := range [][2]string{
		{"score", strconv.Itoa(sum.Score)}, {"max_score", strconv.Itoa(sum.MaxScore)}, {"passed", strconv.FormatBool(passed)}, {"result", o.Result},
	} {
		end := "ghadelimiter_" + o.token()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", kv[0], end, kv[1], end)
	}
	return b.String()
}
