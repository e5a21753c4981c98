package study

import (
	"embed"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/weft-course/weft/grader"
)

//go:embed template
var template embed.FS

// places say where the template's files go. They have other names there,
// because go:embed leaves out what begins with a dot and what has a go.mod.
var places = map[string]string{
	"README.md":       "README.md",
	"module.txt":      "go.mod",
	"gitignore":       ".gitignore",
	"gitattributes":   ".gitattributes",
	"editorconfig":    ".editorconfig",
	"settings.json":   ".vscode/settings.json",
	"extensions.json": ".vscode/extensions.json",
	"tasks.json":      ".vscode/tasks.json",
	"grade.yml":       ".github/workflows/grade.yml",
}

// Exercise is what a student gets of one exercise besides stub, visible tests
// and provided files.
type Exercise struct {
	*grader.Exercise
	Lessons map[string]string // by file name, as in "README.zh.md"
}

// Files returns all that Init writes, by slash-separated path. The workflow
// installs the given version of the grader, if that is a release, else the latest one.
func Files(exercises []Exercise, version string) (map[string][]byte, error) {
	files := map[string][]byte{}
	fill := strings.NewReplacer("@VERSION@", release(version), "@MODULE@", grader.ModulePath)
	for from, to := range places {
		text, err := fs.ReadFile(template, path.Join("template", from))
		if err != nil {
			return nil, err
		}
		files[to] = []byte(fill.Replace(string(text)))
	}
	for _, ex := range exercises {
		for _, part := range []map[string][]byte{ex.Stub, ex.Visible, ex.Provided} {
			for name, text := range part {
				files[path.Join(exercisesDir, ex.Slug, name)] = text
			}
		}
		for name, text := range ex.Lessons {
			files[path.Join(exercisesDir, ex.Slug, name)] = []byte(Commands(text))
		}
	}
	return files, nil
}

// Commands turns a lesson's commands for a checkout of the course into those
// for a grader that is installed.
func Commands(lesson string) string {
	return strings.ReplaceAll(lesson, "go run ./cmd/grade", "grade")
}

var releases = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)

func release(version string) string {
	if releases.MatchString(version) {
		return version
	}
	return "latest"
}
