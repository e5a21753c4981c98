package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weft-course/weft/grader"
)

// maxResult is how large the file of one result may be, in bytes.
const maxResult = 64 << 20

const resultsHint = "name a folder that grade batch or grade merge has written"

// each calls do for every result in a folder, in order of id and exercise.
func each(dir string, do func(slug string, text []byte, report *grader.Report) error) error {
	ids, err := os.ReadDir(dir)
	if err != nil {
		return inputf(resultsHint, "cannot read the results: %v", err)
	}
	found := false
	for _, id := range ids {
		if !id.IsDir() || id.Name() == ownFolder || ignored(id.Name()) {
			continue
		}
		slugs, err := slugsIn(filepath.Join(dir, id.Name()))
		if err != nil {
			return err
		}
		for _, slug := range slugs {
			text, report, err := load(dir, id.Name(), slug)
			if err != nil {
				return err
			}
			if err := do(slug, text, report); err != nil {
				return err
			}
			found = true
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ownFolder)); !found && err != nil {
		return inputf(resultsHint, "%s holds no results", dir)
	}
	return nil
}

// EachStudent calls do for every student in a folder of results, in order of id,
// with all results of that student. An id is fit to be the name of a file.
func EachStudent(dir string, do func(id string, reports []*grader.Report) error) error {
	var mine []*grader.Report
	flush := func() error {
		if len(mine) == 0 {
			return nil
		}
		all := mine
		mine = nil
		return do(all[0].Submission.ID, all)
	}
	err := each(dir, func(_ string, _ []byte, r *grader.Report) error {
		if len(mine) > 0 && mine[0].Submission.ID != r.Submission.ID {
			if err := flush(); err != nil {
				return err
			}
		}
		mine = append(mine, r)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// slugsIn lists the results in the folder of an id.
func slugsIn(dir string) (slugs []string, err error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range list {
		if slug, ok := strings.CutSuffix(e.Name(), ".json"); ok && e.Type().IsRegular() {
			slugs = append(slugs, slug)
		}
	}
	return slugs, err
}

// load reads one result and checks that it is what its name says.
func load(dir, id, slug string) ([]byte, *grader.Report, error) {
	name := filepath.Join(dir, id, slug+".json")
	hint := "remove the file and run grade batch again"
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > maxResult {
		return nil, nil, inputf(hint, "%s has %d bytes; no result is that large", name, info.Size())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	report := new(grader.Report)
	if err := json.Unmarshal(text, report); err != nil {
		return nil, nil, inputf(hint, "%s is damaged: %v", name, err)
	}
	if err := belongs(report, id, slug); err != nil {
		return nil, nil, inputf(hint, "%s: %v", name, err)
	}
	return text, report, nil
}

func belongs(r *grader.Report, id, slug string) error {
	switch {
	case r.Schema != grader.ResultSchema:
		return fmt.Errorf("its schema is %q and not %s", r.Schema, grader.ResultSchema)
	case r.Submission.ID != id:
		return fmt.Errorf("it is the result of %q", r.Submission.ID)
	case r.Exercise.Slug != slug && slug != unreadName:
		return fmt.Errorf("it is about the exercise %q", r.Exercise.Slug)
	}
	return nil
}
