package explore

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// Edit replaces the bytes From..To of a file. Of edits at the same place, an
// insertion comes first, and then the one with the lower Order.
type Edit struct {
	From, To, Order int
	Text            string
}

// Apply makes edits that do not overlap.
func Apply(src []byte, edits []Edit) ([]byte, error) { return splice(src, 0, len(src), edits) }

// splice returns the bytes from..to with their edits.
func splice(src []byte, from, to int, edits []Edit) ([]byte, error) {
	slices.SortStableFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Order, b.Order))
	})
	var out bytes.Buffer
	for _, e := range edits {
		if e.From < from {
			return nil, fmt.Errorf("edits overlap at byte %d", e.From)
		}
		out.Write(src[from:e.From])
		out.WriteString(e.Text)
		from = e.To
	}
	out.Write(src[from:to])
	return out.Bytes(), nil
}

// Redirect points imports to other packages, under the names that they had,
// and reports whether there were any. Nothing else of the file changes.
func Redirect(src []byte, instead map[string]string) ([]byte, bool, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return nil, false, fmt.Errorf("explore: %w", err)
	}
	edits := redirected(fset, f, instead)
	out, err := Apply(src, edits)
	return out, len(edits) > 0, err
}

func redirected(fset *token.FileSet, f *ast.File, instead map[string]string) (edits []Edit) {
	for _, im := range f.Imports {
		where, _ := strconv.Unquote(im.Path.Value)
		other, ok := instead[where]
		if !ok {
			continue
		}
		text := strconv.Quote(other)
		if im.Name == nil {
			text = " " + path.Base(where) + " " + text // import"sync" is Go too
		}
		edits = append(edits, Edit{From: fset.Position(im.Path.Pos()).Offset, To: fset.Position(im.Path.End()).Offset, Text: text})
	}
	return edits
}
