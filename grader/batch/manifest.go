package batch

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

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

// writeManifest describes the results of the entries, one after the other: ten
// thousand of them never are in memory together.
func (s *store) writeManifest(r *run, entries []entry) error {
	m := Manifest{
		Schema: Schema, Grader: r.o.Grader, Build: r.o.Build, Flags: r.o.Flags, Shard: r.o.Shard.String(),
		Exercises: r.hashes, Results: []ManifestEntry{},
	}
	if r.o.Exercise != nil {
		m.Exercise = r.o.Exercise.Slug
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	head, _ := strings.CutSuffix(string(text), "]\n}")
	return s.create(filepath.Join(s.dir, ownFolder, "batch.json"), true, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		b.WriteString(head) // Flush tells what goes wrong
		if err := s.listEntries(b, entries); err != nil {
			return err
		}
		b.WriteString("]\n}\n")
		return b.Flush()
	})
}

// listEntries writes the results of the entries as the elements of a list, as
// [json.MarshalIndent] would.
func (s *store) listEntries(b *bufio.Writer, entries []entry) error {
	before, after := "\n    ", ""
	for _, e := range entries {
		list, err := s.manifestEntries(e.id)
		if err != nil {
			return err
		}
		for _, one := range list {
			text, err := json.MarshalIndent(one, "    ", "  ")
			if err != nil {
				return err
			}
			b.WriteString(before)
			b.Write(text)
			before, after = ",\n    ", "\n  "
		}
	}
	b.WriteString(after)
	return nil
}

// manifestEntries describes the results of one id.
func (s *store) manifestEntries(id string) (list []ManifestEntry, err error) {
	slugs, err := slugsIn(filepath.Join(s.dir, id))
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		text, err := os.ReadFile(s.result(id, slug))
		if err != nil {
			return nil, err
		}
		list = append(list, ManifestEntry{ID: id, Exercise: slug, Key: s.record(id, slug).Key, SHA256: digest(text)})
	}
	return list, nil
}

// record reads what a result was made from; the zero record when nobody noted it.
func (s *store) record(id, slug string) (rec record) {
	text, err := os.ReadFile(s.doneFile(id, slug))
	if err != nil || json.Unmarshal(text, &rec) != nil {
		return record{}
	}
	return rec
}
