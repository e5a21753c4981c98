//go:build !linux

package sandbox

import ps "github.com/shirou/gopsutil/v4/process"

// children lists the processes that p started.
func children(p *ps.Process) ([]*ps.Process, error) { return p.Children() }
