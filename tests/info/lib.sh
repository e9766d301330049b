# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the tests of vmallocfs-info.  Nothing is mounted.  A test begins
# with
#
#	. "$(dirname "$0")/lib.sh"
#
# has a directory "$tmp" of its own, and fails at the first command that fails.

set -eEu -o pipefail
export LC_ALL=C

test_name=$(basename "$0" .sh)
top_srcdir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
top_builddir=$(pwd)
info=${VMALLOCFS_INFO:-$top_builddir/vmallocfs-info}
# shellcheck disable=SC2034 # of the tests
cases=$top_srcdir/tests/data/cases

tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-info-$test_name.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'echo "$test_name: FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR

# has ARGUMENT...: as grep -q, at the end of a pipe.  It reads all that comes: grep -q
# leaves at the first line that matches, and the pipe fails if its writer notices.
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

requires() {
	"$@" >/dev/null 2>&1 || skip "this needs: $*"
}

# expect WANT GOT
expect() {
	[ "$1" = "$2" ] || fail "'$2', not '$1'"
}

# status WANT ARG...: it ends with that status; what it says is in $tmp/out and $tmp/err.
status() {
	local want=$1 status=0
	shift
	"$info" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$want" = "$status" ] || fail "$*: status $status, not $want: $(cat "$tmp/err")"
}

# refused STATUS ARG...: it ends with that status, and one line on stderr.
refused() {
	status "$@"
	[ "$(wc -l <"$tmp/err")" = 1 ] || fail "$* says: $(cat "$tmp/err")"
	[ ! -s "$tmp/out" ] || fail "$* prints: $(cat "$tmp/out")"
}

# query FILTER ARG...: what jq finds in the JSON.
query() {
	local filter=$1
	shift
	{ "$info" --json "$@" 2>/dev/null || [ $? = 3 ]; } | jq -r "$filter"
}

# area START PAGES [CALLER]: a line of a listing.
area() {
	printf '0x%08x-0x%08x %7d %s+0x1/0x2 pages=%d vmalloc\n' $(($1)) $(($1 + ($2 + 1) * 4096)) \
		$((($2 + 1) * 4096)) "${3:-f}" "$2"
}
