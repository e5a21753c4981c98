//go:build !linux

package sandbox

import "os/exec"

// confined is a program that is confined: here, none.
type confined struct{ supervised bool }

func confine(*exec.Cmd, *Process) (*confined, error) { return &confined{}, nil }

func (*confined) started()           {}
func (*confined) read(*Result) error { return nil }
func (*confined) close()             {}
