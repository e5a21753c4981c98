package batch

import (
	"crypto/sha256"
	_ "embed" // the page and what belongs to it
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/weft-course/weft/grader"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// page is what the template sees.
type page struct {
	*Gradebook
	CSS    template.CSS
	JS     template.JS
	Policy string
	Stats  []exerciseStats
}

// WriteHTML writes the gradebook as one page that needs no network. Its policy
// lets the browser run the page's own script and nothing else, whatever the
// names in it hold.
func (g *Gradebook) WriteHTML(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"points": points, "stamp": stamp, "clean": grader.Clean, "number": number, "bins": bins, "cell": htmlCell, "mark": htmlMark,
		"count": func(n int, one, many string) string { return plural(n, one, many) },
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	p := page{
		Gradebook: g, CSS: template.CSS(pageCSS), JS: template.JS(pageJS),
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", integrity(pageCSS), integrity(pageJS)),
	}
	for i := range g.Columns {
		p.Stats = append(p.Stats, g.analyse(i))
	}
	return t.Execute(w, p)
}

// integrity names a script or style sheet for a content security policy.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// bar is one line of a distribution.
type bar struct {
	Label        string
	Count, Width int // Width in percent of the longest
}

func bins(h [10]int) (bars []bar) {
	most := 1
	for _, n := range h {
		most = max(most, n)
	}
	for i, n := range h {
		label := fmt.Sprintf("%d %% – under %d %%", 10*i, 10*(i+1))
		if i == 9 {
			label = "90 % – 100 %"
		}
		bars = append(bars, bar{label, n, 100 * n / most})
	}
	return bars
}

// shown is a cell of the table: what it says, what it sorts by, and its class.
type shown struct{ Text, Sort, Class string }

func htmlCell(c *Cell) shown {
	switch {
	case c == nil:
		return shown{"–", "-1", "none"}
	case c.Status == grader.StatusError:
		return shown{"error", "-1", "bad"}
	}
	s := shown{Text: points(c.Total), Sort: strconv.Itoa(c.Total)}
	if c.Status != grader.StatusGraded {
		s.Text, s.Class = s.Text+" ("+string(c.Status)+")", "bad"
	}
	if c.Late > 0 {
		s.Text += " (late: −" + points(c.Late) + " %)"
	}
	if c.Unmeasurable > 0 {
		s.Text += fmt.Sprintf(" (%d unmeasurable)", c.Unmeasurable)
	}
	return s
}

func htmlMark(c *Cell, check string) shown {
	if c == nil || c.Checks[check].Verdict == grader.VerdictUnknown {
		return shown{"–", "-1", "none"}
	}
	m := c.Checks[check]
	s := shown{Text: m.csv(), Sort: strconv.Itoa(m.Points), Class: string(m.Verdict)}
	if m.Verdict == grader.Failed {
		s.Text += " ✗"
	}
	return s
}
