package cli

import (
	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader/batch"
)

func diffCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "For instructors: say which grades moved between two folders of results, and why",
		Long: `Diff compares two folders that grade batch or grade merge has written. For each
result with another score, status or verdict it says which checks moved, and what
else differs: the submission, the exercise, the grader, the machine.

Exit status: 0 nothing moved, 1 something did, 2 wrong usage.`,
		Example: `  grade diff ./results-before ./results`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("grade diff ./results-before ./results", "give two folders of results")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return diff(s, args[0], args[1]) },
	}
}

func diff(s streams, old, new string) error {
	moves, err := batch.Diff(old, new)
	if err != nil {
		return batchError(err)
	}
	if err := batch.WriteDiff(s.out, moves); err != nil {
		return err
	}
	if len(moves) > 0 {
		return exitError{ExitFailed}
	}
	return nil
}
