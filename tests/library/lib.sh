# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of the library share.  They run in the build directory, with
# the build's compiler in CC and the flags that its archives need in TEST_CFLAGS.

set -eu -o pipefail
export LC_ALL=C
srcdir=$(cd "$(dirname "$0")/../.." && pwd)
CC=${CC:-cc}
TEST_CFLAGS=${TEST_CFLAGS-}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-library.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# has ARGUMENT...: as grep -q, at the end of a pipe.  It reads all that comes: grep -q
# leaves at the first line that matches, and the pipe fails if its writer notices.
has() {
	[ "$(grep -c "$@")" -gt 0 ]
}

fail() {
	echo "$*" >&2
	exit 1
}

# needs_cxx: sets CXX to the C++ compiler of the same kind as CC.
needs_cxx() {
	if [ -z "${CXX-}" ]; then
		case $CC in
		*clang*) CXX=clang++ ;;
		*) CXX=g++ ;;
		esac
	fi
	command -v "$CXX" >/dev/null || {
		echo "SKIPPED: there is no $CXX here"
		exit 77
	}
}
