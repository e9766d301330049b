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

# core_with COMPILER [RUNNER...]: builds the core, its examples and the model test with
# another compiler, in "$tmp", and runs the programs, with RUNNER before each.
core_with() {
	local compiler=$1 source name
	shift
	cd "$tmp"
	local flags="-std=gnu11 -O1 -pthread -D_GNU_SOURCE -I$top_srcdir/include -I$top_srcdir/src"
	flags+=" -Wall -Wextra -Werror"
	find "$top_srcdir/src/machine" "$top_srcdir/src/vmalloc" -name '*.c' >sources
	[ "$(wc -l <sources)" -gt 30 ] || fail "where is the core?"
	# One call a file, as many at a time as there are processors.
	# shellcheck disable=SC2016 # for the inner shell
	quietly xargs -a sources -P "$(nproc)" -I{} \
		sh -c "$compiler $flags"' -c "$1" -o "$(basename "$1" .c).o"' sh {}
	ar rc libvmallocfs.a ./*.o
	for source in "$top_srcdir"/examples/*.c; do
		name=$(basename "$source" .c)
		# shellcheck disable=SC2086 # a list of flags
		quietly $compiler $flags -static "$source" libvmallocfs.a -o "$name"
		"$@" "./$name" >"$name.out" || fail "$name fails"
		diff "$top_srcdir/examples/$name.txt" "$name.out" || fail "$name prints something else"
	done
	# The model test needs no libcheck.
	# shellcheck disable=SC2086
	quietly $compiler $flags -static "$top_srcdir"/tests/model/*.c libvmallocfs.a -o model
	VMALLOCFS_OPS=${MODEL_OPS-20000} quietly "$@" ./model
}
