// Package exercises holds what students get: the lessons, the stubs and the
// visible tests, embedded so that the grade command needs no checkout.
package exercises

import "embed"

// FS holds a folder for each exercise.
//
//go:embed */*.md */*.go
var FS embed.FS
