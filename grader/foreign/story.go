package foreign

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/weft-course/weft/grader/foreign/protocol"
	"github.com/weft-course/weft/grader/timeline"
)

// tell adds the timeline of a test's failing schedule, with the fewest yields
// that it takes to fail.
func (s *session) tell(ctx context.Context, t *Test, targets []target) error {
	at := slices.IndexFunc(targets, func(x target) bool { return x.name == t.Name })
	if at < 0 || t.Seed == 0 {
		return nil
	}
	job := protocol.Job{Leaf: t.Name, Own: targets[at].own, From: t.Seed, Count: 1, Spared: !s.opts.Leaks}
	var keep []uint64
	if !s.opts.Full {
		var err error
		if keep, err = s.least(ctx, job); err != nil {
			return err
		}
	}
	trace, failed, err := s.trace(ctx, job, keep)
	if err == nil && keep != nil && !failed { // it took more after all
		keep = nil
		trace, failed, err = s.trace(ctx, job, nil)
	}
	if err != nil || !failed {
		return err
	}
	t.Timeline = s.timeline(*t, trace, keep)
	return nil
}

// least returns the fewest yields with which a schedule was seen to fail; nil
// where the process ended before that was known.
func (s *session) least(ctx context.Context, job protocol.Job) ([]uint64, error) {
	job.Minimise = true
	end, err := s.runJob(ctx, job)
	if err != nil {
		return nil, err
	}
	for _, e := range end.events {
		if e.Kind == protocol.KindLeast {
			return append([]uint64{}, e.Keep...), nil
		}
	}
	return nil, nil
}

// trace runs a schedule with some of its yields, or all for nil, and returns its steps.
func (s *session) trace(ctx context.Context, job protocol.Job, keep []uint64) (steps []byte, failed bool, err error) {
	job.Trace = filepath.Join(s.tmp, "trace")
	job.Keep = slices.Clone(keep)
	slices.Sort(job.Keep)
	end, err := s.runJob(ctx, job)
	if err != nil {
		return nil, false, err
	}
	failed = !slices.ContainsFunc(end.events, func(e protocol.Event) bool { return e.Kind == protocol.KindDone })
	steps, err = os.ReadFile(job.Trace)
	return steps, failed, err
}

func (s *session) runJob(ctx context.Context, job protocol.Job) (*ended, error) {
	return s.run(ctx, child{job: job, args: only(job.Leaf), wall: oneSchedule, idle: idleFor})
}

const timelineWidth = 100

// timeline shows the steps on the lines of the package and its tests.
func (s *session) timeline(t Test, trace []byte, keep []uint64) string {
	src := timeline.Source{Prefix: filepath.ToSlash(s.pkg.Dir) + "/", Files: map[string][]byte{}, Elsewhere: "in another package"}
	files, _ := filepath.Glob(filepath.Join(s.pkg.Dir, "*.go"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			src.Files[filepath.Base(file)] = text
		}
	}
	var failing timeline.Frame
	for _, f := range t.Findings {
		if f.Pos.IsValid() {
			failing = timeline.Frame{File: filepath.Base(f.Pos.File), Line: f.Pos.Line}
			break
		}
	}
	line := timeline.New(timeline.Parse(bytes.ReplaceAll(trace, []byte(renamed+"Test"), []byte("Test"))), src, failing, s.opts.Full)
	var out bytes.Buffer
	line.Text(&out, timelineWidth)
	switch {
	case keep != nil:
		fmt.Fprintf(&out, "reduced to the yields that it takes to fail, %d beside those after what may block; --full shows all\n", len(keep))
	case !s.opts.Full:
		fmt.Fprintf(&out, "%d steps; --full shows every one\n", line.Steps)
	}
	return out.String()
}
