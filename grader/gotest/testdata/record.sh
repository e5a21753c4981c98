#!/bin/sh
# Records testdata/streams anew: builds the sources under testdata/src in a
# scratch module laid out as the grader's, runs every case in a process of its
# own and keeps what it printed. Run it from anywhere; it needs a C compiler
# (for -race) and the module cache or a network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$here/streams
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
student=$work/solutions/05-semaphore
hidden=$work/hidden/05-semaphore
mkdir -p "$student" "$hidden" "$out"
cp "$root/go.sum" "$work/go.sum"
cat >"$work/go.mod" <<MOD
module github.com/weft-course/weft

go 1.25.0

require (
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)
MOD
cd "$work"
export GOFLAGS=-mod=mod GORACE=atexit_sleep_ms=0 GOTRACEBACK= GODEBUG=

# keep NAME: standard input becomes streams/NAME.txt, without this machine's paths.
keep() { sed -e "s#$work#/scratch#g" -e "s#$(go env GOROOT)#/goroot#g" -e "s#$(go env GOMODCACHE)#/modcache#g" >"$out/$1.txt"; }

# run BINARY NAME TEST [FLAG...]: one test in one process.
run() {
	binary=$1 name=$2 test=$3
	shift 3
	(cd "$hidden" && timeout 60 "$work/$binary" -test.v=test2json -test.timeout=0 -test.run="^($test)\$" "$@" 2>&1 || true) | keep "$name"
}

cp "$here"/src/run/student/*.go "$student"
cp "$here"/src/run/hidden/*.go "$hidden"
go test -c -trimpath -race -vet=off -o race.test ./hidden/05-semaphore
# Without cgo: with it the runtime does not notice that all goroutines are asleep.
CGO_ENABLED=0 go test -c -trimpath -vet=off -o plain.test ./hidden/05-semaphore

for t in RequireEqual AssertMany Plain RaceWrite RaceRead RaceMap RaceGlobal RaceOwn RaceTest RaceOnlyTest \
	RaceAtomic RaceGeneric RaceAtomicInner Leak LeakTick LeakMark BubbleBlocked BubbleLeak BubbleMark \
	BubbleMutex Stuck StuckTest StuckNap RunningSpin RunningBlocked Panic PanicError PanicElsewhere PanicAgain \
	Repanic NilMap CloseTwice SendClosed Negative Unlock Index Divide Callback Hoard NilResult Vanish UnfinishedLine Repeat Use LeakLibrary; do
	run race.test "$t" "Test$t"
done
for t in Asleep Maps Overflow BubbleBlocked BubbleLeak; do
	run plain.test "Plain$t" "Test$t"
done
(ulimit -v 4000000; run plain.test PlainHuge TestHuge) || true
run race.test TimeoutBlocked TestTimeoutBlocked -test.timeout=300ms
run race.test TimeoutSpin TestTimeoutSpin -test.timeout=300ms -test.cpu=1
run race.test TimeoutBusy TestTimeoutSpin -test.timeout=300ms
run race.test Exit TestExit -test.paniconexit0
# The go command's own way to end a test that hangs.
(cd "$hidden" && { "$work/race.test" -test.v=test2json -test.timeout=0 -test.run='^TestTimeoutBlocked$' 2>&1 & pid=$!; sleep 1; kill -QUIT $pid; wait $pid || true; }) | keep Quit

run race.test SplitMany 'Test(Pass|Skip|Nest|ParallelA|ParallelB|RaceWrite|RequireEqual|Panic)'
(cd "$hidden" && ("$work/race.test" -test.v -test.run='^Test(Pass|Skip|Nest|ParallelA|ParallelB|RaceWrite|RequireEqual|Panic)$' 2>&1 || true)) | keep SplitPlain

# Builds as the grader does them: offline, with the module files as they are.
export GOFLAGS=-mod=readonly GOPROXY=off

# Builds and vet. A case is a folder of NAME.go.txt files: names ending in
# _test.go are hidden tests, others are the student's.
place() {
	rm -f "$student"/* "$hidden"/*
	for f in "$1"/*.go.txt; do
		base=$(basename "$f" .txt)
		case $base in
		*_test.go) cp "$f" "$hidden/$base" ;;
		*) cp "$f" "$student/$base" ;;
		esac
	done
}
for dir in "$here"/src/build/*/; do
	place "$dir"
	(go test -c -trimpath -vet=off -o /dev/null ./hidden/05-semaphore 2>&1 || true) | keep "Build-$(basename "$dir")"
done
for dir in "$here"/src/vet/*/; do
	place "$dir"
	(go vet ./solutions/05-semaphore 2>&1 || true) | keep "Vet-$(basename "$dir")-text"
	(go vet -json ./solutions/05-semaphore 2>&1 || true) | keep "Vet-$(basename "$dir")-json"
done
