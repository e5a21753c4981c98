package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

type watchOptions struct {
	gradeOptions
	poll bool
}

func watchCommand(s streams) *cobra.Command {
	o := &watchOptions{gradeOptions: gradeOptions{streams: s, format: "text", seed: 1}}
	cmd := &cobra.Command{
		Use:   "watch [EXERCISE]",
		Short: "Grade an exercise whenever you save it",
		Long: `Watch fills the terminal and grades the exercise whenever one of its files is saved, as grade does and
with the same record of your progress. While the code does not build it shows the compiler's errors only,
then what fails, then that it has passed. The last lines are your progress and the exercise.

Without an argument it is the exercise of the current folder, else the next one that you have not passed.
Watch never goes on to another exercise by itself: once this one has passed, press n.

  n next   h hint   l list   r run again   t timeline of a failing schedule   q quit

Where the system tells nothing of changed files, as on some network drives, watch notices and looks at
them four times a second; --poll does so from the beginning.`,
		Example: `  grade watch
  grade watch 05`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.poll, "poll", false, "look at the files again and again instead of waiting for file events")
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is respected")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every finding, with the raw evidence")
	f.StringVar(&o.sandbox, "sandbox", "auto", "confine submissions: auto (with what this machine has), require (or refuse to run), off")
	return cmd
}

func (o *watchOptions) run(ctx context.Context, args []string) error {
	if err := o.needsTerminal(); err != nil {
		return err
	}
	color, err := useColor(o.color, o.out)
	if err != nil {
		return err
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	at, err := o.begin(c, args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the window was closed
	defer stop()
	e, err := o.engineFor(ctx, c)
	if err != nil {
		return err
	}
	return o.show(ctx, newDesk(o, e), at, color)
}

// needsTerminal refuses to draw where nobody can look or press a key.
func (o *watchOptions) needsTerminal() error {
	in, ok := o.in.(*os.File)
	if ok && term.IsTerminal(int(in.Fd())) && isTerminal(o.out) && os.Getenv("TERM") != "dumb" {
		return nil
	}
	return usagef("to grade once, here or in a script: grade", "grade watch needs a terminal, to show the result and to read keys")
}

// begin finds the exercise to begin with, and its folder.
func (o *watchOptions) begin(c *course.Course, args []string) (spot, error) {
	h := openHome(o.streams)
	ex, err := h.exercise(c, args)
	if err != nil {
		return spot{}, err
	}
	dir, ok := h.dirOf(c, ex)
	if len(args) > 0 && strings.ContainsAny(args[0], `/\`) {
		dir, ok = filepath.Clean(args[0]), true
	}
	if !ok {
		return spot{}, usagef("name its folder, as in ./exercises/"+ex.Slug+"; "+homeHint, "there is no folder of %s here", ex.Slug)
	}
	return spot{ex, dir}, exists(dir)
}

// show runs until the student quits, and leaves the terminal as it was, but for
// a line that says where things stand.
func (o *watchOptions) show(ctx context.Context, d *watchDesk, at spot, color bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newWatchModel(ctx, d, at, watchLook{color})
	profile := colorprofile.Ascii
	if color {
		profile = colorprofile.ANSI
	}
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(o.in), tea.WithOutput(o.out), tea.WithoutSignalHandler(), tea.WithColorProfile(profile))
	d.send = func(msg any) { p.Send(msg) }
	_, err := p.Run()
	cancel()
	d.close()
	if ctxErr := context.Cause(ctx); errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic) && ctxErr != nil {
		return ctxErr
	} else if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	fmt.Fprintln(o.out, grader.Clean(m.lastWords()))
	return nil
}

// spot is where the student works: an exercise, and its folder as they would type it.
type spot struct {
	ex  *grader.Exercise
	dir string
}

// sibling is the folder of another exercise, beside this one.
func (s spot) sibling(slug string) string {
	abs, err := filepath.Abs(s.dir)
	if err != nil {
		abs = s.dir
	}
	return shorter(filepath.Join(filepath.Dir(abs), slug))
}
