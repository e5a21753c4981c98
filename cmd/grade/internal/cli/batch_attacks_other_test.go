//go:build !linux

package cli

import (
	"os"
	"testing"
)

// addAttacks refuses: the box for attacks is Linux's.
func addAttacks(t *testing.T, _ *mix) {
	t.Helper()
	if os.Getenv(envSoakAttacks) != "" {
		t.Fatal("attacks run in the box only, and that takes Linux")
	}
}
