package stage

import (
	"context"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/submission"
)

func policy() grader.Stage {
	return grader.Stage{
		Name: "policy", Title: "reading the submission", Always: true,
		Doc: `Before anything is compiled, the grader reads the files that the exercise declares, and nothing else.
They must parse, import only what the exercise needs, and hold no directives (//go:, //line, build tags), no cgo and no
function without a body. Such things change what is compiled, or what the race detector sees, without a word in the code.
A submission that breaks a rule is refused with the line and the reason; no points are given or taken.`,
		Run: runPolicy,
	}
}

func runPolicy(_ context.Context, p *grader.Pass) (grader.StageResult, error) {
	found := append([]grader.Finding(nil), p.Intake...)
	found = append(found, submission.Check(p.Submission, p.Exercise)...)
	out := grader.StageResult{Findings: found}
	for _, f := range found {
		switch {
		case f.Cause == grader.CausePolicy:
			out.Stop = grader.StatusRefused
		case out.Stop == "":
			out.Stop = grader.StatusBuildFailed
		}
	}
	return out, nil
}
