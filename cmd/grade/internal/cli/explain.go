package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/stage"
)

func explainCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [TOPIC]",
		Short: "Explain a stage of the grading or a cause of failure",
		Long:  "Explain says what a stage does or what a cause means, with a wrong and a right way. Topics:\n\n" + topics(),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprint(s.out, topics())
				return err
			}
			return explain(s.out, args[0])
		},
	}
}

func topics() string {
	var b strings.Builder
	b.WriteString("stages, in order\n")
	for _, st := range stage.All() {
		fmt.Fprintf(&b, "  %-14s %s\n", st.Name, st.Title)
	}
	b.WriteString("causes\n")
	for _, c := range grader.Causes() {
		fmt.Fprintf(&b, "  %-14s %s\n", c.Cause, c.Title)
	}
	return b.String()
}

// explain prints all there is on a topic; "race" is a stage and a cause.
func explain(w io.Writer, topic string) error {
	var parts []string
	for _, c := range grader.Causes() {
		if string(c.Cause) == topic {
			parts = append(parts, explainCause(c))
		}
	}
	for _, st := range stage.All() {
		if st.Name == topic {
			parts = append(parts, fmt.Sprintf("The stage %q: %s\n\n%s\n", st.Name, st.Title, wrap(st.Doc)))
		}
	}
	if len(parts) == 0 {
		return usagef("grade explain lists the topics", "there is no topic %q", topic)
	}
	_, err := fmt.Fprint(w, strings.Join(parts, "\n"))
	return err
}

func explainCause(c grader.CauseDoc) string {
	text := fmt.Sprintf("%s: %s\n\n%s\n", c.Cause, c.Title, wrap(c.Doc))
	if c.Wrong != "" {
		text += "\n" + indent("wrong", c.Wrong) + indent("right", c.Right)
	}
	return text
}

func indent(label, code string) string {
	var b strings.Builder
	for i, line := range strings.Split(code, "\n") {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&b, "  %-7s %s\n", label, line)
	}
	return b.String()
}

// wrap fills text to 80 columns.
func wrap(text string) string {
	filled := lipgloss.NewStyle().Width(80).Render(strings.Join(strings.Fields(text), " "))
	lines := strings.Split(filled, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
