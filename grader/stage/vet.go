package stage

import (
	"context"

	"github.com/weft-course/weft/grader"
)

func vet() grader.Stage {
	return grader.Stage{
		Name: "vet", Title: "building", Always: true,
		Doc: `The submission is compiled with the hidden tests, with the race detector and without it at the same time, and go vet
looks at it. What does not build is not judged: the compiler's errors are shown at your own lines, and where your API is not what the
exercise asks for, the message says which declaration is missing or different. Complaints of go vet are shown and cost nothing.`,
		Run: runVet,
	}
}

func runVet(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
	needed := flavours(p)
	if p.Lazy && len(needed) > 1 {
		needed = needed[:1]
	}
	return build(ctx, p, needed)
}

// build makes binaries, or stops the grading with what is wrong with the code.
func build(ctx context.Context, p *grader.Pass, flavours []grader.Flavour) (grader.StageResult, error) {
	built, err := p.Bench.Build(ctx, flavours)
	if err != nil {
		return grader.StageResult{}, err
	}
	p.Missing = built.Missing
	out := grader.StageResult{Warnings: built.Warnings}
	if len(built.Findings) > 0 {
		out.Stop, out.Findings = grader.StatusBuildFailed, built.Findings
	}
	return out, nil
}

// buildLate makes a binary that a lazy pass has not made before.
func buildLate(ctx context.Context, p *grader.Pass, f grader.Flavour) (grader.StageResult, error) {
	if !p.Lazy {
		return grader.StageResult{}, nil
	}
	out, err := build(ctx, p, []grader.Flavour{f})
	out.Warnings = nil // they have been said
	return out, err
}

// flavours lists the binaries that the wanted criteria need.
func flavours(p *grader.Pass) []grader.Flavour {
	var list []grader.Flavour
	if len(p.Criteria(grader.StageRace)) > 0 {
		list = append(list, grader.FlavourRace)
		if p.Exercise.Schedules > 0 && !p.Quick {
			list = append(list, grader.FlavourExplore)
		}
	}
	if len(p.Criteria(grader.StageTiming)) > 0 {
		list = append(list, grader.FlavourVirtual)
	}
	if len(p.Criteria(grader.StageSpeedup)) > 0 {
		list = append(list, grader.FlavourPlain)
	}
	return list
}
