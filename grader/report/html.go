package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/timeline"
)

func htmlFormat() Format {
	return Format{Name: "html", Doc: "one self-contained page, with timelines of failing schedules and the speed-up", Write: writeHTML, Stories: true}
}

// Story is the failing schedule of a finding, run again.
type Story struct {
	// Timeline is nil where the schedule could not be shown; Missing says why.
	Timeline *timeline.Timeline
	Missing  string
	// Reduced says that the schedule was reduced to the Yields that it takes to fail.
	Reduced bool
	Yields  int
}

//go:embed html/page.html.tmpl
var pageSource string

//go:embed html/style.css
var pageStyle string

// writeHTML writes one page. Whatever text of a submission reaches it is
// escaped by html/template where it stands, and cleaned as a whole at the end:
// the page may be printed to a terminal or a workflow's log. Nothing is loaded
// and no script runs; the page's own policy says so, too.
func writeHTML(w io.Writer, reports []*grader.Report, o Options) error {
	style := pageStyle + timeline.SVGStyle
	p := page{Style: template.CSS(style), Many: len(reports) > 1}
	for i, r := range reports {
		s, err := newSection(i, r, o)
		if err != nil {
			return err
		}
		p.Sections = append(p.Sections, s)
	}
	p.Title = p.title()
	t, err := template.New("page").Parse(strings.ReplaceAll(pageSource, "CONTENT-POLICY", contentPolicy(style)))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = io.WriteString(w, grader.Clean(b.String()))
	return err
}

// contentPolicy allows the one style sheet, and images that are in the page.
func contentPolicy(style string) string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

// page is what the template shows.
type page struct {
	Title    string
	Style    template.CSS
	Many     bool
	Sections []section
}

func (p page) title() string {
	if len(p.Sections) == 1 {
		return p.Sections[0].Name + ": " + p.Sections[0].Points
	}
	return "Weft: " + plural(len(p.Sections), "report")
}

// nameOf is what a report is called in the page.
func nameOf(r *grader.Report) string {
	return cut(cmp.Or(strings.TrimSpace(r.Exercise.Slug+" "+r.Exercise.Title), r.Submission.ID, r.Submission.Dir, "submission"), maxText)
}
