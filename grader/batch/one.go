package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/submission"
)

// submission grades what one student handed in. Its error ends the run.
func (r *run) submission(ctx context.Context, e entry) error {
	list, close, err := r.open(e)
	defer close()
	var no *refusal
	switch {
	case errors.As(err, &no):
		return r.unread(e, no)
	case err != nil:
		return r.broken(e, r.o.Exercise, err)
	}
	for _, w := range list {
		if err := r.one(ctx, e, w); err != nil {
			return err
		}
	}
	if r.o.Exercise == nil {
		return r.store.drop(e.id, unreadName)
	}
	return nil
}

// one grades one exercise of a submission, or finds that it is done.
func (r *run) one(ctx context.Context, e entry, w work) error {
	if w.problem != "" {
		return r.closed(e, w, w.problem, "hand in the folder itself")
	}
	sub, intake, err := submission.Open(w.dir, w.ex)
	var input *submission.InputError
	if errors.As(err, &input) && input.Err == nil {
		return r.closed(e, w, local(err.Error(), w), input.Hint)
	} else if err != nil {
		return r.broken(e, w.ex, err)
	}
	rec := record{Key: r.key(w, sub, intake), Commit: e.commit, SubmittedAt: e.submitted}
	if !r.o.Fresh && r.store.has(e.id, w.ex.Slug, rec) {
		r.count(func(s *Summary) { s.Kept++ })
		return nil
	}
	r.o.hook("wanted")
	report, err := r.result(ctx, w, rec.Key)
	if err == nil && report.Status == grader.StatusError {
		err = errors.New(report.Error)
	}
	var stop *StopError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &stop):
		return err
	case err != nil && r.store.has(e.id, w.ex.Slug, rec): // with Fresh: the result that stands is not lost
		r.note(e, w.ex.Slug, err.Error())
		return nil
	case err != nil:
		return r.broken(e, w.ex, err)
	}
	return r.put(e, w.ex.Slug, report, rec)
}

// result gives the result of the content, from the cache or by grading it.
// Two who hand in the same at the same time are one grading.
func (r *run) result(ctx context.Context, w work, key string) (*grader.Report, error) {
	graded := false
	v, err, _ := r.flights.Do(key, func() (any, error) {
		if r.usable(key) {
			if report, ok := r.store.cached(key); ok {
				return report, nil
			}
		}
		graded = true
		return r.grade(ctx, w, key)
	})
	if err != nil {
		return nil, err
	}
	if !graded {
		r.count(func(s *Summary) { s.Identical++ })
	}
	one := *v.(*grader.Report) // others have the same one
	return &one, nil
}

// usable reports whether the cache may answer.
func (r *run) usable(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.o.Fresh || r.fresh[key]
}

func (r *run) grade(ctx context.Context, w work, key string) (*grader.Report, error) {
	r.o.hook("grade")
	report, err := safely(ctx, r.o.Grade, w.dir, w.ex)
	if err != nil || report.Status == grader.StatusError {
		return report, err
	}
	r.o.hook("graded")
	if report, err = anonymous(report, w); err != nil {
		return nil, err
	}
	r.count(func(s *Summary) { s.Graded++ })
	if err := r.store.cache(key, report); err != nil {
		return nil, &StopError{err}
	}
	r.o.hook("cached")
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.o.Fresh {
		r.fresh[key] = true
	}
	return report, nil
}

// anonymous takes out of a result whose it is and where it lay: the folder is
// called as the exercise, for everyone who hands in the same.
func anonymous(report *grader.Report, w work) (*grader.Report, error) {
	text, err := json.Marshal(report)
	if err != nil {
		return nil, err
	}
	for _, x := range [][2]string{{w.dir + string(filepath.Separator), w.ex.Slug + "/"}, {w.dir, w.ex.Slug}} {
		dir, err := json.Marshal(x[0])
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, dir[1:len(dir)-1], []byte(x[1]))
	}
	out := new(grader.Report)
	if err := json.Unmarshal(text, out); err != nil {
		return nil, err
	}
	out.Submission = grader.SubmissionInfo{Dir: w.ex.Slug, Hash: report.Submission.Hash}
	return out, nil
}

func local(text string, w work) string { return strings.ReplaceAll(text, w.dir, w.ex.Slug) }

// key names everything that a result depends on.
func (r *run) key(w work, sub *grader.Submission, intake []grader.Finding) string {
	var faults []string
	for _, f := range intake {
		faults = append(faults, local(fmt.Sprint(f.Pos, f.Message), w))
	}
	g := r.o.Grader
	text, err := json.Marshal([]any{
		Schema, sub.Hash, faults, w.ex.Slug, r.hashes[w.ex.Slug], g.Version, r.o.Build, g.Go, g.OS, g.Arch, r.o.Flags,
	})
	if err != nil {
		panic(err) // plain data always marshals
	}
	return digest(text)
}

// put writes a result for the entry.
func (r *run) put(e entry, slug string, report *grader.Report, rec record) error {
	report.Submission.ID, report.Submission.Commit, report.Submission.SubmittedAt = e.id, e.commit, e.submitted
	text, err := encode(report)
	if err != nil {
		return err
	}
	r.o.hook("write")
	err = r.store.put(e.id, slug, text, rec, func() { r.o.hook("written") })
	r.o.hook("noted")
	return err
}

// unread writes the result of a submission that could not be read.
func (r *run) unread(e entry, no *refusal) error {
	r.count(func(s *Summary) { s.Unread = append(s.Unread, Note{e.id, no.text}) })
	slug := unreadName
	if r.o.Exercise != nil {
		slug = r.o.Exercise.Slug
	}
	return r.put(e, slug, r.refused(r.o.Exercise, no.text, no.help), record{})
}

// closed writes the result of an exercise that could not be read.
func (r *run) closed(e entry, w work, text, help string) error {
	r.count(func(s *Summary) { s.Unread = append(s.Unread, Note{e.id, text}) })
	return r.put(e, w.ex.Slug, r.refused(w.ex, text, help), record{})
}

// broken writes down that the machine or the grader failed.
func (r *run) broken(e entry, ex *grader.Exercise, err error) error {
	report := r.blank(ex, grader.StatusError)
	report.Error = grader.Clean(err.Error())
	slug := unreadName
	if ex != nil {
		slug = ex.Slug
	}
	r.note(e, slug, report.Error)
	return r.put(e, slug, report, record{})
}

func (r *run) note(e entry, slug, text string) {
	r.count(func(s *Summary) { s.Errors = append(s.Errors, Note{e.id, slug + ": " + text}) })
}

// refused is the result of what is not looked into.
func (r *run) refused(ex *grader.Exercise, text, help string) *grader.Report {
	report := r.blank(ex, grader.StatusRefused)
	report.Findings = []grader.Finding{{Cause: grader.CausePolicy, Message: grader.Clean(text), Help: grader.Clean(help)}}
	if ex == nil {
		return report
	}
	for _, c := range ex.Criteria {
		report.Checks = append(report.Checks, grader.CheckReport{
			ID: c.ID, Name: c.Title, Group: c.Stage, DependsOn: c.After, Verdict: grader.Skipped, MaxPoints: c.Points,
			Visibility: "visible", Message: "not judged: the submission was refused",
		})
	}
	return report
}

func (r *run) blank(ex *grader.Exercise, status grader.Status) *grader.Report {
	report := &grader.Report{Schema: grader.ResultSchema, Grader: r.o.Grader, Status: status, Checks: []grader.CheckReport{}}
	if ex != nil {
		report.Exercise = grader.ExerciseInfo{Slug: ex.Slug, Title: ex.Title, Version: r.o.Grader.Version, Hash: r.hashes[ex.Slug]}
		report.Submission.Dir, report.MaxScore = ex.Slug, ex.MaxPoints()
	}
	return report
}
