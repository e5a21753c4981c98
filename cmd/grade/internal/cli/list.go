package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func listCommand(s streams) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the exercises of the course",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return list(s, from) },
	}
	cmd.Flags().StringVar(&from, "course", "", "list this folder's or zip file's exercises instead of the built-in ones")
	return cmd
}

func list(s streams, from string) error {
	c, err := openCourse(from)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, ex := range c.Exercises {
		fmt.Fprintf(w, "%s\t%s\t%s\n", ex.Slug, ex.Title, ex.Topic)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := c.Err(); err != nil {
		return &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	return nil
}
