package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/study"
)

type listOptions struct {
	streams
	course string
	state  []string
	edited bool
	paths  bool
}

func listCommand(s streams) *cobra.Command {
	o := &listOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "list [WORD…]",
		Short: "List the exercises, with your state, points and attempts",
		Long: `List shows the exercises of the course and, in a folder that grade init has set up,
where you are with each: its state, your best points, how often it was graded, and
how many hints you have had. Words keep the exercises in whose name, title or topic
all of them occur.`,
		Example: `  grade list --state new,tried
  grade list lock
  grade list --edited --paths`,
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args, o.columns()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.course, "course", "", "list this folder's or zip file's exercises instead of the built-in ones")
	f.StringSliceVar(&o.state, "state", nil, "only exercises in these states: "+standings())
	f.BoolVar(&o.edited, "edited", false, "only exercises whose files are not the stub any more")
	f.BoolVar(&o.paths, "paths", false, "print the folders only, a line each, for scripts")
	return cmd
}

func standings() string {
	var names []string
	for _, s := range study.Standings() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func (o *listOptions) run(words []string, columns int) error {
	for _, s := range o.state {
		if !slices.Contains(study.Standings(), study.Standing(s)) {
			return usagef("", "--state %q is none of %s", s, standings())
		}
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	h := openHome(o.streams)
	if h.folder == nil && (len(o.state) > 0 || o.edited || o.paths) {
		return usagef(homeHint, "--state, --edited and --paths work in a folder that grade init has set up")
	}
	var rows [][]string
	for _, ex := range c.Exercises {
		switch want, err := o.wants(h, ex, words); {
		case err != nil:
			return err
		case want && o.paths:
			fmt.Fprintln(o.out, shorter(h.folder.Dir(ex.Slug)))
		case want:
			rows = append(rows, row(h, ex))
		}
	}
	if !o.paths {
		o.print(h, rows, columns)
	}
	if err := c.Err(); err != nil {
		return &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	return nil
}

// wants applies the filters.
func (o *listOptions) wants(h home, ex *grader.Exercise, words []string) (bool, error) {
	text := strings.ToLower(strings.Join([]string{ex.Slug, ex.Title, ex.Topic}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, strings.ToLower(w)) {
			return false, nil
		}
	}
	if len(o.state) > 0 && !slices.Contains(o.state, string(h.progress.Of(ex.Slug).Standing)) {
		return false, nil
	}
	if o.edited {
		return h.folder.Edited(ex.Slug, ex.Stub)
	}
	return true, nil
}

// row is one exercise as cells; the last two are left out where there is no room.
func row(h home, ex *grader.Exercise) []string {
	if h.folder == nil {
		return []string{ex.Slug, ex.Title, ex.Topic}
	}
	s := h.progress.Of(ex.Slug)
	points, attempts, hints := "", "", ""
	if s.Attempts > 0 {
		points, attempts = fmt.Sprintf("%d/%d", s.Best, s.Max), fmt.Sprintf("%d×", s.Attempts)
	}
	if n := len(s.Hints); n > 0 {
		hints = fmt.Sprintf("%d hints", n)
		if n == 1 {
			hints = "1 hint"
		}
	}
	return []string{ex.Slug, string(s.Standing), points, attempts, hints, ex.Topic}
}

// print writes the rows in columns, the last one cut at the terminal's edge.
func (o *listOptions) print(h home, rows [][]string, columns int) {
	widths := make([]int, 8)
	for _, r := range rows {
		for i, cell := range r[:len(r)-1] {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	for _, r := range rows {
		var b strings.Builder
		for i, cell := range r {
			b.WriteString(cell)
			if i < len(r)-1 && widths[i] > 0 {
				b.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2))
			}
		}
		line := b.String()
		if columns > 0 {
			line = ansi.Truncate(line, columns, "…")
		}
		fmt.Fprintln(o.out, strings.TrimRight(line, " "))
	}
	if h.folder != nil && len(rows) > 0 && len(o.state) == 0 {
		o.sum(h, rows)
	}
}

// sum says how much is done, and what is next.
func (o *listOptions) sum(h home, rows [][]string) {
	passed := 0
	var slugs []string
	for _, r := range rows {
		slugs = append(slugs, r[0])
		if r[1] == string(study.Passed) {
			passed++
		}
	}
	fmt.Fprintf(o.out, "\n%d of %d passed", passed, len(rows))
	if next := h.progress.Next(slugs); next != "" {
		fmt.Fprintf(o.out, "; next: %s", next)
	}
	fmt.Fprintln(o.out)
}
