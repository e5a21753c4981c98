package foreign

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/foreign/protocol"
)

// shakes is how often a test that cannot be explored is repeated with delays in
// real time, each time in a fresh process. The budget of a test bounds it, too.
const shakes = 30

// shakeProcs are the values of GOMAXPROCS that take turns; 0 is all processors.
var shakeProcs = [...]int{1, 2, 0}

// shake repeats a test that could not be explored with delays in real time. It
// is only blamed if it passes alone and without delays.
func (s *session) shake(ctx context.Context, test Test) (Test, error) {
	calm, err := s.shaken(ctx, test.Name, 0)
	if err != nil || calm.status != protocol.StatusPass {
		return test, err
	}
	for start := time.Now(); test.Repeats < shakes && (test.Repeats == 0 || time.Since(start) < s.opts.Budget); {
		test.Repeats++
		r, err := s.shaken(ctx, test.Name, test.Repeats)
		if err != nil {
			return test, err
		}
		if r.status == protocol.StatusPass || r.status == protocol.StatusSkip {
			continue
		}
		test.State, test.Output, test.Findings = Shaken, r.end.output, s.findings(r.end.output, test.Name)
		if r.end.stopped != "" {
			test.Findings = append(test.Findings, finding(grader.CauseTimeout, test.Name, "Nothing moves any more."))
		}
		if len(test.Findings) == 0 {
			test.Findings = []grader.Finding{finding(grader.CauseAssertion, test.Name, "The test fails: "+s.firstLine(r.end.output))}
		}
		return test, nil
	}
	test.Why += fmt.Sprintf("; repeated %d times with delays in real time, on one processor, two and all, it did not fail, which proves little", test.Repeats)
	return test, nil
}

type shakenRun struct {
	status string
	end    *ended
}

// shaken runs a test outside of bubbles, with the delays of a seed; 0 is none.
func (s *session) shaken(ctx context.Context, test string, seed int) (shakenRun, error) {
	end, err := s.run(ctx, child{
		job: protocol.Job{Shake: uint64(seed)}, args: only(test),
		wall: alone, idle: hung, procs: shakeProcs[seed%len(shakeProcs)],
	})
	if err != nil {
		return shakenRun{}, err
	}
	r := shakenRun{end: end}
	for _, e := range end.events {
		switch {
		case e.Kind != protocol.KindEnd:
		case e.Test == test:
			r.status = e.Status
		case strings.HasPrefix(e.Test, test+"/") && e.Status == protocol.StatusFail:
			r.status = e.Status
		}
	}
	return r, nil
}
