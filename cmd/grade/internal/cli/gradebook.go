package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/batch"
	"github.com/weft-course/weft/grader/report"
)

// gradebookOptions are the flags of grade gradebook.
type gradebookOptions struct {
	streams
	html    bool
	reports string
	output  string
	roster  string
	due     []string
	late    string
	lateMax string
	grace   time.Duration
}

func gradebookCommand(s streams) *cobra.Command {
	o := &gradebookOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "gradebook [flags] RESULTS",
		Short: "For instructors: make a table of all grades, as CSV or as a page",
		Long: `Gradebook makes a table of what grade batch has written: a row a student, a column
a criterion, and totals. With --html it writes one page that needs no network, with
the distribution of the points and the failure rate of each check; with --reports,
each student's row leads to a page with all that was found in the student's code.

A late policy is applied here and changes no result: the time of submission is that
of the roster which grade batch was given, or of the one given here.`,
		Example: `  grade gradebook ./results --output grades.csv
  grade gradebook ./results --html --output grades.html --reports ./reports
  grade gradebook ./results --roster roster.csv --due 2026-11-23T18:00:00+01:00 --late 10%/day --late-max 50%`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("grade gradebook ./results --output grades.csv", "give one folder of results")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args[0]) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.html, "html", false, "write a page instead of CSV")
	f.StringVar(&o.reports, "reports", "", "with --html: write a page for each student into this folder, and link to it")
	f.StringVarP(&o.output, "output", "o", "", "write to this file instead of standard output")
	f.StringVar(&o.roster, "roster", "", "a CSV file with the columns id, and any of name, email, submitted_at, due")
	f.StringArrayVar(&o.due, "due", nil, "when submissions were due, as 2026-11-23T18:00:00+01:00; EXERCISE=TIME for one exercise; may be repeated")
	f.StringVar(&o.late, "late", "", "what a late submission loses of its points, as 10%/day; hour and week are known too")
	f.StringVar(&o.lateMax, "late-max", "", "the most that it loses, as 50% (default 100%)")
	f.DurationVar(&o.grace, "grace", 0, "who is later by no more than this loses nothing, as 15m")
	return cmd
}

func (o *gradebookOptions) run(dir string) error {
	if o.reports != "" && !o.html {
		return usagef("add --html", "--reports means nothing without --html")
	}
	if o.output != "" {
		if err := fileCanBe(o.output); err != nil {
			return err
		}
	}
	terms, err := o.terms()
	if err != nil {
		return batchError(err)
	}
	book, err := batch.NewGradebook(dir, terms)
	if err != nil {
		return batchError(err)
	}
	if o.reports != "" {
		if book.Links, err = o.writeReports(dir); err != nil {
			return batchError(err)
		}
	}
	var buf bytes.Buffer
	write := book.WriteCSV
	if o.html {
		write = book.WriteHTML
	}
	if err := write(&buf); err != nil {
		return err
	}
	if err := o.deliver(buf.Bytes()); err != nil {
		return err
	}
	for _, r := range book.Remarks {
		fmt.Fprintln(grader.Cleaner(o.err), r)
	}
	return nil
}

// writeReports writes a page for each student and returns where they lie,
// relative to where the gradebook will.
func (o *gradebookOptions) writeReports(dir string) (links map[string]string, err error) {
	here, err1 := filepath.Abs(filepath.Dir(o.output)) // the current folder, for standard output
	there, err2 := filepath.Abs(o.reports)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	way, err := filepath.Rel(here, there)
	if err != nil {
		return nil, usagef("write both to the same drive", "no link leads from %s to %s", here, there)
	}
	if err := os.MkdirAll(there, 0o755); err != nil {
		return nil, usagef("name a folder that can be written", "cannot write %s: %w", o.reports, err)
	}
	page, _ := report.Find("html")
	links = map[string]string{}
	err = batch.EachStudent(dir, func(id string, reports []*grader.Report) error {
		var text bytes.Buffer
		if err := page.Write(&text, reports, report.Options{}); err != nil {
			return err
		}
		link := url.URL{Path: path.Join(filepath.ToSlash(way), id+".html")}
		links[id] = link.String()
		return writeFile(filepath.Join(there, id+".html"), text.Bytes())
	})
	return links, err
}

func (o *gradebookOptions) deliver(text []byte) error {
	if o.output == "" {
		_, err := o.out.Write(text)
		return err
	}
	return writeFile(o.output, text)
}

// terms reads what the flags say.
func (o *gradebookOptions) terms() (t batch.Terms, err error) {
	if o.roster != "" {
		if t.Roster, err = batch.ReadRoster(o.roster); err != nil {
			return t, err
		}
	}
	if t.Late, err = batch.ParseLate(o.late, o.lateMax, o.grace); err != nil {
		return t, err
	}
	if len(o.due) > 0 && o.late == "" {
		return t, usagef("add what lateness costs, as in: --late 10%/day", "--due means nothing without --late")
	}
	t.Due = map[string]time.Time{}
	for _, d := range o.due {
		slug, text, one := strings.Cut(d, "=")
		if !one {
			slug, text = "", d
		}
		if _, twice := t.Due[slug]; twice {
			return t, usagef("an exercise has one --due", "--due %s: there is another one for the same", d)
		}
		if t.Due[slug], err = batch.ParseTime(text); err != nil {
			return t, usagef("as in: --due 2026-11-23T18:00:00+01:00, or --due 05-semaphore=2026-11-23T18:00:00+01:00", "--due: %w", err)
		}
	}
	if o.late != "" && len(o.due) == 0 && !anyDue(t.Roster) {
		return t, usagef("add --due 2026-11-23T18:00:00+01:00", "--late means nothing without a due time")
	}
	return t, nil
}

func anyDue(roster []batch.Student) bool {
	for _, s := range roster {
		if s.Due != nil {
			return true
		}
	}
	return false
}
