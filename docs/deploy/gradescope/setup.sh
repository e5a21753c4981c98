#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder's image.
# It installs a C compiler and Go, builds grade, and grades the reference once,
# so that later gradings find a warm build cache and need no network.
set -euo pipefail

root=${AUTOGRADER_ROOT:-/autograder}
# shellcheck source=settings.env
source "$root/source/settings.env"
export HOME=${HOME:-/root}

if [ -z "${WEFT_NO_PACKAGES:-}" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates curl gcc jq libc6-dev unzip
fi

# A Go release as a module: the same bytes as its tarball, with a fixed checksum.
module=v0.0.1-$WEFT_GO_VERSION.linux-amd64
base=${WEFT_GO_URL:-https://go.dev/dl/mod/golang.org/toolchain/@v}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
curl --fail --silent --show-error --location --retry 3 --output "$tmp/go.zip" "$base/$module.zip"
echo "$WEFT_GO_SHA256  $tmp/go.zip" | sha256sum --check --quiet
unzip -q "$tmp/go.zip" -d "$tmp"
rm -rf "$root/go"
mv "$tmp/golang.org/toolchain@$module" "$root/go"
# A module can hold neither rights nor a go.mod below its own.
chmod -R a+rX "$root/go"
chmod a+x "$root"/go/bin/* "$root"/go/pkg/tool/linux_amd64/*
find "$root/go" -name _go.mod -execdir mv _go.mod go.mod ';'

export PATH=$root/go/bin:$PATH GOTOOLCHAIN=local
mkdir -p "$root/bin"
(cd "$root/source/weft" && go build -trimpath -buildvcs=false -o "$root/bin/grade" ./cmd/grade)
"$root/bin/grade" doctor --fetch
"$root/bin/grade" --exercise "$WEFT_EXERCISE" --sandbox="$WEFT_SANDBOX" "$root/source/weft/solutions/$WEFT_EXERCISE"
# Nothing of the course is left where a submission runs but the command itself.
rm -rf "$root/source/weft"
