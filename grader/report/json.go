package report

import (
	"encoding/json"
	"io"

	"github.com/weft-course/weft/grader"
)

func jsonFormat() Format {
	return Format{Name: "json", Doc: "the whole result, " + grader.ResultSchema + "; one object a line when several are graded", Write: writeJSON}
}

// writeJSON writes one indented object, or one object a line for several.
func writeJSON(w io.Writer, reports []*grader.Report, _ Options) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if len(reports) == 1 {
		e.SetIndent("", "  ")
	}
	for _, r := range reports {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
