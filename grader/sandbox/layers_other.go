//go:build !linux

package sandbox

import "runtime"

// Layers lists what there is on this machine.
func Layers() []Layer {
	return []Layer{{
		Name: "confinement", Does: "files, system calls and the network are out of reach",
		Missing: "Weft can confine programs on Linux only; judge strangers' code there, in a container or a virtual machine, not on " + runtime.GOOS,
		Needed:  []Profile{Pure, Processes, Loopback},
	}}
}
