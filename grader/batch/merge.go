package batch

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Merged counts what a merge did.
type Merged struct {
	Results int // in the folder now
	Added   int // of those, written by this merge
}

// choice is where the result of one submission for one exercise comes from.
type choice struct{ from, id, slug string }

// Merge joins folders of results into out, which may hold results already.
// Results that two folders have must agree; of two that say the same, always
// the same one is taken, so that order and repetition change nothing. Where
// any two contradict each other, nothing is written and the [InputError] names
// them.
func Merge(out string, from []string) (Merged, error) {
	for _, dir := range from {
		if _, err := os.ReadDir(dir); err != nil {
			return Merged{}, inputf(resultsHint, "cannot read the results: %v", err)
		}
	}
	st, err := openStore(out)
	if err != nil {
		return Merged{}, err
	}
	defer st.close()
	chosen, err := choose(append([]string{out}, from...))
	if err != nil {
		return Merged{}, err
	}
	m := Merged{Results: len(chosen)}
	for _, c := range chosen {
		if c.from == out {
			continue
		}
		if err := st.adopt(c); err != nil {
			return m, err
		}
		m.Added++
	}
	for _, dir := range from {
		if err := st.adoptCache(dir); err != nil {
			return m, err
		}
	}
	return m, nil
}

// choose decides for every result which folder it comes from.
func choose(dirs []string) ([]choice, error) {
	chosen := map[string]choice{}
	unread := map[string]string{} // id → folder
	var against []string
	for _, dir := range dirs {
		err := each(dir, func(slug string, text []byte, report *grader.Report) error {
			c := choice{dir, report.Submission.ID, slug}
			key := c.id + "/" + slug
			if slug == unreadName {
				unread[c.id] = dir
			}
			before, known := chosen[key]
			if !known {
				chosen[key] = c
				return nil
			}
			old, other, err := load(before.from, before.id, before.slug)
			if err != nil {
				return err
			}
			better, why := compare(other, report)
			switch {
			case why != "":
				against = append(against, fmt.Sprintf("%s in %s and in %s: %s", key, before.from, dir, why))
			case better > 0 || better == 0 && bytes.Compare(text, old) < 0:
				chosen[key] = c
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	against = append(against, halfRead(chosen, unread)...)
	if len(against) > 0 {
		return nil, contradiction(against)
	}
	var list []choice
	for _, key := range slices.Sorted(maps.Keys(chosen)) {
		list = append(list, chosen[key])
	}
	return list, nil
}

// halfRead finds submissions that could be read for one folder and not for another.
func halfRead(chosen map[string]choice, unread map[string]string) (against []string) {
	for _, key := range slices.Sorted(maps.Keys(chosen)) {
		c := chosen[key]
		if dir, ok := unread[c.id]; ok && c.slug != unreadName && dir != c.from {
			against = append(against, fmt.Sprintf("%s in %s and in %s: it could be read for one and not for the other", c.id, dir, c.from))
		}
	}
	return against
}

// maxNamed is how many contradictions an error names.
const maxNamed = 20

func contradiction(list []string) error {
	n := len(list)
	if n > maxNamed {
		list = append(list[:maxNamed], fmt.Sprintf("and %d more", n-maxNamed))
	}
	return inputf("remove the result that should not count from its folder; nothing was written",
		"%d results contradict each other:\n  %s", n, strings.Join(list, "\n  "))
}

// compare says whether b tells more than a (1), less (-1) or the same (0), or
// why they contradict each other. What is unmeasurable on one machine may be
// measured on another; a failure of the machine says nothing at all.
func compare(a, b *grader.Report) (better int, why string) {
	if ea, eb := a.Status == grader.StatusError, b.Status == grader.StatusError; ea || eb {
		return sign(ea) - sign(eb), ""
	}
	switch {
	case a.Submission.Hash != b.Submission.Hash:
		return 0, "they are about different content"
	case a.Exercise.Hash != b.Exercise.Hash:
		return 0, "different versions of the exercise judged them"
	case a.Status != b.Status:
		return 0, fmt.Sprintf("one is %s, the other %s", a.Status, b.Status)
	case a.Submission.Commit != b.Submission.Commit || !sameTime(a, b):
		return 0, "commit or time of submission differ"
	case len(a.Checks) != len(b.Checks):
		return 0, "they have different checks"
	}
	return compareChecks(a, b)
}

func compareChecks(a, b *grader.Report) (better int, why string) {
	for i, x := range a.Checks {
		y := b.Checks[i]
		one := 0
		switch {
		case x.ID != y.ID || x.MaxPoints != y.MaxPoints:
			return 0, "they have different checks"
		case x.Verdict == y.Verdict && x.Points == y.Points:
		case x.Verdict == grader.Unmeasurable || x.Verdict == grader.Errored:
			one = 1
		case y.Verdict == grader.Unmeasurable || y.Verdict == grader.Errored:
			one = -1
		}
		if one == 0 && (x.Verdict != y.Verdict || x.Points != y.Points) || one*better < 0 {
			return 0, fmt.Sprintf("%s is %s (%d) in one and %s (%d) in the other", x.ID, x.Verdict, x.Points, y.Verdict, y.Points)
		}
		if one != 0 {
			better = one
		}
	}
	return better, ""
}

func sign(is bool) int {
	if is {
		return 1
	}
	return 0
}

func sameTime(a, b *grader.Report) bool {
	x, y := a.Submission.SubmittedAt, b.Submission.SubmittedAt
	return x == y || x != nil && y != nil && x.Equal(*y)
}

// adopt copies a result with what it was made from.
func (s *store) adopt(c choice) error {
	text, _, err := load(c.from, c.id, c.slug)
	if err != nil {
		return err
	}
	other := store{dir: c.from}
	if err := gone(os.Remove(s.doneFile(c.id, c.slug))); err != nil {
		return err
	}
	return s.put(c.id, c.slug, text, other.record(c.id, c.slug), func() {})
}

// adoptCache takes over what another folder has in its cache.
func (s *store) adoptCache(dir string) error {
	names, err := filepath.Glob(filepath.Join(escapeGlob(dir), ownFolder, "cache", "??", "*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		key := filepath.Base(name)
		if len(key) != len(digest(nil)) {
			continue
		}
		other := store{dir: dir}
		if report, ok := other.cached(key); ok {
			if _, has := s.cached(key); has {
				continue
			}
			if err := s.cache(key, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// escapeGlob makes a path match itself only.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' { // there a glob has no escapes
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
