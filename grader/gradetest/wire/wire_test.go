package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest/wire"
)

var key = []byte("0123456789abcdef0123456789abcdef")

func sealed(t *testing.T, m wire.Message) []byte {
	t.Helper()
	line, err := wire.Seal(key, m)
	require.NoError(t, err)
	return line
}

func TestSealOpenRoundTrip(t *testing.T) {
	for _, m := range []wire.Message{
		{},
		{Seq: 7, Kind: "begin", Test: "TestOne"},
		{Kind: "end", Test: "TestÜber", Status: "fail", Text: "two\nlines \u2028 and <html>", MS: 1.5},
		{Kind: "measure", Values: map[string]float64{"a": -1, "b": 0.25}},
		{Kind: "cause", Text: strings.Repeat("long ", 10_000)},
	} {
		line := sealed(t, m)
		assert.Equal(t, 1, bytes.Count(line, []byte("\n")), "line feeds in a line")
		assert.True(t, bytes.HasSuffix(line, []byte("\n")))
		for _, given := range [][]byte{line, bytes.TrimSuffix(line, []byte("\n"))} {
			got, err := wire.Open(key, given)
			require.NoError(t, err)
			assert.Equal(t, m, got)
		}
	}
}

// TestOpenRefusesEveryFlippedBit goes through the whole line but its line feed.
func TestOpenRefusesEveryFlippedBit(t *testing.T) {
	line := sealed(t, wire.Message{Seq: 3, Kind: "end", Test: "TestA", Status: "fail"})
	for i := range len(line) - 1 {
		for bit := range 8 {
			bad := bytes.Clone(line)
			bad[i] ^= 1 << bit
			if sameHex(bad[i], line[i]) {
				continue // a hexadecimal digit in upper case is the same digit
			}
			m, err := wire.Open(key, bad)
			require.Error(t, err, "byte %d, bit %d", i, bit)
			require.Zero(t, m, "a forged message gives nothing")
		}
	}
}

func sameHex(a, b byte) bool {
	return bytes.EqualFold([]byte{a}, []byte{b}) && a|0x20 >= 'a' && a|0x20 <= 'f'
}

func TestOpenRefuses(t *testing.T) {
	line := string(sealed(t, wire.Message{Seq: 1, Kind: "end", Test: "TestA", Status: "pass"}))
	other := string(sealed(t, wire.Message{Seq: 2, Kind: "end", Test: "TestB", Status: "fail"}))
	sig, body, _ := strings.Cut(line, " ")
	_, otherBody, _ := strings.Cut(other, " ")
	for name, bad := range map[string]string{
		"nothing":                   "",
		"only a line feed":          "\n",
		"no signature":              body,
		"an empty signature":        " " + body,
		"half a signature":          sig[:32] + " " + body,
		"a longer signature":        sig + "00 " + body,
		"no body":                   sig,
		"an empty body":             sig + " ",
		"another message's body":    sig + " " + otherBody,
		"two messages in one":       strings.TrimSuffix(line, "\n") + other,
		"text before":               "ok " + line,
		"text after":                strings.TrimSuffix(line, "\n") + " \n",
		"a second line feed":        line + "\n",
		"signature not hexadecimal": strings.Repeat("x", 64) + " " + body,
	} {
		_, err := wire.Open(key, []byte(bad))
		assert.ErrorContains(t, err, "wire:", name)
	}
}

func TestOpenRefusesEveryTruncation(t *testing.T) {
	line := sealed(t, wire.Message{Seq: 1, Kind: "end", Test: "TestA", Status: "pass"})
	for n := range len(line) - 1 {
		_, err := wire.Open(key, line[:n])
		require.Error(t, err, "the first %d bytes", n)
	}
}

func TestOpenWantsTheSameKey(t *testing.T) {
	line := sealed(t, wire.Message{Kind: "done"})
	for _, k := range [][]byte{nil, {}, key[:31], append(bytes.Clone(key), 'x'), bytes.ToUpper(key)} {
		_, err := wire.Open(k, line)
		assert.Error(t, err, "key %q", k)
	}
}

// TestOpenWantsJSON shows that a good signature over something else is an error too.
func TestOpenWantsJSON(t *testing.T) {
	for _, body := range []string{"", "{", "[]", `{"seq":"one"}`, `{} {}`} {
		_, err := wire.Open(key, signed(key, body))
		assert.ErrorContains(t, err, "wire:", "%q", body)
	}
}

// TestOrderIsInTheMessage: a line that is moved still opens, so its number
// must tell. The grader compares it with the number of lines before.
func TestOrderIsInTheMessage(t *testing.T) {
	first := sealed(t, wire.Message{Seq: 0, Kind: "begin"})
	second := sealed(t, wire.Message{Seq: 1, Kind: "end"})
	for i, line := range [][]byte{second, first} {
		m, err := wire.Open(key, line)
		require.NoError(t, err)
		assert.NotEqual(t, i, m.Seq)
	}
	renumbered := bytes.Replace(second, []byte(`"seq":1`), []byte(`"seq":0`), 1)
	require.NotEqual(t, second, renumbered)
	_, err := wire.Open(key, renumbered)
	assert.Error(t, err, "a message with another number")
}

func FuzzOpen(f *testing.F) {
	line, err := wire.Seal(key, wire.Message{Seq: 1, Kind: "end", Test: "TestA", Status: "pass"})
	require.NoError(f, err)
	f.Add(line)
	f.Add(signed(key, `{"seq":1e99}`))
	f.Add([]byte("00 {}"))
	f.Add([]byte(" \n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := wire.Open(key, line)
		if err != nil {
			return
		}
		// What opens was signed by somebody with the key, and survives being sealed again.
		_, body, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		sig, _, _ := strings.Cut(string(signed(key, body)), " ")
		require.True(t, strings.EqualFold(sig, string(line[:len(sig)])))
		again, err := wire.Seal(key, m)
		require.NoError(t, err)
		back, err := wire.Open(key, again)
		require.NoError(t, err)
		require.Equal(t, m, back)
	})
}
