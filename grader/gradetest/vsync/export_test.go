package sync

// SetVirtual does what [Env] does at the start of a process.
func SetVirtual(on bool) { virtual = on }
