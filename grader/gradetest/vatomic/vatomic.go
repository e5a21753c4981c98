// Package vatomic stands in for package sync/atomic while schedules are
// explored: every operation is the real one, with a yield before it. Between
// two atomic operations of one statement another goroutine may run, too.
package atomic

import (
	"sync/atomic"
	"unsafe"

	"github.com/weft-course/weft/grader/gradetest/sched"
)

// Int32 is atomic.Int32.
type Int32 struct{ v atomic.Int32 }

// Load is Load of atomic.Int32.
func (x *Int32) Load() int32 { sched.S(); return x.v.Load() }

// Store is Store of atomic.Int32.
func (x *Int32) Store(val int32) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Int32.
func (x *Int32) Swap(new int32) int32 { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Int32.
func (x *Int32) CompareAndSwap(old, new int32) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Add is Add of atomic.Int32.
func (x *Int32) Add(delta int32) int32 { sched.S(); return x.v.Add(delta) }

// And is And of atomic.Int32.
func (x *Int32) And(mask int32) int32 { sched.S(); return x.v.And(mask) }

// Or is Or of atomic.Int32.
func (x *Int32) Or(mask int32) int32 { sched.S(); return x.v.Or(mask) }

// LoadInt32 is atomic.LoadInt32.
func LoadInt32(addr *int32) int32 { sched.S(); return atomic.LoadInt32(addr) }

// StoreInt32 is atomic.StoreInt32.
func StoreInt32(addr *int32, val int32) { sched.S(); atomic.StoreInt32(addr, val) }

// SwapInt32 is atomic.SwapInt32.
func SwapInt32(addr *int32, new int32) int32 { sched.S(); return atomic.SwapInt32(addr, new) }

// CompareAndSwapInt32 is atomic.CompareAndSwapInt32.
func CompareAndSwapInt32(addr *int32, old, new int32) bool {
	sched.S()
	return atomic.CompareAndSwapInt32(addr, old, new)
}

// AddInt32 is atomic.AddInt32.
func AddInt32(addr *int32, delta int32) int32 { sched.S(); return atomic.AddInt32(addr, delta) }

// AndInt32 is atomic.AndInt32.
func AndInt32(addr *int32, mask int32) int32 { sched.S(); return atomic.AndInt32(addr, mask) }

// OrInt32 is atomic.OrInt32.
func OrInt32(addr *int32, mask int32) int32 { sched.S(); return atomic.OrInt32(addr, mask) }

// Int64 is atomic.Int64.
type Int64 struct{ v atomic.Int64 }

// Load is Load of atomic.Int64.
func (x *Int64) Load() int64 { sched.S(); return x.v.Load() }

// Store is Store of atomic.Int64.
func (x *Int64) Store(val int64) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Int64.
func (x *Int64) Swap(new int64) int64 { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Int64.
func (x *Int64) CompareAndSwap(old, new int64) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Add is Add of atomic.Int64.
func (x *Int64) Add(delta int64) int64 { sched.S(); return x.v.Add(delta) }

// And is And of atomic.Int64.
func (x *Int64) And(mask int64) int64 { sched.S(); return x.v.And(mask) }

// Or is Or of atomic.Int64.
func (x *Int64) Or(mask int64) int64 { sched.S(); return x.v.Or(mask) }

// LoadInt64 is atomic.LoadInt64.
func LoadInt64(addr *int64) int64 { sched.S(); return atomic.LoadInt64(addr) }

// StoreInt64 is atomic.StoreInt64.
func StoreInt64(addr *int64, val int64) { sched.S(); atomic.StoreInt64(addr, val) }

// SwapInt64 is atomic.SwapInt64.
func SwapInt64(addr *int64, new int64) int64 { sched.S(); return atomic.SwapInt64(addr, new) }

// CompareAndSwapInt64 is atomic.CompareAndSwapInt64.
func CompareAndSwapInt64(addr *int64, old, new int64) bool {
	sched.S()
	return atomic.CompareAndSwapInt64(addr, old, new)
}

// AddInt64 is atomic.AddInt64.
func AddInt64(addr *int64, delta int64) int64 { sched.S(); return atomic.AddInt64(addr, delta) }

// AndInt64 is atomic.AndInt64.
func AndInt64(addr *int64, mask int64) int64 { sched.S(); return atomic.AndInt64(addr, mask) }

// OrInt64 is atomic.OrInt64.
func OrInt64(addr *int64, mask int64) int64 { sched.S(); return atomic.OrInt64(addr, mask) }

// Uint32 is atomic.Uint32.
type Uint32 struct{ v atomic.Uint32 }

// Load is Load of atomic.Uint32.
func (x *Uint32) Load() uint32 { sched.S(); return x.v.Load() }

// Store is Store of atomic.Uint32.
func (x *Uint32) Store(val uint32) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Uint32.
func (x *Uint32) Swap(new uint32) uint32 { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Uint32.
func (x *Uint32) CompareAndSwap(old, new uint32) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Add is Add of atomic.Uint32.
func (x *Uint32) Add(delta uint32) uint32 { sched.S(); return x.v.Add(delta) }

// And is And of atomic.Uint32.
func (x *Uint32) And(mask uint32) uint32 { sched.S(); return x.v.And(mask) }

// Or is Or of atomic.Uint32.
func (x *Uint32) Or(mask uint32) uint32 { sched.S(); return x.v.Or(mask) }

// LoadUint32 is atomic.LoadUint32.
func LoadUint32(addr *uint32) uint32 { sched.S(); return atomic.LoadUint32(addr) }

// StoreUint32 is atomic.StoreUint32.
func StoreUint32(addr *uint32, val uint32) { sched.S(); atomic.StoreUint32(addr, val) }

// SwapUint32 is atomic.SwapUint32.
func SwapUint32(addr *uint32, new uint32) uint32 { sched.S(); return atomic.SwapUint32(addr, new) }

// CompareAndSwapUint32 is atomic.CompareAndSwapUint32.
func CompareAndSwapUint32(addr *uint32, old, new uint32) bool {
	sched.S()
	return atomic.CompareAndSwapUint32(addr, old, new)
}

// AddUint32 is atomic.AddUint32.
func AddUint32(addr *uint32, delta uint32) uint32 { sched.S(); return atomic.AddUint32(addr, delta) }

// AndUint32 is atomic.AndUint32.
func AndUint32(addr *uint32, mask uint32) uint32 { sched.S(); return atomic.AndUint32(addr, mask) }

// OrUint32 is atomic.OrUint32.
func OrUint32(addr *uint32, mask uint32) uint32 { sched.S(); return atomic.OrUint32(addr, mask) }

// Uint64 is atomic.Uint64.
type Uint64 struct{ v atomic.Uint64 }

// Load is Load of atomic.Uint64.
func (x *Uint64) Load() uint64 { sched.S(); return x.v.Load() }

// Store is Store of atomic.Uint64.
func (x *Uint64) Store(val uint64) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Uint64.
func (x *Uint64) Swap(new uint64) uint64 { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Uint64.
func (x *Uint64) CompareAndSwap(old, new uint64) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Add is Add of atomic.Uint64.
func (x *Uint64) Add(delta uint64) uint64 { sched.S(); return x.v.Add(delta) }

// And is And of atomic.Uint64.
func (x *Uint64) And(mask uint64) uint64 { sched.S(); return x.v.And(mask) }

// Or is Or of atomic.Uint64.
func (x *Uint64) Or(mask uint64) uint64 { sched.S(); return x.v.Or(mask) }

// LoadUint64 is atomic.LoadUint64.
func LoadUint64(addr *uint64) uint64 { sched.S(); return atomic.LoadUint64(addr) }

// StoreUint64 is atomic.StoreUint64.
func StoreUint64(addr *uint64, val uint64) { sched.S(); atomic.StoreUint64(addr, val) }

// SwapUint64 is atomic.SwapUint64.
func SwapUint64(addr *uint64, new uint64) uint64 { sched.S(); return atomic.SwapUint64(addr, new) }

// CompareAndSwapUint64 is atomic.CompareAndSwapUint64.
func CompareAndSwapUint64(addr *uint64, old, new uint64) bool {
	sched.S()
	return atomic.CompareAndSwapUint64(addr, old, new)
}

// AddUint64 is atomic.AddUint64.
func AddUint64(addr *uint64, delta uint64) uint64 { sched.S(); return atomic.AddUint64(addr, delta) }

// AndUint64 is atomic.AndUint64.
func AndUint64(addr *uint64, mask uint64) uint64 { sched.S(); return atomic.AndUint64(addr, mask) }

// OrUint64 is atomic.OrUint64.
func OrUint64(addr *uint64, mask uint64) uint64 { sched.S(); return atomic.OrUint64(addr, mask) }

// Uintptr is atomic.Uintptr.
type Uintptr struct{ v atomic.Uintptr }

// Load is Load of atomic.Uintptr.
func (x *Uintptr) Load() uintptr { sched.S(); return x.v.Load() }

// Store is Store of atomic.Uintptr.
func (x *Uintptr) Store(val uintptr) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Uintptr.
func (x *Uintptr) Swap(new uintptr) uintptr { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Uintptr.
func (x *Uintptr) CompareAndSwap(old, new uintptr) bool {
	sched.S()
	return x.v.CompareAndSwap(old, new)
}

// Add is Add of atomic.Uintptr.
func (x *Uintptr) Add(delta uintptr) uintptr { sched.S(); return x.v.Add(delta) }

// And is And of atomic.Uintptr.
func (x *Uintptr) And(mask uintptr) uintptr { sched.S(); return x.v.And(mask) }

// Or is Or of atomic.Uintptr.
func (x *Uintptr) Or(mask uintptr) uintptr { sched.S(); return x.v.Or(mask) }

// LoadUintptr is atomic.LoadUintptr.
func LoadUintptr(addr *uintptr) uintptr { sched.S(); return atomic.LoadUintptr(addr) }

// StoreUintptr is atomic.StoreUintptr.
func StoreUintptr(addr *uintptr, val uintptr) { sched.S(); atomic.StoreUintptr(addr, val) }

// SwapUintptr is atomic.SwapUintptr.
func SwapUintptr(addr *uintptr, new uintptr) uintptr { sched.S(); return atomic.SwapUintptr(addr, new) }

// CompareAndSwapUintptr is atomic.CompareAndSwapUintptr.
func CompareAndSwapUintptr(addr *uintptr, old, new uintptr) bool {
	sched.S()
	return atomic.CompareAndSwapUintptr(addr, old, new)
}

// AddUintptr is atomic.AddUintptr.
func AddUintptr(addr *uintptr, delta uintptr) uintptr {
	sched.S()
	return atomic.AddUintptr(addr, delta)
}

// AndUintptr is atomic.AndUintptr.
func AndUintptr(addr *uintptr, mask uintptr) uintptr { sched.S(); return atomic.AndUintptr(addr, mask) }

// OrUintptr is atomic.OrUintptr.
func OrUintptr(addr *uintptr, mask uintptr) uintptr { sched.S(); return atomic.OrUintptr(addr, mask) }

// Bool is atomic.Bool.
type Bool struct{ v atomic.Bool }

// Load is Load of atomic.Bool.
func (x *Bool) Load() bool { sched.S(); return x.v.Load() }

// Store is Store of atomic.Bool.
func (x *Bool) Store(val bool) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Bool.
func (x *Bool) Swap(new bool) bool { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Bool.
func (x *Bool) CompareAndSwap(old, new bool) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Pointer is atomic.Pointer.
type Pointer[T any] struct{ v atomic.Pointer[T] }

// Load is Load of atomic.Pointer.
func (x *Pointer[T]) Load() *T { sched.S(); return x.v.Load() }

// Store is Store of atomic.Pointer.
func (x *Pointer[T]) Store(val *T) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Pointer.
func (x *Pointer[T]) Swap(new *T) *T { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Pointer.
func (x *Pointer[T]) CompareAndSwap(old, new *T) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// Value is atomic.Value.
type Value struct{ v atomic.Value }

// Load is Load of atomic.Value.
func (x *Value) Load() any { sched.S(); return x.v.Load() }

// Store is Store of atomic.Value.
func (x *Value) Store(val any) { sched.S(); x.v.Store(val) }

// Swap is Swap of atomic.Value.
func (x *Value) Swap(new any) any { sched.S(); return x.v.Swap(new) }

// CompareAndSwap is CompareAndSwap of atomic.Value.
func (x *Value) CompareAndSwap(old, new any) bool { sched.S(); return x.v.CompareAndSwap(old, new) }

// LoadPointer is atomic.LoadPointer.
func LoadPointer(addr *unsafe.Pointer) unsafe.Pointer { sched.S(); return atomic.LoadPointer(addr) }

// StorePointer is atomic.StorePointer.
func StorePointer(addr *unsafe.Pointer, val unsafe.Pointer) {
	sched.S()
	atomic.StorePointer(addr, val)
}

// SwapPointer is atomic.SwapPointer.
func SwapPointer(addr *unsafe.Pointer, new unsafe.Pointer) unsafe.Pointer {
	sched.S()
	return atomic.SwapPointer(addr, new)
}

// CompareAndSwapPointer is atomic.CompareAndSwapPointer.
func CompareAndSwapPointer(addr *unsafe.Pointer, old, new unsafe.Pointer) bool {
	sched.S()
	return atomic.CompareAndSwapPointer(addr, old, new)
}
