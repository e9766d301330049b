#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is wrong with a trace is counted, and with --strict ends it.
. "$(dirname "$0")/lib.sh"

# check KEY COUNT: of the trace on stdin.
check() {
	cat >"$tmp/t"
	expect "$2" "$(problem "$1" "$tmp/t")"
	refused 1 --strict "$tmp/t"
}

check junk_lines 2 <<-'EOF'
	alloc a 4096
	what is this
	alloc b
EOF
check unknown_names 2 <<-'EOF'
	alloc a 4096
	free b
	resize c 4096
EOF
check double_allocations 1 <<-'EOF'
	alloc a 4096
	alloc a 8192
	free a
EOF
check frees_from_before 1 <<-'EOF'
	 x-1 [000] ..... 1.0: free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=0 nr_lazy_max=0
EOF
check lost_events 57 <<-'EOF'
	 x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 18446683600570023936 size=8192 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
	CPU:1 [LOST 57 EVENTS]
EOF
{
	echo alloc a 4096
	head -c 1048576 /dev/zero | tr '\0' x
	echo
	echo alloc b 4096
} >"$tmp/long"
check too_long_lines 1 <"$tmp/long"
expect 2 "$(figure placements "$tmp/long")"
head -c 3000000 /dev/urandom >"$tmp/random"
refused 1 "$tmp/random"
"$gen" ops 1000 100 >"$tmp/good"
cat "$tmp/good" "$tmp/random" >"$tmp/both"
expect 1000 "$(figure events "$tmp/both")"

# Failures that the trace did not have, and the other way round.
cat >"$tmp/failures" <<-'EOF'
	 x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 18446683600570023936 size=1044480 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
	 x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 18446683600571072512 size=8192 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
	 x-1 [000] ..... 1.0: alloc_vmap_area: va_start: 18446744073709551600 size=4096000 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=1
EOF
expect 0 "$(figure failed_only_here "$tmp/failures")"
expect 1 "$(figure failed_only_in_trace "$tmp/failures")"
expect 1 "$(figure failed_only_here --vmalloc=1M "$tmp/failures")"
expect 0 "$(figure failed_only_in_trace --vmalloc=1M "$tmp/failures")"
refused 1 --strict "$tmp/failures"
refused 1 --strict --vmalloc=1M "$tmp/failures"

# The first thing wrong is the one that is told.
printf 'alloc a 1\nfree b\nwhat\n' >"$tmp/t"
refused 1 --strict "$tmp/t"
grep -q 'line 2:' "$tmp/refused.err" || fail "$(cat "$tmp/refused.err")"
"$replay" --strict "$placement" >/dev/null

# A placement that differs ends a trace without end, too.
refused 1 --strict - < <(
	cat "$tmp/failures"
	yes '# nothing' || true
)
