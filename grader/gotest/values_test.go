package gotest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/weft-course/weft/grader"
)

func TestValues(t *testing.T) {
	lists := `elements differ

extra elements in list A:
([]interface {}) (len=1) {
 (string) (len=3) "a b"
}


listA:
([]string) (len=2) {
 (string) (len=3) "a b",
 (string) (len=1) "c"
}


listB:
([]string) (len=1) {
 (string) (len=1) "c"
}`
	for said, want := range map[string][2]string{
		"Should be true":            {"false", "true"},
		"Should be false":           {"true", "false"},
		"Should be zero, but was 3": {"3", "0"},
		`"0x42ced3c0580" should have 1 item(s), but has 0`:  {"0 in it", "1"},
		"Should be empty, but was [1]":                      {"[1]", "nothing"},
		`Expected nil, but got: &errors.errorString{s:"x"}`: {`&errors.errorString{s:"x"}`, "nil"},
		`Expected error with "e" in chain but got nil.`:     {"no error", `"e"`},
		"An error is expected but got nil.":                 {"no error", "an error"},
		lists:                                               {`["c"]`, `["a b", "c"]`},
	} {
		f := assertion(strings.Split(said, "\n"), "what was looked at")
		assert.Equal(t, grader.Finding{Cause: grader.CauseAssertion, Message: "what was looked at.", Got: want[0], Want: want[1]}, f, said)
	}
	other := assertion([]string{`"3" is not less than "2"`}, "steps")
	assert.Equal(t, grader.Finding{Cause: grader.CauseAssertion, Message: "steps.", Notes: []grader.Note{{Text: `"3" is not less than "2".`}}}, other)
	assert.Equal(t, "[]", list(nil, "listA:"))
	assert.Equal(t, 21, strings.Count(list(append([]string{"listA:", "([]int) (len=30) {"}, strings.Split(strings.Repeat(" (int) 1,\n", 30)+"}", "\n")...), "listA:"), ",")+1)
}

func TestReadable(t *testing.T) {
	for value, want := range map[string]string{
		"[]q_test.seen{q_test.seen{in:5, err:error(nil)}, q_test.seen{in:0, err:(*errors.errorString)(0xaecb20)}}": "[]seen{seen{in:5, err:nil}, seen{in:0, err:an error}}",
		"(*semaphore.Semaphore)(0xc000012345)": "a *semaphore.Semaphore",
		"int32(3)":                             "int32(3)",
	} {
		assert.Equal(t, want, readable(value))
	}
	src := Source{Tests: "github.com/weft-course/weft/hidden/05-semaphore/"}
	assert.Equal(t, "q_test.got{1}", src.mask("q_test.got{1}"))
	assert.Equal(t, "the test", src.mask("/x/limit_test.go:12"))
	assert.Equal(t, "the test", src.mask("limit_test.go"))
}
