package gotest

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/weft-course/weft/grader"
)

// rewording turns messages of one shape into a sentence for students.
type rewording struct{ pattern, message, help string }

// phrases are rewordings, ready to be used.
type phrases struct{ compiler, tests []phrase }

type phrase struct {
	pattern *regexp.Regexp
	rewording
}

func newPhrases(src Source) phrases {
	return phrases{
		compiler: compile(compilerWords(), ""),
		tests:    compile(testWords(), grader.PackageName(src.Package[strings.LastIndexByte(src.Package, '/')+1:])),
	}
}

// compile puts the name by which tests call the student's package for PKG.
func compile(table []rewording, pkg string) []phrase {
	var all []phrase
	for _, r := range table {
		pattern := regexp.MustCompile(strings.ReplaceAll(r.pattern, "PKG", regexp.QuoteMeta(pkg)))
		quoted := strings.ReplaceAll(pkg, "$", "$$")
		r.message, r.help = strings.ReplaceAll(r.message, "PKG", quoted), strings.ReplaceAll(r.help, "PKG", pkg)
		all = append(all, phrase{pattern, r})
	}
	return all
}

// say words a text by the first phrase that fits.
func say(list []phrase, text string) (message, help string, ok bool) {
	for _, p := range list {
		if m := p.pattern.FindStringSubmatchIndex(text); m != nil {
			return string(p.pattern.ExpandString(nil, p.message, text, m)), p.help, true
		}
	}
	return "", "", false
}

// compilerText words an error in the student's own file. Most of the
// compiler's messages are good as they are.
func (p phrases) compilerText(text string) (message, help string) {
	message, help, ok := say(p.compiler, text)
	if ok {
		return message, help
	}
	return sentence(capital(text)), ""
}

// testNeeds words an error in a hidden test: what it needs of the package. It
// gives "" for an error that cannot be the student's doing.
func (p phrases) testNeeds(text string) (message, help string) {
	message, help, ok := say(p.tests, text)
	if ok {
		return message, help
	}
	return "The tests cannot use your package as it is: " + sentence(text), asGiven
}

const (
	asGiven  = "Keep the names and signatures that the exercise came with."
	allowed  = "Use the packages that the exercise allows."
	ofCourse = "The package $1 is not among the modules of this course."
)

func compilerWords() []rewording {
	return []rewording{
		{`^undefined: (\S+)$`, "$1 is not defined.", "Check the spelling, and whether its package is imported."},
		{`^declared and not used: (\S+)$`, "The variable $1 is declared and never used.", "Use it or remove it."},
		{`^("[^"]*") imported and not used`, "The package $1 is imported and never used.", "Remove the import."},
		{`^(\S+) redeclared in this block$`, "There are two declarations of $1.", "Remove or rename one of them."},
		{`^method (\S+) already declared at .*:(\d+):\d+$`, "There are two declarations of $1; the other one is on line $2.", "Remove or rename one of them."},
		{`^missing return$`, "This function can reach its end without returning a value.", "Add a return statement on every path."},
		{`^expected 'package', found`, "The file does not begin with a package clause.", "Begin the file with the package line that the exercise came with."},
		{`^syntax error: (.*)$`, "Syntax error: $1.", "Look at this line and the one before it."},
		{`^use of internal package (\S+) not allowed$`, "The package $1 is internal and cannot be imported.", allowed},
		{`^import cycle not allowed in (\S+)$`, "Your package imports itself, in $1.", "Remove that import."},
		{`^package (\S+) is not in std`, "The package $1 does not exist in the standard library.", "Check the spelling of the import."},
		{`^no required module provides package ([^\s;]+)`, ofCourse, allowed},
		{`^cannot find module providing package ([^\s;:]+)`, ofCourse, allowed},
		{`^module (\S+): reading `, "The package $1 cannot be found.", allowed},
		{`^missing go.sum entry for module providing package ([^\s;:]+)`, ofCourse, allowed},
	}
}

func testWords() []rewording {
	return []rewording{
		{`^undefined: (?:PKG\.)(\w+)$`, "The tests need $1, which your package does not define.", asGiven},
		{`^name (\w+) not exported by package`, "The tests need $1, which your package does not define.", asGiven},
		{`undefined \(type \*?(?:PKG\.)?(\S+) has no field or method (\w+), but does have (?:unexported |exported )?(?:method|field|type) (\w+)\)`,
			"The tests need $2 of $1, and your package has $3 only.", "Names that other packages may use begin with a capital letter."},
		{`undefined \(type \*?(?:PKG\.)?(\S+) has no field or method (\w+)\)`, "The tests need the field or method $2 of $1, which is missing.", asGiven},
		{`undefined \(type \*?(?:PKG\.)?(\S+) has no method (\w+)\)`, "The tests need the method $2 of $1, which is missing.", asGiven},
		{`^cannot use (?:\(\*?PKG\.\w+(?:\[[^\]]*\])?\)\.|PKG\.)(\w+)(?:\[[^\]]*\])? \(value of type (.+)\) as (.+) value in variable declaration$`,
			"$1 must be $3, and yours is $2.", asGiven},
		{`undefined \(cannot refer to unexported (?:field|method) (\w+)\)`, "The tests need $1 with a capital letter.", asGiven},
		{`^(?:not enough|too many) arguments in call to (?:.*\.)?(\w+)$`, "The tests call $1 with other arguments than yours takes.", asGiven},
		{`^assignment mismatch: (.*) but (?:\w+\.)*(\w+) returns (.*)$`, "The tests expect another number of results from $2: $1, and yours returns $3.", asGiven},
		{`: \*?(?:PKG\.)?(\w+) does not implement .* \(missing method (\w+)\)`, "The tests need the method $2 of $1, which is missing.", asGiven},
		{`: \*?(?:PKG\.)?(\w+) does not implement .* \(wrong type for method (\w+)\)`, "The tests need another signature of the method $2 of $1.", asGiven},
		{`does not implement (.*) \(method (\w+) has pointer receiver\)`, "The tests use $2 on a value, and yours has a pointer receiver: return a pointer.", asGiven},
		{`\(no value\) used as value$`, "The tests use the result of a function of yours that returns nothing.", asGiven},
		{`^import "\S+" is a program, not an importable package$`, "Your files are in package main, and the tests need package PKG.", "Begin every file with: package PKG"},
		{`^found packages (\S+ \(\S+\) and \S+ \(\S+\))`, "Your files belong to different packages: $1.", "Begin every file with: package PKG"},
		{`^no required module provides|^cannot find module|^could not import`, "", ""},
	}
}

// capital begins a text that starts with a common word with a capital letter.
// A name at the start stays as it is written in the code.
func capital(text string) string {
	word, _, _ := strings.Cut(text, " ")
	switch strings.TrimSuffix(word, ":") {
	case "cannot", "too", "not", "missing", "invalid", "assignment", "non-boolean", "expected", "duplicate",
		"impossible", "unreachable", "label", "method", "use", "undefined", "first", "result", "multiple-value",
		"the", "return", "range", "call", "self-assignment", "possible", "unusedresult", "struct", "defer", "loop", "suspicious":
		return string(unicode.ToUpper(rune(text[0]))) + text[1:]
	}
	return text
}
