//go:build !linux

package sandbox

import "runtime"

// layers lists what a machine may have.
func layers() []layer {
	return []layer{{Layer: Layer{
		Name: "confinement", Does: "files, system calls and the network are out of reach",
		Used: []Profile{Pure, Processes, Loopback}, Needed: []Profile{Pure, Processes, Loopback},
	}, missing: func() string {
		return "Weft can confine programs on Linux only; judge strangers' code there, in a container or a virtual machine, not on " + runtime.GOOS
	}}}
}
