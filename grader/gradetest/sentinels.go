package gradetest

import (
	"fmt"
	"maps"
	"slices"
)

// wrongSentinel says what is wrong with the errors of the package under test.
var wrongSentinel string

// Sentinels notes what is wrong with the errors that a package exports: one that
// is nil, or two that are the same, would make every comparison with them true or
// useless. Then every test fails and says so. The grader generates the call, for
// the stub's variables whose names begin with Err; the result is always true.
func Sentinels(errs map[string]error) bool {
	seen := map[any]string{}
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		err := errs[name]
		if err == nil {
			wrongSentinel = name + " is nil; it must be an error of its own"
			return true
		}
		if other := same(seen, err, name); other != "" {
			wrongSentinel = fmt.Sprintf("%s and %s are the same error; callers must be able to tell them apart", other, name)
		}
	}
	return true
}

// same returns the name under which an equal error was seen before.
func same(seen map[any]string, err error, name string) (other string) {
	defer func() { recover() }() // errors need not be comparable
	other = seen[err]
	seen[err] = name
	return other
}
