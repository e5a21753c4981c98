package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader/batch"
)

func mergeCommand(s streams) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "merge --out RESULTS FOLDER…",
		Short: "For instructors: join the results of several machines",
		Long: `Merge joins folders that grade batch has written, one for each shard, into one. It
may be repeated, and a shard may have run twice. Where two folders contradict each
other, nothing is written and the results are named.`,
		Example: `  grade merge --out ./results ./results-1 ./results-2`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || out == "" {
				return usagef("grade merge --out ./results ./results-1 ./results-2", "give --out and the folders to join")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return merge(s, out, args) },
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "the folder of the joined results; what it holds already is kept")
	return cmd
}

func merge(s streams, out string, from []string) error {
	m, err := batch.Merge(out, from)
	if err != nil {
		return batchError(err)
	}
	_, err = fmt.Fprintf(s.out, "results: %d; added or replaced: %d\n", m.Results, m.Added)
	return err
}
