package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Expectation is a mutant.json: what must catch the mutant.
type Expectation struct {
	About string `json:"about"`
	// Fails maps each criterion that must fail to the cause of its first
	// finding; several allowed causes are joined by "|".
	Fails map[string]string `json:"fails"`
	// MayFail names criteria that may fail besides.
	MayFail []string `json:"may_fail"`
	// Status is set where the submission must be refused or not build.
	Status grader.Status `json:"status"`
}

// readExpectation reads and checks a mutant.json.
func readExpectation(dir string, ex *grader.Exercise) (*Expectation, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "mutant.json"))
	if err != nil {
		return nil, err
	}
	var e Expectation
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("mutant.json: %w", err)
	}
	var errs []error
	if e.About == "" {
		errs = append(errs, errors.New("mutant.json: about is empty: which mistake is it?"))
	}
	if len(e.Fails) == 0 && e.Status == "" {
		errs = append(errs, errors.New("mutant.json: fails names no criterion"))
	}
	for id, causes := range e.Fails {
		if _, ok := ex.Criterion(id); !ok {
			errs = append(errs, fmt.Errorf("mutant.json: there is no criterion %q", id))
		}
		for c := range strings.SplitSeq(causes, "|") {
			if !grader.IsCause(grader.Cause(c)) {
				errs = append(errs, fmt.Errorf("mutant.json: %q is no cause", c))
			}
		}
	}
	for _, id := range e.MayFail {
		if _, ok := ex.Criterion(id); !ok {
			errs = append(errs, fmt.Errorf("mutant.json: there is no criterion %q", id))
		}
	}
	return &e, errors.Join(errs...)
}

// compare says how a grading of the mutant differs from what was declared.
func (e *Expectation) compare(ex *grader.Exercise, r *grader.Report) (bad []string) {
	if e.Status != "" && r.Status == e.Status {
		return nil
	}
	if e.Status != "" {
		return []string{"must be " + string(e.Status) + ", but is " + string(r.Status) + detail(r.Findings)}
	}
	if r.Status != grader.StatusGraded {
		return []string{"is " + string(r.Status) + detail(r.Findings)}
	}
	for _, c := range r.Checks {
		causes, must := e.Fails[c.ID]
		switch {
		case must && c.Verdict == grader.Unmeasurable: // this machine cannot tell
		case must && c.Verdict == grader.Skipped && (e.behind(ex, r, c.ID) || e.hung(r)):
		case must && c.Verdict != grader.Failed:
			bad = append(bad, fmt.Sprintf("%s must fail but is %s", c.ID, c.Verdict))
		case must && !slices.Contains(strings.Split(causes, "|"), string(c.Kind)):
			bad = append(bad, fmt.Sprintf("%s must fail with cause %s, not%s", c.ID, causes, detail(c.Findings)))
		case !must && c.Verdict == grader.Failed && !slices.Contains(e.MayFail, c.ID):
			bad = append(bad, fmt.Sprintf("%s must not fail, but does%s", c.ID, detail(c.Findings)))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(e.Fails)) {
		if !slices.ContainsFunc(r.Checks, func(c grader.CheckReport) bool { return c.ID == id }) {
			bad = append(bad, id+" must fail but was not judged")
		}
	}
	return bad
}

// hung reports whether tests hung as they may, so that others were not run.
func (e *Expectation) hung(r *grader.Report) bool {
	return slices.ContainsFunc(r.Checks, func(c grader.CheckReport) bool {
		return e.failed(c) && (c.Kind == grader.CauseTimeout || c.Kind == grader.CauseDeadlock)
	})
}

// behind reports whether a criterion was not judged because one that it
// depends on failed, as the mutant may.
func (e *Expectation) behind(ex *grader.Exercise, r *grader.Report, id string) bool {
	c, _ := ex.Criterion(id)
	return slices.ContainsFunc(c.After, func(before string) bool {
		failed := slices.ContainsFunc(r.Checks, func(c grader.CheckReport) bool { return c.ID == before && e.failed(c) })
		return failed || e.behind(ex, r, before)
	})
}

// failed reports whether a criterion failed, as it must or may.
func (e *Expectation) failed(c grader.CheckReport) bool {
	return c.Verdict == grader.Failed && (e.Fails[c.ID] != "" || slices.Contains(e.MayFail, c.ID))
}
