package course

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/weft-course/weft/grader"
)

// all: takes folders in, whatever their names begin with.
//
//go:embed all:template
var templates embed.FS

// New writes a new exercise into the course at root: a small one, complete and
// passing its own check, to be rewritten piece by piece. It returns the files
// it wrote. Folders that exist are left alone and are an error.
func New(root, slug string) ([]string, error) {
	if !IsSlug(slug) {
		return nil, fmt.Errorf("course: %q is no slug", slug)
	}
	for _, part := range []string{"exercises", "solutions"} {
		if _, err := os.Lstat(filepath.Join(root, part, slug)); err == nil {
			return nil, fmt.Errorf("course: %s exists already", filepath.Join(part, slug))
		}
	}
	files, err := rendered(slug)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name := filepath.Join(root, f.name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, f.text, 0o644)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("course: %w", err), remove(root, slug))
		}
		names = append(names, name)
	}
	return names, nil
}

// remove takes a half-written exercise away again.
func remove(root, slug string) error {
	return errors.Join(os.RemoveAll(filepath.Join(root, "exercises", slug)), os.RemoveAll(filepath.Join(root, "solutions", slug)))
}

type newFile struct {
	name string
	text []byte
}

// rendered fills the templates in. The file named code is called after the package.
func rendered(slug string) (files []newFile, err error) {
	pkg := grader.PackageName(slug)
	data := map[string]string{"Slug": slug, "Package": pkg, "File": pkg, "Module": grader.ModulePath, "Title": title(slug)}
	err = fs.WalkDir(templates, "template", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		t, err := template.ParseFS(templates, p)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := t.Execute(&text, data); err != nil {
			return err
		}
		part, rest, _ := strings.Cut(strings.TrimPrefix(p, "template/"), "/")
		dir, base := filepath.Split(filepath.FromSlash(strings.TrimSuffix(rest, ".tmpl")))
		if after, ok := strings.CutPrefix(base, "code"); ok {
			base = pkg + after
		}
		files = append(files, newFile{filepath.Join(part, slug, dir, base), text.Bytes()})
		return nil
	})
	return files, err
}

func title(slug string) string {
	_, name, _ := strings.Cut(slug, "-")
	name = strings.ReplaceAll(name, "-", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}
