#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A part of a trace, a moment of it, and what failed.
. "$(dirname "$0")/lib.sh"

# Ten areas of 64K; then every other one goes; then two do not fit into 1M.
{
	printf 'vmalloc a%d 64K\n' 0 1 2 3 4 5 6 7 8 9
	printf 'vfree a%d\n' 1 3 5 7
	printf 'vmalloc %s 512K\n' big huge
	echo vmalloc b 64K
} >"$tmp/t"

# The part before --from is replayed and does not count, the part after --to is not read.
expect "17 13 2" "$(figure events "$tmp/t") $(figure placements --vmalloc=2M "$tmp/t") $(figure failures --vmalloc=1M "$tmp/t")"
expect "10 10" "$(figure events --to=10 "$tmp/t") $(figure placements --to=10 "$tmp/t")"
expect "4 0" "$(figure events --from=11 --to=14 "$tmp/t") $(figure placements --from=11 --to=14 "$tmp/t")"
expect "3 3" "$(figure events --from=15 "$tmp/t") $(figure placements --from=15 "$tmp/t")"
expect "$(figure largest_hole "$tmp/t")" "$(figure largest_hole --from=17 "$tmp/t")"
expect 17 "$(figure events --to=1000 "$tmp/t")"
# The largest hole was never larger than at some point of the part.
[ "$(figure most_holes --to=12 "$tmp/t")" -lt "$(figure most_holes "$tmp/t")" ] || fail "holes of a part"
# A part has the pictures of a part.
"$replay" --from=11 --to=14 --timeline="$tmp/t.svg" "$tmp/t" >/dev/null
grep -q 'over events 11 to 14' "$tmp/t.svg" || fail "which events does the picture show?"

# Seconds since the first event, where a trace has times, in each tool's form.
as_kernel ftrace 0 <<'END' >"$tmp/ftrace"
alloc a 4096 0x0
alloc b 4096 0x2000
free a
END
# The events of as_kernel are a microsecond apart; a free is followed by another event.
expect 1 "$(figure events --to=0s "$tmp/ftrace")"
expect 2 "$(figure events --to=0.000001s "$tmp/ftrace")"
expect 1 "$(figure events --from=0.0000015s "$tmp/ftrace")"
as_kernel perf 0 <<'END' >"$tmp/perf"
alloc a 4096 0x0
alloc b 4096 0x2000
END
expect 1 "$(figure events --to=0.0000005s "$tmp/perf")"
cat >"$tmp/probes" <<'END'
 x-1 [000] ..... 1.000000: in: (alloc_vmap_area+0x0/0x5b0) size=20480 align=1 vstart=0xffffc90000000000 vend=0xffffc90000100000
 x-1 [000] ..... 1.250000: out: (__get_vm_area_node+0xb1/0x150 <- alloc_vmap_area) va_start=0xffffc90000000000
 x-1 [000] ..... 3.000000: gone: (free_vmap_area_noflush+0x0/0x340) va_start=0xffffc90000000000
END
expect 1 "$(figure events --to=1.7s "$tmp/probes")"
expect 2 "$(figure events --to=1.75s "$tmp/probes")"
printf '%s alloc 0xffffc90000000000 20480\n' '1000000000 1 x' '3000000000 1 x' >"$tmp/bpf"
expect 1 "$(figure events --to=1.999s "$tmp/bpf")"
sed 's/0.100/200.000/' "$data/cases/trace-perf-trace.txt" >"$tmp/perf-trace"
expect 1 "$(figure events --to=0.1s "$tmp/perf-trace")"
expect 2 "$(figure events --to=0.2s "$tmp/perf-trace")"

# Commands have no times, but those that sleep let a clock run; before the first it stands.
cat >"$tmp/asleep" <<'END'
vmalloc a 4K
sleep 1.5
say one and a half
vmalloc b 4K
sleep 60
vfree a
END
expect "1 2 2 3" "$(for to in 0 1.5 61.4 61.5; do printf '%s ' "$(figure events --to=${to}s "$tmp/asleep")"; done | sed 's/ $//')"
expect 2 "$(figure events --from=1.5s "$tmp/asleep")"
expect 2 "$(figure events --from=2 "$tmp/asleep")"
head -n 3 "$tmp/asleep" | tail -n 2 >"$tmp/none"
refused 1 "$tmp/none"

# What cannot be asked for.
refused 2 --from=x "$tmp/t"
refused 2 --to= "$tmp/t"
refused 2 --at=-1 "$tmp/t"
refused 2 --at=1.5 "$tmp/t"
refused 2 --at=s "$tmp/t"
refused 2 --at=1s2s "$tmp/t"
refused 2 --from=7 --to=6 "$tmp/t"
refused 2 --at=1 --to=2 "$tmp/t"
refused 2 --layout="$tmp/l" "$tmp/t"
refused 2 --at=1 --layout="$tmp/l" --policy=all "$tmp/t"
refused 2 --at=1 --csv "$tmp/t"
refused 2 --failures --csv "$tmp/t"
refused 2 --failures=0 "$tmp/t"
refused 1 --from=1s "$tmp/t"
refused 1 --from=18 "$tmp/t"
refused 1 --at=18 "$tmp/t"
refused 1 --at=1s "$tmp/ftrace"

# No output has a name that says that it is something else.
for wrong in --svg=x.csv --timeline=x.csv --timeline=x.HTML --layout=x.json; do
	refused 2 "$wrong" --at=1 "$tmp/t"
	[ ! -e "${wrong#*=}" ] || fail "${wrong#*=} was written"
done

# A moment: its figures, its holes, its areas.
expect 9 "$(figure events --to=9 "$tmp/t")"
"$replay" --at=13 --vmalloc=1M --layout="$tmp/l" "$tmp/t" >"$tmp/out"
expect 7 "$(wc -l <"$tmp/l")"
grep -q '^0xffffc90000000000-0xffffc90000011000 *69632 a0+0x0/0x10000 vmalloc$' "$tmp/l" || fail "$(cat "$tmp/l")"
grep -qE 'after event 13: 4 holes' "$tmp/out" || fail "$(cat "$tmp/out")"
grep -qE '^	0xffffc90000011000 0xffffc90000022000 69632$' "$tmp/out" || fail "$(cat "$tmp/out")"
grep -q ^0xffff "$tmp/out" && fail "the areas are in the file and in the report"
"$replay" --at=13 --vmalloc=1M "$tmp/t" | grep -F "$(sed -n 3p "$tmp/l")" >/dev/null || fail "no areas in the report"
# What comes after it is in no part of it, however the trace goes on.
"$replay" --at=13 --vmalloc=1M --layout="$tmp/l2" - >/dev/null < <(head -n 13 "$tmp/t")
cmp "$tmp/l" "$tmp/l2"
# A replay that begins with the layout has the same one before its first event.
"$replay" --at=0 --load="$tmp/l" --layout="$tmp/l2" "$tmp/t" >/dev/null 2>&1
cmp "$tmp/l" "$tmp/l2"

# Failures, each with the kernel's sentence and the holes of its moment.
"$replay" --failures --vmalloc=1M "$tmp/t" >"$tmp/out"
expect 1 "$(grep -c '^first-fit failed, 2 of 2:$' "$tmp/out")"
grep -A 3 '^event 15, line 15, big:$' "$tmp/out" >"$tmp/big" || fail "$(cat "$tmp/out")"
grep -q 'do not fit: the largest hole has 85 pages' "$tmp/big" || fail "$(cat "$tmp/big")"
grep -q 'between a9 and the end of the window' "$tmp/big" || fail "$(cat "$tmp/big")"
grep -q 'would be enough: a window of' "$tmp/big" || fail "$(cat "$tmp/big")"
grep -q '5 holes with' "$tmp/big" || fail "$(cat "$tmp/big")"
expect 1 "$("$replay" --failures=1 --vmalloc=1M "$tmp/t" | grep -c 'do not fit')"
"$replay" --failures "$tmp/t" | has 'first-fit: no failures'
# --failures takes no word after it.
"$replay" --failures "$tmp/t" --policy=best-fit | has 'best-fit: no failures'
# As many policies as there are, as many lists; and the machine's own log says the same.
expect 7 "$("$replay" --failures --policy=all --vmalloc=1M "$tmp/t" | grep -c ' failed, ')"
if command -v jq >/dev/null; then
	"$replay" --json --failures --at=17 --vmalloc=1M "$tmp/t" >"$tmp/json"
	expect "15 big 5" "$(jq -r '.runs[0].failed[0] | "\(.event) \(.name) \(.holes)"' "$tmp/json")"
	expect "$(jq '.runs[0].failed[1].holes - 1' "$tmp/json")" "$(jq '.runs[0].window_holes | length' "$tmp/json")"
	expect null "$(jq '.runs[0].failed[0].time' "$tmp/json")"
fi
