# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the tests of vmallocfs-replay.  Nothing is mounted.  A test begins
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
replay=${VMALLOCFS_REPLAY:-$top_builddir/vmallocfs-replay}
gen=$top_builddir/bench/gen_trace
data=$top_srcdir/tests/data
placement=$data/placement-window-seed1.ops
lazy=$data/lazy-window-seed1.ops
# shellcheck disable=SC2034 # of the tests
high=1000000 # pages that may wait: more than any trace here frees

tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-replay-$test_name.XXXXXX")
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

# True in a build with sanitizers: they take address space without end.
sanitized() {
	grep -q fsanitize "$top_builddir/config.status" 2>/dev/null &&
		grep -qE '^S\["SANITIZE_CFLAGS"\]="-' "$top_builddir/config.status"
}

requires() {
	"$@" >/dev/null 2>&1 || skip "this needs: $*"
}

# figure KEY ARG...: a figure of the first run, out of the CSV.
figure() {
	local key=$1
	shift
	"$replay" --csv "$@" | awk -F, -v key="$key" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == key) at = i }
		NR == 2 { if (!at) exit 1; print $at }'
}

# problem KEY ARG...: how often the trace had it, out of the JSON.
problem() {
	local key=$1
	shift
	"$replay" --json "$@" | sed -n "s/^.*\"$key\": \([0-9]*\).*\$/\1/p"
}

# same ARG...: N/M placements were as in the trace.
same() {
	printf '%s/%s' "$(figure same "$@")" "$(figure compared "$@")"
}

# expect WANT GOT
expect() {
	[ "$1" = "$2" ] || fail "'$2', not '$1'"
}

# refused STATUS ARG...: it ends with that status, and one line on stderr.
refused() {
	local want=$1 status=0
	shift
	"$replay" "$@" >"$tmp/refused.out" 2>"$tmp/refused.err" || status=$?
	expect "$want" "$status"
	[ "$(wc -l <"$tmp/refused.err")" = 1 ] || fail "$* says: $(cat "$tmp/refused.err")"
	[ ! -s "$tmp/refused.out" ] || fail "$* prints: $(cat "$tmp/refused.out")"
}

# as_kernel ftrace|perf LAZY <OPS: a recording as a kernel would have traced it.
as_kernel() {
	awk -v format="$1" -v lazy="$2" '
	function hex(s,  i, n) {
		n = 0
		s = tolower(substr(s, 3))
		for (i = 1; i <= length(s); i++)
			n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return n
	}
	# 0xffffc90000000000 in decimal, in two halves that awk can add to.
	function decimal(n,  low) {
		low = 570023936 + n
		return sprintf("%.0f%09.0f", 18446683600 + int(low / 1000000000), low % 1000000000)
	}
	function event(text) {
		clock++
		if (format == "perf")
			printf "bash %5d [%03d] %5d.%06d: vmalloc:%s\n", 812, clock % 2,
			       clock / 1000000, clock % 1000000, text
		else
			printf "%16s-%-7d [%03d] ..... %5d.%06d: %s\n", "bash", 812, clock % 2,
			       clock / 1000000, clock % 1000000, text
	}
	BEGIN {
		if (format == "ftrace") {
			print "# tracer: nop\n#"
			print "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION"
		}
	}
	$1 == "alloc" {
		pages = int(($3 + 4095) / 4096) + 1
		at[$2] = hex($4)
		event(sprintf("alloc_vmap_area: va_start: %s size=%d align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0",
			      decimal(at[$2]), pages * 4096))
	}
	$1 == "free" {
		event(sprintf("free_vmap_area_noflush: va_start=0xffffc9%010x nr_lazy=0 nr_lazy_max=%d",
			      at[$2], lazy))
		delete at[$2]
		event("sched_waking: comm=kworker/0:1 pid=33 prio=120 target_cpu=000")
	}
	$1 == "purge" {
		event("purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000100000 num_purged=3")
	}'
}
