package workspace

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/explore"
)

var explorePaths = explore.Paths{
	Sched:  grader.ModulePath + "/grader/gradetest/sched",
	Sync:   grader.ModulePath + "/grader/gradetest/vsync",
	Atomic: grader.ModulePath + "/grader/gradetest/vatomic",
	Iter:   grader.ModulePath + "/grader/gradetest/viter",
}

// layExplore writes copies of the student's files and of the tests in which a
// seed decides what runs when, and the overlay that puts them in place of the
// originals. A file that does not parse is left as it is: the other builds say so.
func (w *Workspace) layExplore(tests map[string][]byte) error {
	overlay := map[string]string{}
	lay := func(dir string, files map[string][]byte) error {
		paths := explorePaths
		paths.Funcs = explore.Functions(files)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			text, _, err := explore.Instrument(name, files[name], paths)
			if err != nil {
				continue
			}
			copied := w.path("virtual", "explore", dir, name)
			if err := write(copied, text); err != nil {
				return err
			}
			overlay[w.path("mod", dir, w.ex.Slug, name)] = copied
		}
		return nil
	}
	if err := lay("solutions", w.sources()); err != nil {
		return err
	}
	if err := lay("hidden", tests); err != nil {
		return err
	}
	raw, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	return write(w.path("explore.json"), raw)
}
