package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
)

type hintOptions struct {
	streams
	course string
	color  string
	number int
}

func hintCommand(s streams) *cobra.Command {
	o := &hintOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "hint [EXERCISE]",
		Short: "Give the next hint for an exercise, one at a time",
		Long: `Hint gives one more hint for an exercise: the first that is about what failed in
your last grading, else the next in order, from a nudge to almost the answer.
Which ones you have had is in your progress file; --number shows one again.

Without an argument it is the exercise of the current folder, else the next one
that you have not passed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args) },
	}
	f := cmd.Flags()
	f.IntVarP(&o.number, "number", "n", 0, "give this hint, as one that you have had before")
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is respected")
	return cmd
}

func (o *hintOptions) run(args []string) error {
	color, err := useColor(o.color, o.out)
	if err != nil {
		return err
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	h := openHome(o.streams)
	ex, err := h.exercise(c, args)
	if err != nil {
		return err
	}
	hints, err := hintsOf(c, ex)
	if err != nil {
		return err
	}
	state := h.progress.Of(ex.Slug)
	hint, err := o.choose(ex, hints, state)
	if err != nil {
		return err
	}
	text, err := markdown(hint.Text, o.columns(), color)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s, hint %d of %d%s\n\n%s", ex.Slug, hint.Number, len(hints), because(hint, state), text)
	if h.folder == nil {
		if i := slices.IndexFunc(hints, func(x study.Hint) bool { return x.Number == hint.Number }); i+1 < len(hints) {
			note(o.streams, "nothing is counted here, so the next hint is: grade hint %s --number %d; %s", ex.Slug, hints[i+1].Number, homeHint)
		}
		return nil
	}
	if !slices.Contains(state.Hints, hint.Number) {
		h.record(o.streams, study.Event{Time: time.Now(), Kind: study.Hinted, Exercise: ex.Slug, Hint: hint.Number})
	}
	return nil
}

// hintsOf reads the hints of an exercise.
func hintsOf(c *course.Course, ex *grader.Exercise) ([]study.Hint, error) {
	text, err := c.Hints(ex.Slug)
	if err != nil {
		return nil, &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	hints := study.ParseHints(text)
	if len(hints) == 0 {
		return nil, &hintError{code: ExitBroken, err: fmt.Errorf("hints: %s: HINTS.md has no heading ## 1", ex.Slug), hint: authorHint}
	}
	return hints, nil
}

// choose takes the hint that was asked for, or the next one.
func (o *hintOptions) choose(ex *grader.Exercise, hints []study.Hint, state study.State) (study.Hint, error) {
	if o.number != 0 {
		i := slices.IndexFunc(hints, func(h study.Hint) bool { return h.Number == o.number })
		if i < 0 {
			return study.Hint{}, usagef(fmt.Sprintf("the last one is: grade hint %s --number %d", ex.Slug, hints[len(hints)-1].Number), "%s has no hint %d", ex.Slug, o.number)
		}
		return hints[i], nil
	}
	hint, ok := study.NextHint(hints, state.Hints, state.Failed)
	if !ok {
		return hint, usagef(fmt.Sprintf("grade hint %s --number %d shows one again; grade solution %s --give-up shows the reference", ex.Slug, hints[0].Number, ex.Slug),
			"you have had all %d hints for %s", len(hints), ex.Slug)
	}
	return hint, nil
}

// because says why this hint and not the one before.
func because(h study.Hint, state study.State) string {
	var about []string
	for _, w := range h.For {
		if slices.Contains(state.Failed, w) {
			about = append(about, w)
		}
	}
	if len(about) == 0 {
		return ""
	}
	return ", about what failed last: " + strings.Join(about, ", ")
}
