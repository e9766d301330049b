# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the tests of what surrounds the programs: completion, packages, other
# systems, sweeps.  They run in the build directory.  A test begins with
#
#	. "$(dirname "$0")/lib.sh"
#
# has a directory "$tmp" of its own, and fails at the first command that fails.

set -eEu -o pipefail
export LC_ALL=C

test_name=$(basename "$0" .sh)
top_srcdir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
top_builddir=$(pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-$test_name.XXXXXX")
trap 'rm -rf --one-file-system "$tmp"' EXIT
trap 'echo "$test_name: FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR

# has ARGUMENT...: as grep -q, at the end of a pipe, but it reads all that comes.
has() {
	[ "$(grep -c "$@")" -gt 0 ]
}

# fail WORD...: ends the test as failed.
fail() {
	echo "$test_name: FAILED: $*" >&2
	trap - ERR
	exit 1
}

# skip WORD...: ends it as skipped, because the machine lacks something.
skip() {
	echo "$test_name: SKIPPED: $*" >&2
	trap - ERR
	exit 77
}

# requires COMMAND...: skips unless the command succeeds.
requires() {
	"$@" >/dev/null 2>&1 || skip "this needs: $*"
}

# requires_tools NAME...: skips unless all of these programs are there.
requires_tools() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "this needs $name"
	done
}

# is GOT WANTED [WORD...]
is() {
	[ "$1" = "$2" ] || fail "${3+${*:3}: }got '$1', not '$2'"
}

# quietly COMMAND...: what it prints is shown if it fails.
quietly() {
	"$@" >"$tmp/quietly.log" 2>&1 || {
		tail -n 40 "$tmp/quietly.log" >&2
		fail "$*"
	}
}
