#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# CSV, JSON and the pictures are what their names say.
. "$(dirname "$0")/lib.sh"

"$gen" ops 30000 2000 >"$tmp/t"
"$replay" --policy=all --csv "$tmp/t" >"$tmp/csv"
"$replay" --policy=all --json --svg="$tmp/map.svg" --timeline="$tmp/timeline.svg" "$tmp/t" >"$tmp/json"

# All lines have as many fields; a run for each policy.
awk -F, 'NR == 1 { n = NF } NF != n { exit 1 } END { exit NR != 8 }' "$tmp/csv" || fail "$(cat "$tmp/csv")"

# The number of threads changes nothing but the time.
without_time() {
	cut -d, -f"$(head -n 1 "$tmp/csv" | tr , '\n' | grep -n ns_per_event | cut -d: -f1)" --complement
}
for threads in 1 2 9; do
	"$replay" --policy=all --csv --threads=$threads "$tmp/t" | without_time >"$tmp/csv.$threads"
	cmp "$tmp/csv.$threads" <(without_time <"$tmp/csv") || fail "threads=$threads"
done

if command -v python3 >/dev/null; then
	python3 -m json.tool "$tmp/json" >/dev/null
	python3 - "$tmp/csv" "$tmp/json" <<-'EOF'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1])))
		runs = json.load(open(sys.argv[2]))["runs"]
		assert len(rows) == len(runs) == 7
		for row, run in zip(rows, runs):
		    for key, value in run.items():
		        if key in ("policy", "ns_per_event"):
		            continue
		        assert float(row[key]) == float(value), key
		    assert run["placements"] + run["failures"] > 15000
		    assert 0 <= run["span_fragmentation_mean"] <= run["span_fragmentation_max"] <= 1
		    assert 0 <= run["span_unusable_mean"] <= run["span_unusable_max"] <= 1
		    assert run["largest_hole"] <= run["free"] <= run["peak_span"]
	EOF
fi

for svg in map timeline; do
	[ "$(stat -c %s "$tmp/$svg.svg")" -lt 1048576 ] || fail "$svg.svg is too large"
	for policy in first-fit next-fit best-fit worst-fit top-down linux-6.1 linux-6.12; do
		grep -q ">$policy<" "$tmp/$svg.svg" || fail "no $policy in $svg.svg"
	done
	if command -v xmllint >/dev/null; then
		xmllint --noout "$tmp/$svg.svg"
	fi
	if command -v rsvg-convert >/dev/null; then
		rsvg-convert "$tmp/$svg.svg" -o "$tmp/$svg.png"
	fi
done

# The timeline has as many points in any case.
points() {
	grep -c . <(grep -o '<polyline[^>]*' "$1" | head -n 1 | grep -oE '[0-9.]+,[0-9.]+')
}
[ "$(points "$tmp/timeline.svg")" -le 1025 ] || fail "$(points "$tmp/timeline.svg") points"

# Fragmentation, unusable, largest hole, span, peak address: five lines for each policy.
expect 35 "$(grep -c '<polyline' "$tmp/timeline.svg")"
"$replay" --timeline="$tmp/one.svg" "$tmp/t" >/dev/null
expect 5 "$(grep -c '<polyline' "$tmp/one.svg")"
# Where all is freed on the way there is no peak address, and its line is cut.
printf 'alloc a 1\nalloc b 1\nfree a\nfree b\nalloc a 1\n' | "$replay" --timeline="$tmp/cut.svg" - >/dev/null
expect 6 "$(grep -c '<polyline' "$tmp/cut.svg")"

# The lines of a policy are crossed where its placements failed, and the legend counts them.
printf 'alloc %s\n' 'a 8192' 'b 65536' 'c 65536' 'd 4096' |
	"$replay" --vmalloc=32K --policy=first-fit,best-fit --timeline="$tmp/failed.svg" - >/dev/null
expect 10 "$(grep -c 'class="failed"' "$tmp/failed.svg")"
expect 1 "$(grep -c '>a placement failed: first-fit 2, best-fit 2<' "$tmp/failed.svg")"
expect 0 "$(grep -c 'failed' "$tmp/one.svg")"

# A hole of one page beside one of three: which of them counts is for the option to say.
share() {
	printf 'alloc %s\n' 'a 1' 'b 4096' 'c 4096' 'd 12288' 'e 4096' >"$tmp/ops"
	printf 'free %s\n' b d >>"$tmp/ops"
	"$replay" --csv "$@" "$tmp/ops" | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["span_unusable_max"] }'
}
expect 1.000000 "$(share)"
expect 1.000000 "$(share --unusable=3)"
expect 0.000000 "$(share --unusable=1)"
expect 1.000000 "$(share --unusable=2)"

# The map has one scale for all policies, and a column for each is drawn once.
expect 1 "$(grep -o '; a row is [^<]*' "$tmp/map.svg" | sort -u | wc -l)"
expect 7 "$(grep -c '; a row is ' "$tmp/map.svg")"
# Where all is freed at the end, it shows what the last placement led to.
grep -q '^alloc n333 ' "$placement" && tail -n 1 "$placement" | has ^free
# Linux's policies free lazily, so something would be left to see.
"$replay" --policy=all --lazy=0 --svg="$tmp/map.svg" "$placement" >/dev/null
expect 7 "$(grep -c '>n333<' "$tmp/map.svg")"
expect 7 "$(grep -c '>66 areas; ' "$tmp/map.svg")"
grep -q 'event 600 of 666' "$tmp/map.svg" || fail "it does not say when"
# Where areas are left at the end, those are shown and nothing else.
printf 'alloc gone 65536\nalloc left 65536\nfree gone\n' | "$replay" --svg="$tmp/map.svg" - >/dev/null
grep -q '>left<' "$tmp/map.svg" || fail "$(cat "$tmp/map.svg")"
! grep -q '>gone<' "$tmp/map.svg" || fail "$(cat "$tmp/map.svg")"
# A policy says how many placements it had no room for, where it is drawn.
printf 'alloc a 3000000\nalloc b 3000000\nalloc c 65536\n' |
	"$replay" --vmalloc=4M --policy=first-fit,top-down --svg="$tmp/map.svg" - >/dev/null
expect 2 "$(grep -c '1 failed<' "$tmp/map.svg")"
# The areas of a lazily freed end wait, and are to be seen as that.
printf 'alloc gone 65536\nfree gone\n' | "$replay" --lazy=100 --svg="$tmp/map.svg" - >/dev/null
! grep -q '>gone<' "$tmp/map.svg" || fail "$(cat "$tmp/map.svg")"

# Pictures of nothing.
echo purge | "$replay" --svg="$tmp/map.svg" --timeline="$tmp/timeline.svg" - >/dev/null
"$replay" --load="$data/vmallocinfo-linux-6.1.txt" --svg="$tmp/map.svg" /dev/null >/dev/null
grep -q pcpu_create_chunk "$tmp/map.svg" || fail "the layout's areas have no names"

# By caller, at the end: of a saved layout, and of a recording's names.
cat >"$tmp/layout" <<-'END'
	0xffffc90000000000-0xffffc90000005000   20480 load_module+0x10/0x99 pages=4 vmalloc
	0xffffc90000005000-0xffffc90000007000    8192 load_module+0x20/0x99 [kvm] pages=1 vmalloc
	0xffffc90000100000-0xffffc90000121000  135168 pcpu_get_vm_areas+0x0/0x900 vmalloc
END
cat >"$tmp/ops" <<-'END'
	vmalloc a 8K
	vmalloc big 4M
	vmalloc gone 16M
	vmalloc vmalloc_user/u 4K
	vfree gone
END
"$replay" --load="$tmp/layout" "$tmp/ops" 2>/dev/null >"$tmp/table"
is_callers=$(sed -n '/^By caller/,$p' "$tmp/table" | awk 'NR > 2 { print $1, $2, $3, $4 }')
expect "$((1025 * 4096 + 3 * 4096 + 3 * 4096)) 3 $((1025 * 4096)) vmalloc
135168 1 135168 pcpu_get_vm_areas
28672 2 20480 load_module
8192 1 8192 vmalloc_user" "$is_callers"
"$replay" --json --load="$tmp/layout" "$tmp/ops" 2>/dev/null >"$tmp/json"
if command -v jq >/dev/null; then
	expect "$is_callers" "$(jq -r '.callers[] | "\(.bytes) \(.areas) \(.largest) \(.caller)"' "$tmp/json")"
fi
# Without callers there is no such table.
echo 'vmalloc a 8K
vfree a' >"$tmp/ops"
"$replay" "$tmp/ops" | grep -q '^By caller' && fail "a table of no callers"
:
