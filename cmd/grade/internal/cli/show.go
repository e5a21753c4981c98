package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

type showOptions struct {
	streams
	course string
	color  string
	lang   string
	rubric bool
}

func showCommand(s streams) *cobra.Command {
	o := &showOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "show [EXERCISE]",
		Short: "Show the lesson of an exercise, and what is graded",
		Long: `Show prints an exercise's lesson, filled to the width of the terminal, and its
rubric. The language is that of LC_ALL, LC_MESSAGES or LANG, or of --lang.

Without an argument it is the exercise of the current folder, else the next one
that you have not passed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args, o.columns()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.lang, "lang", "", "en or zh (default: the environment's, else en)")
	f.BoolVar(&o.rubric, "rubric", false, "show only the rubric, with the rule behind every test")
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is respected")
	return cmd
}

func (o *showOptions) run(args []string, columns int) error {
	color, err := useColor(o.color, o.out)
	if err != nil {
		return err
	}
	lang, err := language(o.lang)
	if err != nil {
		return err
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	ex, err := openHome(o.streams).exercise(c, args)
	if err != nil {
		return err
	}
	text := rubric(ex, true)
	if !o.rubric {
		if text, err = page(c, ex, lang); err != nil {
			return &hintError{code: ExitBroken, err: err, hint: authorHint}
		}
	}
	out, err := markdown(text, columns, color)
	if err != nil {
		return err
	}
	_, err = io.WriteString(o.out, out)
	return err
}

// page is the lesson, with the commands that work where it is shown, and the rubric.
func page(c *course.Course, ex *grader.Exercise, lang string) (string, error) {
	text, err := c.Lesson(ex.Slug, lang)
	if err != nil {
		return "", err
	}
	if _, checkout := course.Find("."); !checkout {
		text = study.Commands(text)
	}
	return text + "\n\n" + rubric(ex, false), nil
}

// rubric lists the criteria of an exercise as Markdown, with the rules of their
// tests if they are wanted.
func rubric(ex *grader.Exercise, rules bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Rubric of %s\n\n", ex.Slug)
	for _, c := range ex.Criteria {
		fmt.Fprintf(&b, "- **%s**, %d points (`--only %s`, stage %s", c.Title, c.Points, c.ID, c.Stage)
		if len(c.After) > 0 {
			fmt.Fprintf(&b, ", after %s", strings.Join(c.After, " and "))
		}
		b.WriteString(")\n")
		for _, t := range c.Tests {
			if rules {
				fmt.Fprintf(&b, "  - %s\n", t.Rule)
			}
		}
	}
	return b.String()
}
