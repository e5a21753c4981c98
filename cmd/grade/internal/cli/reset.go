package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/study"
)

type resetOptions struct {
	streams
	course string
	all    bool
	yes    bool
}

func resetCommand(s streams) *cobra.Command {
	o := &resetOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "reset EXERCISE | --all",
		Short: "Put an exercise back to its stub, with a backup of your code",
		Long: `Reset puts the files that you write in an exercise back to the stub. What they
held is first copied to a folder of its own below .weft/backups. Other files are
not touched. It asks before; where there is no terminal to ask on, give --yes.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "all exercises")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.StringVar(&o.course, "course", "", "take the stubs from this folder or zip file instead of the built-in course")
	return cmd
}

func (o *resetOptions) run(args []string) error {
	if o.all == (len(args) == 1) {
		return usagef("grade reset 05-semaphore, or grade reset --all", "name one exercise, or give --all")
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	todo := c.Exercises
	if !o.all {
		ex, err := named(c, args[0])
		if err != nil {
			return err
		}
		todo = []*grader.Exercise{ex}
	}
	h := openHome(o.streams)
	if h.folder == nil {
		return usagef(homeHint+"; in a checkout of the course it is: git restore exercises/05-semaphore", "reset works in a folder that grade init has set up, and there is none around the current one")
	}
	if todo, err = begun(h, todo); err != nil {
		return err
	}
	if len(todo) == 0 {
		fmt.Fprintln(o.out, "nothing to do: it is the stub already")
		return nil
	}
	if sure, err := o.confirm(todo); err != nil || !sure {
		return err
	}
	for _, ex := range todo {
		if err := o.reset(h, ex); err != nil {
			return err
		}
	}
	return nil
}

// begun keeps the exercises whose files are not the stub's, or not all there.
func begun(h home, list []*grader.Exercise) ([]*grader.Exercise, error) {
	var out []*grader.Exercise
	for _, ex := range list {
		same, err := h.folder.IsStub(ex.Slug, ex.Stub)
		if err != nil {
			return nil, err
		}
		if !same {
			out = append(out, ex)
		}
	}
	return out, nil
}

// confirm asks, where there is somebody to ask.
func (o *resetOptions) confirm(todo []*grader.Exercise) (bool, error) {
	if o.yes {
		return true, nil
	}
	if in, ok := o.in.(*os.File); !ok || !isTerminal(in) || !isTerminal(o.out) {
		return false, usagef("add --yes; your code is backed up in any case", "there is no terminal to ask on whether %s shall be the stub again", what(todo))
	}
	if !ask(o.in, o.out, fmt.Sprintf("Put %s back to the stub? Your code is backed up. [y/N] ", what(todo))) {
		fmt.Fprintln(o.out, "nothing was changed")
		return false, nil
	}
	return true, nil
}

func what(todo []*grader.Exercise) string {
	if len(todo) == 1 {
		return todo[0].Slug
	}
	return fmt.Sprintf("%d exercises", len(todo))
}

// ask prints a question and reports whether the answer is yes.
func ask(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	answer, _ := bufio.NewReader(in).ReadString('\n')
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
}

func (o *resetOptions) reset(h home, ex *grader.Exercise) error {
	done, err := h.folder.Reset(ex.Slug, ex.Stub, time.Now())
	for _, f := range done.Files {
		fmt.Fprintf(o.out, "%s is the stub again\n", f)
	}
	if done.Backup != "" {
		fmt.Fprintf(o.out, "  your code: %s\n", grader.Clean(shorter(done.Backup)))
	}
	if err != nil {
		return err
	}
	h.record(o.streams, study.Event{Time: time.Now(), Kind: study.Reset, Exercise: ex.Slug})
	return nil
}
