#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --follow and --misses: what counts as the same, what is learned, what is listed.
. "$(dirname "$0")/lib.sh"

start=0xffffc90000000000
end=0xffffe8ffffffffff

# alloc PAGE PAGES [ALIGN [CPU]], free PAGE [CPU], purge: a line of a kernel's trace.
alloc() {
	printf 'sh-1 [%03d] ..... 1.0: alloc_vmap_area: va_start: 0xffffc90%09x size=%d align=%d vstart=%s vend=%s failed=0\n' \
		"${4-0}" $(($1 * 4096)) $(($2 * 4096)) "${3-1}" $start $end
}
free() {
	printf 'sh-1 [%03d] ..... 1.0: free_vmap_area_noflush: va_start=0xffffc90%09x nr_lazy=1 nr_lazy_max=8192\n' \
		"${2-0}" $(($1 * 4096))
}
purge() {
	echo 'sh-1 [000] ..... 1.0: purge_vmap_area_lazy: start=0x1000 end=0x2000 num_purged=1'
}

# followed KEY ARG...
followed() {
	local key=$1
	shift
	figure "followed_$key" --follow "$@"
}

# One area elsewhere is one miss: what comes after it is judged by where things are.
{ alloc 0 2; alloc 2 2; free 2; purge; alloc 6 2; alloc 2 2; alloc 4 2; alloc 8 2; } >"$tmp/moved"
for policy in first-fit linux-6.1 linux-6.12; do
	expect 6 "$(followed compared --policy=$policy "$tmp/moved")"
	expect 5 "$(followed same --policy=$policy "$tmp/moved")"
	expect 1 "$(followed other --policy=$policy "$tmp/moved")"
done
expect 3 "$(figure same "$tmp/moved")"

# A hole below, never seen in use: something was there before.  It is passed over from
# then on, and the next area shows that.
{ alloc 0 2; alloc 9 2; alloc 11 2; } >"$tmp/unseen"
expect 2 "$(followed same --policy=linux-6.1 "$tmp/unseen")"
expect 1 "$(followed unseen_at_start --policy=linux-6.1 "$tmp/unseen")"
expect 1 "$(followed unseen_at_start_learned --policy=linux-6.1 "$tmp/unseen")"
expect 100.00 "$(followed known_percent --policy=linux-6.1 "$tmp/unseen")"

# It was seen in use, and is free: there the policy errs, and nothing is learned.
{ alloc 0 2; alloc 2 2; alloc 4 2; free 2; purge; alloc 6 2; } >"$tmp/errs"
expect 0 "$(followed unseen_at_start --policy=linux-6.1 "$tmp/errs")"
expect 1 "$(followed other --policy=linux-6.1 "$tmp/errs")"

# Where a freed range waits nothing can be placed: there was a purge, unseen.
{ alloc 0 2; alloc 2 2; free 0; alloc 0 2; alloc 4 2; } >"$tmp/waits"
expect 1 "$(followed thought_busy_learned --policy=linux-6.1 "$tmp/waits")"
expect 4 "$(followed compared --policy=linux-6.1 "$tmp/waits")"
expect 3 "$(followed same --policy=linux-6.1 "$tmp/waits")"

# Pools: with two processors a purged range is taken again by its own, out of its pool.
pools() {
	echo '# entries-in-buffer/entries-written: 6/6   #P:2'
	alloc 0 2 1 0
	alloc 2 2 1 1
	free 0
	purge
	alloc "$1" 2 1 "$2"
}
pools 0 0 >"$tmp/pooled"
expect 3 "$(followed same --policy=linux-6.12 "$tmp/pooled")"
pools 4 1 >"$tmp/pooled"
expect 3 "$(followed same --policy=linux-6.12 "$tmp/pooled")"
# The other one's area would not have come out of that pool; --cpus=1 knows no pools.
pools 0 1 >"$tmp/pooled"
expect 1 "$(followed pooled --policy=linux-6.12 "$tmp/pooled")"
expect 3 "$(followed same --policy=linux-6.12 --cpus=1 "$tmp/pooled")"

# A layout does not show what is in pools.  Of a kernel with two processors the second
# half is followed, from the areas that it had at that moment.
requires zstd --version
zstd -dcq "$data/kernels/trace-6.12-boot-2cpu.txt.zst" >"$tmp/whole"
half=$(($(wc -l <"$tmp/whole") / 2))
{ sed -n 1,12p "$tmp/whole"; tail -n +$((half + 1)) "$tmp/whole"; } >"$tmp/second"
head -n $half "$tmp/whole" | python3 -c '
import re, sys
live = {0xfffff407ffc00000: 2 << 20}
for line in sys.stdin:
    m = re.search(r"va_start: (\d+) size=(\d+)", line)
    if m:
        live[int(m[1])] = int(m[2])
    m = re.search(r"va_start=(0x\w+)", line)
    if m:
        live.pop(int(m[1], 16), None)
for a in sorted(live):
    print("%#x-%#x %d f+0x0/0x1 vmap" % (a, a + live[a], live[a]))
' >"$tmp/list"
half_known() {
	"$replay" --csv --policy=linux-6.12 --follow --load="$tmp/list" "$tmp/second" 2>"$tmp/err" |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
			NR == 2 { print $at["followed_known_percent"], $at["followed_known"],
				  $at["followed_unseen_at_start_learned"] }'
}
read -r percent known learned < <(half_known)
awk -v p="$percent" 'BEGIN { exit !(p >= 99) }' || fail "$percent percent of what was known"
[ "$known" -gt 100 ] || fail "only $known were known"
[ "$learned" -gt 0 ] || fail "nothing was learned of the pools"

# The list of misses: as many as asked for, with the holes.
"$replay" --misses --policy=linux-6.1 "$tmp/moved" >"$tmp/out"
grep -q '^line 5: other: 8192 bytes' "$tmp/out" || fail "$(cat "$tmp/out")"
grep -q "trace: 0xffffc90000006000 in the hole 0xffffc90000002000-" "$tmp/out" ||
	fail "$(cat "$tmp/out")"
grep -q "policy: 0xffffc90000002000 in the hole 0xffffc90000002000-" "$tmp/out" ||
	fail "$(cat "$tmp/out")"
"$replay" --misses=0 --policy=linux-6.1 "$tmp/moved" | has '^line ' && fail "a miss too many"
"$replay" --misses=1 --policy=first-fit "$tmp/whole" | grep -c '^line ' >"$tmp/count"
expect 1 "$(cat "$tmp/count")"
"$replay" --json --misses --policy=linux-6.1 "$tmp/moved" | python3 -c '
import json, sys
run, = json.load(sys.stdin)["runs"]
miss, = run["followed"]["misses"]
assert miss["line"] == 5 and miss["kind"] == "other" and not miss["learned"], miss
assert miss["said_hole"][0] == "0xffffc90000002000", miss
assert run["followed"]["same"] == 5 and run["followed"]["other"]["missed"] == 1, run
'

refused 2 --misses=some "$placement"
refused 2 --cpus=0 "$placement"
refused 2 --cpus=many "$placement"
refused 2 --cpus=1025 "$placement"
