package batch

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/weft-course/weft/grader"
)

// Schema names the format of [Manifest] as JSON. docs/batch.md describes it.
const Schema = "weft/batch/v1"

// Manifest says what the last finished run over a folder of results covered.
type Manifest struct {
	Schema    string            `json:"schema"`
	Grader    grader.GraderInfo `json:"grader"`
	Build     string            `json:"build,omitempty"`
	Flags     map[string]string `json:"flags"`
	Exercise  string            `json:"exercise,omitempty"` // of all submissions
	Shard     string            `json:"shard,omitempty"`    // "i/N"
	Exercises map[string]string `json:"exercises"`          // slug → hash
	Results   []ManifestEntry   `json:"results"`
}

// ManifestEntry is one result of the run.
type ManifestEntry struct {
	ID       string `json:"id"`
	Exercise string `json:"exercise"` // or "refused", where nobody can say
	// Key is a SHA-256 over everything that the result depends on; it is empty
	// where nothing was graded.
	Key    string `json:"key,omitempty"`
	SHA256 string `json:"sha256"` // of the result's file
}

// writeManifest describes the results of the entries.
func (s *store) writeManifest(r *run, entries []entry) error {
	m := Manifest{
		Schema: Schema, Grader: r.o.Grader, Build: r.o.Build, Flags: r.o.Flags, Shard: r.o.Shard.String(),
		Exercises: r.hashes, Results: []ManifestEntry{},
	}
	if r.o.Exercise != nil {
		m.Exercise = r.o.Exercise.Slug
	}
	for _, e := range entries {
		slugs, err := slugsIn(filepath.Join(s.dir, e.id))
		if err != nil {
			return err
		}
		for _, slug := range slugs {
			text, err := os.ReadFile(s.result(e.id, slug))
			if err != nil {
				return err
			}
			m.Results = append(m.Results, ManifestEntry{ID: e.id, Exercise: slug, Key: s.record(e.id, slug).Key, SHA256: digest(text)})
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return s.write(filepath.Join(s.dir, ownFolder, "batch.json"), append(text, '\n'), true)
}

// record reads what a result was made from; the zero record when nobody noted it.
func (s *store) record(id, slug string) (rec record) {
	text, err := os.ReadFile(s.doneFile(id, slug))
	if err != nil || json.Unmarshal(text, &rec) != nil {
		return record{}
	}
	return rec
}
