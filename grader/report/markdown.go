package report

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/weft-course/weft/grader"
)

func markdownFormat() Format {
	return Format{Name: "markdown", Doc: "for pull requests, issues and wikis", Write: writeMarkdown}
}

func writeMarkdown(w io.Writer, reports []*grader.Report, o Options) error {
	_, err := io.WriteString(w, strings.Join(markdown(reports, o), ""))
	return err
}

// markdown renders reports in pieces of whole lines. What is left when the
// last ones are cut off is still well-formed.
func markdown(reports []*grader.Report, o Options) []string {
	d := &mdWriter{o: o}
	if len(reports) > 1 {
		d.overview(reports)
	}
	for _, r := range reports {
		d.report(r)
	}
	return d.pieces
}

// mdWriter collects pieces of GitHub-flavoured Markdown.
type mdWriter struct {
	o      Options
	pieces []string
	head   string // of a table, to be written with its first row
}

func (d *mdWriter) add(format string, args ...any) {
	d.pieces = append(d.pieces, d.head+fmt.Sprintf(format, args...))
	d.head = ""
}

// table begins a table. The row of dashes says how columns are aligned.
func (d *mdWriter) table(header, dashes string) { d.head = header + "\n" + dashes + "\n" }

func (d *mdWriter) row(cells ...string) { d.add("| %s |\n", strings.Join(cells, " | ")) }

// endTable writes the blank line behind a table.
func (d *mdWriter) endTable() {
	d.head = ""
	d.add("\n")
}

func (d *mdWriter) overview(reports []*grader.Report) {
	sum := total(reports)
	d.add("## %s\n\n", scoreText(&sum))
	d.table("| exercise | points | verdict |", "| --- | ---: | --- |")
	for _, r := range reports {
		d.row(mdText(label(r, reports)), fmt.Sprintf("%d/%d", r.Score, r.MaxScore), mdText(mdVerdictOf(r)))
	}
	d.endTable()
}

func mdVerdictOf(r *grader.Report) string {
	switch {
	case stopped(r) != "":
		return stopped(r)
	case r.AllPassed() && r.Unmeasurable > 0:
		return fmt.Sprintf("everything assessed passed, %d points not measurable here", r.Unmeasurable)
	case r.AllPassed():
		return "everything passed"
	}
	if n := failedChecks(r); n > 0 {
		return fmt.Sprintf("%d of %d criteria failed", n, len(r.Checks))
	}
	return "nothing failed, but not everything was judged"
}

func (d *mdWriter) report(r *grader.Report) {
	d.add("## %s\n\n**%s**, %s\n\n", mdText(cmp.Or(flat(r.Exercise.Slug+" "+r.Exercise.Title), label(r, nil))), scoreText(r), mdText(mdVerdictOf(r)))
	d.findings(r.Findings)
	if len(r.Checks) > 0 {
		d.checks(r.Checks)
	}
	for _, c := range r.Checks {
		if c.Verdict == grader.Failed {
			d.failed(c)
		}
	}
	if len(r.Warnings) > 0 {
		d.add("### go vet\n\n")
		d.findings(r.Warnings)
	}
	facts := fmt.Sprintf("%.1f s, seed %d", elapsed(r.ElapsedMS).Seconds(), r.Seed)
	if r.Grader.Go != "" {
		facts += fmt.Sprintf(", %s, %s/%s, %.3g processors", r.Grader.Go, r.Grader.OS, r.Grader.Arch, r.Grader.EffectiveCPUs)
	}
	d.add("%s\n\n", mdText(facts))
}

func (d *mdWriter) checks(list []grader.CheckReport) {
	d.table("| verdict | criterion | points | |", "| --- | --- | ---: | --- |")
	for _, c := range list {
		note := often(c)
		if c.Verdict != grader.Passed && c.Verdict != grader.Failed {
			note = reason(c)
		}
		d.row(mdVerdict(c.Verdict), mdText(c.Name), fmt.Sprintf("%d/%d", c.Points, c.MaxPoints), mdText(note))
	}
	d.endTable()
}

func mdVerdict(v grader.Verdict) string {
	switch v {
	case grader.Passed:
		return "passed"
	case grader.Failed:
		return "**failed**"
	case grader.Unmeasurable:
		return "not measurable"
	case grader.Errored:
		return "grader error"
	}
	return "not judged"
}

func (d *mdWriter) failed(c grader.CheckReport) {
	d.add("### %s\n\n", mdText(c.Name))
	d.findings(c.Findings)
	if c.Hint != "" {
		d.add("Next: %s\n\n", mdText(c.Hint))
	}
}

func (d *mdWriter) findings(list []grader.Finding) {
	for i, f := range list {
		if i == maxDetails && !d.o.Verbose {
			d.add("… and %d more\n\n", len(list)-i)
			return
		}
		d.finding(f)
	}
}

func (d *mdWriter) finding(f grader.Finding) {
	head, body := headline(f)
	d.add("**%s**\n\n", mdText(head))
	if body != "" {
		d.add("%s\n\n", mdText(body))
	}
	if got, want, ok := compared(f); ok {
		d.add("got %s, want %s\n\n", mdCode(got), mdCode(want))
	}
	if f.Pos.IsValid() {
		d.add("%s\n\n", mdPlace(f.Pos))
		d.excerpt(f.Pos)
	}
	for _, n := range f.Notes {
		line := "- " + mdText(n.Text)
		if n.Pos.IsValid() {
			line += " " + mdCode(n.Pos.String())
		}
		if n.Command != "" {
			line += ": " + mdCode(n.Command)
		}
		d.add("%s\n", line)
	}
	if len(f.Notes) > 0 {
		d.add("\n")
	}
	if f.Help != "" {
		d.add("→ %s\n\n", mdText(f.Help))
	}
	if d.o.Verbose && f.Evidence != "" {
		d.fence("text", f.Evidence)
	}
}

func mdPlace(p grader.Position) string {
	if p.Func == "" {
		return mdCode(p.String())
	}
	return mdCode(p.String()) + " in " + mdCode(p.Func)
}

// excerpt shows the line with one before and one after.
func (d *mdWriter) excerpt(pos grader.Position) {
	if d.o.Source == nil {
		return
	}
	lines := strings.Split(string(d.o.Source(pos.File)), "\n")
	if pos.Line > len(lines) {
		return
	}
	var b strings.Builder
	for n := max(pos.Line-1, 1); n <= min(pos.Line+1, len(lines)); n++ {
		mark := " "
		if n == pos.Line {
			mark = ">"
		}
		fmt.Fprintf(&b, "%s %4d | %s\n", mark, n, strings.ReplaceAll(grader.Clean(lines[n-1]), "\t", "    "))
	}
	d.fence("text", b.String())
}

// fence writes a code block with a fence longer than any in the text.
func (d *mdWriter) fence(language, text string) {
	text = grader.Clean(text)
	f := strings.Repeat("`", max(3, longestRun(text)+1))
	d.add("%s%s\n%s\n%s\n\n", f, language, strings.TrimRight(text, "\n"), f)
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) (longest int) {
	n := 0
	for _, r := range s {
		if n++; r != '`' {
			n = 0
		}
		longest = max(longest, n)
	}
	return longest
}

// mdCode makes a code span of one line of text.
func mdCode(s string) string {
	s = cmp.Or(flat(s), "-")
	ticks := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

var (
	mdSpecial = strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "~", `\~`, "&", `\&`, "$", `\$`,
		"|", "&#124;", ": ", ": ", ":", `\:`,
	)
	mdList    = regexp.MustCompile(`^()([-+=])|^([0-9]+)([.)](?: |$))`)
	mdLink    = regexp.MustCompile(`(?i)www\.`)
	mdMention = regexp.MustCompile(`@+`)
)

// mdText escapes one line of text, so that Markdown takes no part of it for
// markup: no HTML, no link, no image, no list, no cell of a table. What would
// become a mention or an address of its own accord has its @ as code.
func mdText(s string) string {
	s = mdSpecial.Replace(flat(s))
	s = mdList.ReplaceAllString(s, `$1$3\$2$4`)
	s = mdLink.ReplaceAllStringFunc(s, func(m string) string { return m[:3] + `\.` })
	return mdMention.ReplaceAllString(s, "`$0`")
}
