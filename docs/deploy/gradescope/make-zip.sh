#!/usr/bin/env bash
# make-zip.sh EXERCISE FILE.zip makes the zip that Gradescope asks for under
# "Configure Autograder", from the commit that is checked out. It needs git and zip.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "usage: make-zip.sh EXERCISE FILE.zip, as in: make-zip.sh 05-semaphore autograder.zip" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
course=$(cd "$here/../../.." && pwd)
if [[ $1 == */* ]] || [ ! -f "$course/solutions/$1/exercise.json" ]; then
  echo "make-zip.sh: \"$1\" is no exercise of this course; grade list shows them" >&2
  exit 2
fi
if [ -e "$2" ]; then
  echo "make-zip.sh: $2 is there already; remove it, or name another file" >&2
  exit 2
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/weft"
git -C "$course" archive HEAD -- go.mod go.sum cmd exercises grader solutions | tar -x -C "$tmp/weft"
cp "$here/setup.sh" "$here/run_autograder" "$tmp"
sed "s/^WEFT_EXERCISE=.*/WEFT_EXERCISE=$1/" "$here/settings.env" > "$tmp/settings.env"
chmod +x "$tmp/setup.sh" "$tmp/run_autograder"
(cd "$tmp" && zip -q -r autograder.zip setup.sh run_autograder settings.env weft)
mv "$tmp/autograder.zip" "$2"
echo "$2: $(du -h "$2" | cut -f1), grades $1"
