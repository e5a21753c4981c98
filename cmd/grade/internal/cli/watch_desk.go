package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/study"
	"github.com/weft-course/weft/grader/watch"
)

// sheet is a text for a screen of so many columns. It is rendered again when
// that changes.
type sheet func(columns int) string

// watchDesk does what the screen of grade watch asks for, with the code of the
// other commands. Nothing here writes to the screen.
type watchDesk struct {
	*engine
	o     *watchOptions
	notes bytes.Buffer  // what the other commands' code has to note
	send  func(msg any) // to the screen; safe for use by several goroutines
	judge func(ctx context.Context, at spot) (*grader.Report, error)

	watcher *watch.Watcher
	stop    chan struct{}
	given   map[string][]int // hints, by exercise, where there is no record of them

	mu     sync.Mutex
	jobs   sync.WaitGroup
	closed bool
}

// newDesk takes the engine for itself.
func newDesk(o *watchOptions, e *engine) *watchDesk {
	mine := *o
	d := &watchDesk{engine: e, o: &mine, send: func(any) {}, given: map[string][]int{}}
	mine.streams = streams{in: strings.NewReader(""), out: io.Discard, err: &d.notes}
	e.o = &mine.gradeOptions
	e.progress = &progress{w: stepWriter{d}}
	d.judge = func(ctx context.Context, at spot) (*grader.Report, error) {
		reports, err := e.gradeTimes(ctx, at.ex, at.dir, 1)
		if err != nil {
			return nil, err
		}
		return reports[0], nil
	}
	return d
}

// stepMsg tells the screen what a grading does now.
type stepMsg string

// stepWriter turns the line of progress that a terminal would show into messages.
type stepWriter struct{ d *watchDesk }

func (w stepWriter) Write(b []byte) (int, error) {
	text := strings.Trim(ansi.Strip(string(b)), "\r· …")
	if text != "" {
		w.d.send(stepMsg(grader.Clean(text)))
	}
	return len(b), nil
}

// savedMsg tells the screen that files in a folder were saved.
type savedMsg struct{ dir string }

// open watches the folder of an exercise, and no longer the one before.
func (d *watchDesk) open(at spot) {
	d.leave()
	w, stop := watch.New(at.dir, watch.Source, watch.Options{Poll: d.o.poll}), make(chan struct{})
	d.watcher, d.stop = w, stop
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-w.Changes():
				d.send(savedMsg{at.dir})
			}
		}
	}()
}

func (d *watchDesk) leave() {
	if d.watcher != nil {
		close(d.stop)
		d.watcher.Close()
		d.watcher = nil
	}
}

// polling says why the files are looked at again and again, or "".
func (d *watchDesk) polling() string {
	if d.watcher == nil {
		return ""
	}
	return d.watcher.Polling()
}

// enter begins a job that close waits for, unless it is too late for one.
func (d *watchDesk) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.jobs.Add(1)
	return true
}

// close waits until nothing runs any more. The jobs' context must have ended.
func (d *watchDesk) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.jobs.Wait()
	d.leave()
}

// noted returns what was noted since the last time, a line for each.
func (d *watchDesk) noted() string {
	var lines []string
	for line := range strings.Lines(d.notes.String()) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	d.notes.Reset()
	return strings.Join(lines, "\n")
}

// gradedMsg is the outcome of a grading.
type gradedMsg struct {
	report *grader.Report
	err    error
}

// grade judges the exercise.
func (d *watchDesk) grade(ctx context.Context, at spot) gradedMsg {
	if !d.enter() {
		return gradedMsg{err: context.Canceled}
	}
	defer d.jobs.Done()
	r, err := d.judge(ctx, at)
	return gradedMsg{report: r, err: err}
}

// result is what grade prints, and after a pass what comes next.
func (d *watchDesk) result(at spot, r *grader.Report, look watchLook) sheet {
	next := ""
	if r.AllPassed() {
		next = d.after(at, look)
	}
	return func(columns int) string {
		ro := report.Options{Color: look.color, Verbose: d.o.verbose, Source: d.source, Width: columns}
		return fold(textReport(r, ro)+next, columns)
	}
}

// after says what may be done once an exercise has passed.
func (d *watchDesk) after(at spot, look watchLook) string {
	goOn := "every exercise has passed"
	if next, ok := d.following(at); ok {
		goOn = look.strong("n") + " goes on to " + next.Slug + ": " + next.Topic
	}
	return "\n  " + goOn + "\n  grade solution " + at.ex.Slug + " shows the reference beside yours\n"
}

// following is the exercise after this one that has not passed, from the
// beginning again after the last.
func (d *watchDesk) following(at spot) (*grader.Exercise, bool) {
	list := slugs(d.course)
	i := slices.Index(list, at.ex.Slug)
	slug := openHome(d.o.streams).progress.Next(slices.Concat(list[i+1:], list[:max(i, 0)]))
	return d.course.Exercise(slug)
}

// next is where n leads.
func (d *watchDesk) next(at spot) (spot, error) {
	ex, ok := d.following(at)
	if !ok {
		return at, errors.New("you have passed every exercise")
	}
	dir := at.sibling(ex.Slug)
	if h := openHome(d.o.streams); h.folder != nil {
		dir = shorter(h.folder.Dir(ex.Slug))
	}
	return spot{ex, dir}, exists(dir)
}

// standing is how far the student is.
type standing struct {
	kept          bool // there is a record
	passed, total int
	here          bool // this exercise has passed
	edited        bool // it is no longer the stub, as far as can be told
}

func (d *watchDesk) standing(at spot) standing {
	h := openHome(d.o.streams)
	s := standing{kept: h.folder != nil, total: len(d.course.Exercises), edited: true}
	for _, ex := range d.course.Exercises {
		if h.progress.Of(ex.Slug).Standing == study.Passed {
			s.passed++
			s.here = s.here || ex == at.ex
		}
	}
	if h.folder != nil && h.folder.Holds(at.dir, at.ex.Slug) {
		edited, err := h.folder.Edited(at.ex.Slug, at.ex.Stub)
		s.edited = edited || err != nil
	}
	return s
}

// hint gives the next hint, as grade hint does.
func (d *watchDesk) hint(at spot, color bool) (sheet, error) {
	h := openHome(d.o.streams)
	hints, err := hintsOf(d.course, at.ex)
	if err != nil {
		return nil, err
	}
	state := h.progress.Of(at.ex.Slug)
	if h.folder == nil {
		state.Hints = d.given[at.ex.Slug]
	}
	hint, err := (&hintOptions{}).choose(at.ex, hints, state)
	if err != nil {
		return nil, err
	}
	if _, err := markdown(hint.Text, 0, color); err != nil {
		return nil, err
	}
	d.given[at.ex.Slug] = append(d.given[at.ex.Slug], hint.Number)
	h.record(d.o.streams, study.Event{Time: time.Now(), Kind: study.Hinted, Exercise: at.ex.Slug, Hint: hint.Number})
	head := fmt.Sprintf("%s, hint %d of %d%s\n\n", at.ex.Slug, hint.Number, len(hints), because(hint, state))
	return func(columns int) string {
		text, _ := markdown(hint.Text, columns, color)
		return fold(head, columns) + text
	}, nil
}

// list is what grade list prints.
func (d *watchDesk) list() sheet {
	return func(columns int) string {
		var b bytes.Buffer
		o := listOptions{course: d.o.course, streams: streams{out: &b, err: io.Discard}}
		if err := o.run(nil, columns); err != nil {
			return broken(err)(columns)
		}
		return grader.Clean(b.String())
	}
}

// replayedMsg is the outcome of running a schedule again.
type replayedMsg struct {
	sheet sheet
	err   error
}

// replay runs the first schedule again in which something fails, as grade replay does.
func (d *watchDesk) replay(ctx context.Context, at spot, r *grader.Report) replayedMsg {
	if !d.enter() {
		return replayedMsg{err: context.Canceled}
	}
	defer d.jobs.Done()
	var s sheet
	err := d.with(at.ex, at.dir, func(pass *grader.Pass) (err error) {
		if pass.Submission.Hash != r.Submission.Hash {
			return usagef("press r", "%s has changed since", at.dir)
		}
		s, err = d.timeline(ctx, pass, schedules(r)[0])
		return err
	})
	return replayedMsg{s, err}
}

// timeline is what grade replay prints, filled to the width of the screen.
func (d *watchDesk) timeline(ctx context.Context, p *grader.Pass, key storyKey) (sheet, error) {
	if err := d.buildToReplay(ctx, p); err != nil {
		return nil, err
	}
	d.progress.show(fmt.Sprintf("schedule %d of %s once more", key.seed, key.test))
	got, err := stage.Replay(ctx, p, []string{key.test}, key.seed, false)
	if err != nil {
		return nil, err
	}
	return story(p.Exercise, p.Submission, key.seed, got, false), nil
}
