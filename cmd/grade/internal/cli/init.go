package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
	"github.com/weft-course/weft/grader/workspace"
)

type initOptions struct {
	streams
	course string
}

func initCommand(s streams) *cobra.Command {
	o := &initOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Set up a folder with the exercises, or bring one up to date",
		Long: `Init writes the exercises into a new or empty folder, or into a repository that was
just made: lessons, stubs and visible tests, a go.mod so that editors and "go test"
work, a GitHub workflow that grades what you push, editor settings.

Run again on such a folder it brings what you have not edited up to date. It never
overwrites what you have: where the course has a new version of an edited file, that
is written beside it as FILE.new, for you to compare.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("grade init weft; to update the current folder: grade init .", "name one folder")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	return cmd
}

func (o *initOptions) run(ctx context.Context, dir string) error {
	if root, ok := course.Find(dir); ok {
		return usagef("name a folder outside of it", "%s lies within the course's own repository, %s", dir, root)
	}
	c, err := openCourse(o.course)
	if err != nil {
		return err
	}
	if err := c.Err(); err != nil {
		return &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	files, err := filesFor(c)
	if err != nil {
		return err
	}
	_, old := study.Find(dir)
	changes, err := study.Init(dir, files)
	o.tell(dir, changes, old)
	var refused *study.RefusedError
	if errors.As(err, &refused) {
		return usagef(refused.Hint, "%w", err)
	} else if err != nil {
		return &hintError{code: ExitBroken, err: err, hint: "nothing of yours was touched; when that is mended, run the same command again"}
	}
	o.prepare(ctx)
	if !old {
		fmt.Fprintf(o.out, "next: cd %s, then grade show 01\n", grader.Clean(dir))
	}
	return nil
}

// filesFor collects what a student gets of a course.
func filesFor(c *course.Course) (map[string][]byte, error) {
	var list []study.Exercise
	for _, ex := range c.Exercises {
		e := study.Exercise{Exercise: ex, Lessons: map[string]string{}}
		for lang, name := range map[string]string{"en": "README.md", "zh": "README.zh.md"} {
			text, err := c.Lesson(ex.Slug, lang)
			if err != nil {
				return nil, &hintError{code: ExitBroken, err: err, hint: authorHint}
			}
			e.Lessons[name] = text
		}
		list = append(list, e)
	}
	return study.Files(list, version())
}

// tell says what was done: each file of a folder that was there before, and
// the number of files of a new one.
func (o *initOptions) tell(dir string, changes []study.Change, old bool) {
	count := map[study.Action]int{}
	for _, ch := range changes {
		count[ch.Action]++
		if !old && ch.Action == study.Added {
			continue
		}
		text := fmt.Sprintf("%-8s %s", ch.Action, ch.Path)
		if ch.Action == study.Kept {
			text += ": you have edited it; the new version is in " + ch.Beside
		} else if ch.Action == study.Retired {
			text += ": the course has it no longer; it was left there"
		}
		fmt.Fprintln(o.out, grader.Clean(text))
	}
	if len(changes) == 0 && old {
		fmt.Fprintln(o.out, "everything is up to date")
	} else if !old && count[study.Added] > 0 {
		fmt.Fprintf(o.out, "%d files written to %s\n", count[study.Added], grader.Clean(dir))
	}
}

// prepare sees to it that gradings will work offline. What is missing is a
// note: the folder is there, and grade doctor says the rest.
func (o *initOptions) prepare(ctx context.Context) {
	tools, err := workspace.FindToolchain(ctx)
	if err == nil {
		err = workspace.CheckModules(ctx, tools, false)
		if err != nil {
			err = workspace.CheckModules(ctx, tools, true)
		}
	}
	if err != nil {
		note(o.streams, "grading does not work yet: %v; grade doctor says what is missing", err)
	}
}
