package grader

import (
	"path"
	"strings"
)

// NameInCode returns the name by which a file uses a package of the standard
// library that it imports without another: rand for math/rand/v2.
func NameInCode(importPath string) string {
	name := path.Base(importPath)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		return path.Base(path.Dir(importPath))
	}
	return name
}
