package report

import (
	"encoding/json"
	"io"

	"github.com/weft-course/weft/grader"
)

func jsonFormat() Format {
	return Format{Name: "json", Doc: "the whole result, " + grader.ResultSchema + "; one object a line when several are graded", Write: writeJSON}
}

func writeJSON(w io.Writer, reports []*grader.Report, _ Options) error {
	return writeObjects(w, reports)
}

// writeObjects writes one indented object, or one object a line for several.
func writeObjects[T any](w io.Writer, list []T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if len(list) == 1 {
		e.SetIndent("", "  ")
	}
	for _, v := range list {
		if err := e.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

func writeObject(w io.Writer, v any) error { return writeObjects(w, []any{v}) }
