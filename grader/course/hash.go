package course

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/weft-course/weft/grader"
)

// Hash returns a SHA-256, in hex, over all that an exercise's verdict depends
// on: rubric, hidden and visible tests, provided files.
func Hash(ex *grader.Exercise) string {
	h := sha256.New()
	rubric, err := json.Marshal(struct {
		Files, Imports []string
		Schedules      int
		Confinement    string
		Limits         grader.Limits
		Criteria       []grader.Criterion
	}{ex.Files, ex.Imports, ex.Schedules, ex.Confinement, ex.Limits, ex.Criteria})
	if err != nil {
		panic(err) // plain data always marshals
	}
	h.Write(rubric)
	for _, files := range []map[string][]byte{ex.Hidden, ex.Visible, ex.Provided} {
		for _, name := range sorted(files) {
			fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
			h.Write(files[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
