package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/study"
	"github.com/weft-course/weft/grader/submission"
)

type solutionOptions struct {
	streams
	course string
	color  string
	giveUp bool
	full   bool
	// modules is the module cache, version the grader's own: where go install
	// has left the course that this command was built from.
	modules, version string
}

func solutionCommand(s streams) *cobra.Command {
	o := &solutionOptions{streams: s, modules: moduleCache(), version: version()}
	cmd := &cobra.Command{
		Use:   "solution [EXERCISE]",
		Short: "Compare your solution with the reference, once you have passed",
		Long: `Solution shows the reference beside your own code, as a unified diff. It does so
once you have passed; --give-up shows it before, and that is recorded.

The references are not in this program, so that nobody finds them in it. They are
read from --course, from a checkout of the course around the current folder, or
from the module cache, where "go install" has put the whole course; all of that
works offline.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.giveUp, "give-up", false, "show it although you have not passed; your progress says so")
	f.BoolVar(&o.full, "full", false, "show the whole reference instead of a diff")
	f.StringVar(&o.course, "course", "", "the folder or zip file of the course")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is respected")
	return cmd
}

func (o *solutionOptions) run(args []string) error {
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
	state := h.progress.Of(ex.Slug)
	seen := state.EverPassed || state.Standing == study.Shown
	if !seen && !o.giveUp {
		return usagef(fmt.Sprintf("grade hint %s gives a hint; grade solution %s --give-up shows the reference anyway", ex.Slug, ex.Slug), "no pass of %s is recorded", ex.Slug)
	}
	reference, err := o.reference(ex, c)
	if err != nil {
		return err
	}
	if !seen { // before the answer is on the screen, and only if there is one
		h.record(o.streams, study.Event{Time: time.Now(), Kind: study.GaveUp, Exercise: ex.Slug})
	}
	return o.print(h, c, ex, reference, color)
}

// reference finds the reference's files, by name.
func (o *solutionOptions) reference(ex *grader.Exercise, c *course.Course) (map[string]string, error) {
	if files, ok := readReference(c.Source, ex); ok {
		return files, nil
	}
	var places []string
	if o.course == "" {
		if root, ok := course.Find("."); ok {
			places = append(places, root)
		}
		places = append(places, filepath.Join(o.modules, filepath.FromSlash(grader.ModulePath)+"@"+o.version))
	}
	for _, place := range places {
		src, err := course.Open(place)
		if err != nil {
			continue
		}
		if files, ok := readReference(src, ex); ok {
			if other, err := course.LoadExercise(src, ex.Slug); err != nil || course.Hash(other) != course.Hash(ex) {
				note(o.streams, "this reference, from %s, is of another version of the exercise", place)
			}
			return files, nil
		}
	}
	return nil, usagef(fmt.Sprintf("read it at %s, or name a copy of the course: grade solution %s --course DIR", sourceURL(ex.Slug, o.version), ex.Slug),
		"the reference of %s is not on this machine; it is not part of the program", ex.Slug)
}

func readReference(src course.Source, ex *grader.Exercise) (map[string]string, bool) {
	files := map[string]string{}
	for _, name := range ex.Files {
		text, err := fs.ReadFile(src.Solutions, path.Join(ex.Slug, name))
		if err != nil {
			return nil, false
		}
		files[name] = string(text)
	}
	return files, true
}

// sourceURL is the folder of an exercise's reference on the web.
func sourceURL(slug, version string) string {
	at := "main"
	if strings.HasPrefix(version, "v") && !strings.ContainsAny(version, "-+") {
		at = version
	}
	return "https://" + grader.ModulePath + "/tree/" + at + "/solutions/" + slug
}

// moduleCache is where the go command keeps modules, as it decides itself.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	gopath := filepath.SplitList(os.Getenv("GOPATH"))
	if len(gopath) == 0 {
		dir, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		gopath = []string{filepath.Join(dir, "go")}
	}
	return filepath.Join(gopath[0], "pkg", "mod")
}

// print writes the reference, as a diff from the student's files where there are some.
func (o *solutionOptions) print(h home, c *course.Course, ex *grader.Exercise, reference map[string]string, color bool) error {
	mine, dir := o.mine(h, c, ex)
	for _, name := range ex.Files {
		if o.full || mine[name] == nil {
			fmt.Fprintf(o.out, "%s, the reference:\n\n%s\n", name, grader.Clean(reference[name]))
			continue
		}
		before, after := grader.Clean(strings.ReplaceAll(string(mine[name]), "\r\n", "\n")), grader.Clean(reference[name])
		diff, err := udiff.ToUnified("yours: "+grader.Clean(filepath.Join(dir, name)), "reference: "+name, before, udiff.Lines(before, after), 3)
		if err != nil {
			return fmt.Errorf("diff: %w", err)
		}
		if diff == "" {
			diff = name + ": yours is the reference.\n"
		}
		fmt.Fprintf(o.out, "%s\n", paint(diff, color))
	}
	return nil
}

// mine reads the student's files as a grading would.
func (o *solutionOptions) mine(h home, c *course.Course, ex *grader.Exercise) (map[string][]byte, string) {
	dir, ok := h.dirOf(c, ex)
	if !ok {
		return nil, ""
	}
	sub, _, err := submission.Open(dir, ex)
	if err != nil {
		note(o.streams, "your own code cannot be read, so the reference stands alone: %v", err)
		return nil, ""
	}
	return sub.Files, dir
}

// paint colours the lines of a diff.
func paint(diff string, color bool) string {
	if !color {
		return diff
	}
	r := lipgloss.NewRenderer(nil)
	r.SetColorProfile(termenv.ANSI)
	style := func(c string) lipgloss.Style {
		return r.NewStyle().Foreground(lipgloss.Color(c)).TabWidth(lipgloss.NoTabConversion)
	}
	colours := map[byte]lipgloss.Style{'-': style("1"), '+': style("2"), '@': style("6")}
	lines := strings.Split(diff, "\n")
	for i, l := range lines {
		if st, ok := colours[(l + " ")[0]]; ok {
			lines[i] = st.Render(l)
		}
	}
	return strings.Join(lines, "\n")
}
