#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the report says about a trace, and how two reports differ.
. "$(dirname "$0")/lib.sh"

# --- where a trace began ----------------------------------------------------------

# began_full OPTION...: whether the report of the trace on stdin names --load.
began_full() {
	if "$replay" "$@" - 2>/dev/null | grep -q '^note: .*not empty when the trace began.*--load'; then
		echo yes
	else
		echo no
	fi
}
expect yes "$(printf 'alloc a 4096 0x6000\nalloc b 4096 0x8000\n' | began_full)"
expect yes "$(printf 'alloc a 4096 0x6000\n' | began_full --policy=all)"
expect no "$(printf 'alloc a 4096 0x0\nalloc b 4096 0x8000\n' | began_full --policy=all)"
expect no "$(printf 'alloc a 4096\nalloc b 4096\n' | began_full)"
# A machine that places from the top began empty, too.
last=$(printf '0x%x' $(((32 << 40) - 3 * 4096)))
expect no "$(printf 'alloc a 4096 %s\n' "$last" | began_full --policy=top-down)"
expect yes "$(printf 'alloc a 4096 %s\n' "$last" | began_full --policy=first-fit)"
# With a layout there is nothing to say, however it goes on.
echo '0xffffc90000000000-0xffffc90000005000   20480 f+0x1/0x2 pages=4 vmalloc' >"$tmp/layout"
expect no "$(printf 'alloc a 4096 0x6000\n' | began_full --load="$tmp/layout")"
expect no "$(began_full --policy=linux-6.1 --load="$data/kprobe-6.1-start.txt" < <(zstd -dc "$data/kprobe-6.1.txt.zst"))"

# --- a trace without an event --------------------------------------------------------

# no_event WORD...: the trace on stdin is refused in words that have all of these.
no_event() {
	cat >"$tmp/none"
	refused 1 "$tmp/none"
	for word; do grep -q -- "$word" "$tmp/refused.err" || fail "no '$word' in: $(cat "$tmp/refused.err")"; done
}
no_event empty </dev/null
printf '# tracer: nop\n#\n\n' | no_event '2 lines that begin with #' '1 empty'
printf ' x-1 [000] ..... 1.0: sched_waking: comm=y pid=33\n#\n' |
	no_event "1 lines of a kernel's trace" '1 that begin with #' events/vmalloc/enable
printf 'what\nis this\n' | no_event '2 lines of no known form'
"$replay" --at=0 --load="$tmp/layout" --layout="$tmp/l" /dev/null >/dev/null 2>&1
cmp "$tmp/l" <(sed 's/ pages=4//' "$tmp/layout")

# --- the picture -----------------------------------------------------------------------

# Above the last area lies a hole, even where there is none between areas.
printf 'vmalloc a 4K\n' | "$replay" --svg="$tmp/map.svg" - >/dev/null
grep -q '>hole<' "$tmp/map.svg" || fail "no hole is drawn"
! grep -qE '>[^<]*\<0 holes|largest 0B' "$tmp/map.svg" || fail "no hole above a hole"
printf 'vmalloc a 4K\nvmalloc b 4K\nvmalloc c 16K\nvfree b\n' | "$replay" --svg="$tmp/map.svg" - >/dev/null
grep -q '1 hole in it, the largest 8K' "$tmp/map.svg" || fail "$(grep 'in it' "$tmp/map.svg")"

# --- two reports ------------------------------------------------------------------------

{
	printf 'vmalloc a%d 60K\n' 1 2 3 4
	printf 'vfree a%d\n' 1 3
	echo vmalloc b 120K
} >"$tmp/t"
"$replay" --vmalloc=1M --json --policy=first-fit,best-fit "$tmp/t" >"$tmp/large.json"
"$replay" --vmalloc=256K --policy=first-fit --diff="$tmp/large.json" "$tmp/t" >"$tmp/out"
grep -qE '^failures +0 +1 *$' "$tmp/out" || fail "$(cat "$tmp/out")"
grep -qE '^placements +5 +4 +-20.0 %$' "$tmp/out" || fail "$(cat "$tmp/out")"
sed -n '/then  *now/,$p' "$tmp/out" | grep -q 'ns an event' && fail "times are compared"
"$replay" --vmalloc=1M --diff="$tmp/large.json" "$tmp/t" | has '^first-fit: as in the other report'
"$replay" --policy=top-down --diff="$tmp/large.json" "$tmp/t" | has '^top-down: the other report has no such run'
# However the other report is laid out.
tr -d '\n\t' <"$tmp/large.json" >"$tmp/flat.json"
"$replay" --vmalloc=1M --diff="$tmp/flat.json" "$tmp/t" | has '^first-fit: as in the other report'
if command -v jq >/dev/null; then
	expect '[0,1]' "$("$replay" --vmalloc=256K --json --diff="$tmp/large.json" "$tmp/t" | jq -c '.runs[0].diff.failures')"
	expect true "$("$replay" --json "$tmp/t" | jq .began_empty)"
fi
refused 2 --csv --diff="$tmp/large.json" "$tmp/t"
refused 2 --diff= "$tmp/t"
refused 1 --diff=/no/such/file "$tmp/t"
head -c 400 "$tmp/large.json" >"$tmp/cut.json"
for bad in "$tmp/t" "$tmp/cut.json" /dev/null; do refused 1 --diff="$bad" "$tmp/t"; done
