#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The figures over a trace as a table, and its areas as events of Perfetto.
. "$(dirname "$0")/lib.sh"

"$gen" ops 6000 500 >"$tmp/t"

# --- series ---------------------------------------------------------------------

"$replay" --policy=first-fit,best-fit --series="$tmp/s.csv" "$tmp/t" >/dev/null
expect event,time,policy,fragmentation,span_fragmentation,unusable_index,largest_hole,span,peak,areas,bytes,failures "$(head -n 1 "$tmp/s.csv")"
# Rows have all columns, events ascend within a policy at one distance, the last event
# is there, and no policy has more points than it may have.
points() { # points MAX FILE
	awk -F, -v max="$1" '
		NR == 1 { n = NF; next }
		NF != n { print "fields: " $0; exit 1 }
		$3 != policy { if (policy && last != 6000) { print policy " ends at " last; exit 1 }
			policy = $3; last = 0; rows = 0; policies++; distance = 0 }
		rows > 1 && $1 != 6000 && $1 - last != distance { print "uneven: " $0; exit 1 }
		{ distance = $1 - last; last = $1; if (++rows > max) { print "too many points"; exit 1 } }
		END { if (last != 6000) { print "it ends at " last; exit 1 }; print policies }' "$2"
}
expect 2 "$(points 1000 "$tmp/s.csv")"
[ "$(wc -l <"$tmp/s.csv")" -gt 1000 ] || fail "fewer than half of the points: $(wc -l <"$tmp/s.csv")"
for n in 2 3 10; do
	"$replay" --series="$tmp/few.csv" --points=$n "$tmp/t" >/dev/null
	expect 1 "$(points $n "$tmp/few.csv")"
done
# All points of a trace are what a replay up to there says.
"$replay" --series="$tmp/all.csv" --points=10000 "$tmp/t" >/dev/null
expect 6001 "$(wc -l <"$tmp/all.csv")"
row() {
	awk -F, -v event="$1" '$1 == event { print $7, $12 }' "$tmp/all.csv"
}
for event in 1 1234 6000; do
	expect "$(figure largest_hole --to=$event "$tmp/t") $(figure failures --to=$event "$tmp/t")" "$(row $event)"
done
# Fewer points are some of these.
sed 1d "$tmp/few.csv" | while read -r line; do grep -qxF "$line" "$tmp/all.csv" || fail "$line"; done

# Areas, bytes and both fragmentations, by hand: 5 areas of two pages in a window of 16.
printf 'vmalloc %s 4K\n' a b c d e >"$tmp/hand"
printf 'vfree %s\n' b d >>"$tmp/hand"
printf 'resize a 1\nresize a 0\nresize e 64K\n' >>"$tmp/hand"
"$replay" --vmalloc=68K --unusable=2 --series="$tmp/hand.csv" "$tmp/hand" >/dev/null
#           holes of 2 and 2 pages between, 6 at the end: 1 - 6/10, 1 - 2/4, 4/10 too small
expect 7,,first-fit,0.400000,0.500000,0.400000,8192,40960,40960,3,24576,0 "$(grep ^7, "$tmp/hand.csv")"
#           a is gone: 4 and 2 pages and 6; e did not grow
expect 10,,first-fit,0.500000,0.000000,0.166667,8192,24576,40960,2,16384,1 "$(grep ^10, "$tmp/hand.csv")"
# A part of a trace; and times, where it has some.
"$replay" --from=3 --to=5 --series="$tmp/part.csv" "$tmp/hand" >/dev/null
expect "3 4 5" "$(sed 1d "$tmp/part.csv" | cut -d, -f1 | xargs)"
as_kernel ftrace 0 <"$placement" >"$tmp/ftrace"
"$replay" --series="$tmp/ftrace.csv" "$tmp/ftrace" >/dev/null
expect 0.000000 "$(sed -n 2p "$tmp/ftrace.csv" | cut -d, -f2)"
expect 0.000001 "$(sed -n 3p "$tmp/ftrace.csv" | cut -d, -f2)"
"$replay" --series="$tmp/none.csv" --at=0 "$tmp/t" >/dev/null
expect 1 "$(wc -l <"$tmp/none.csv")"

refused 2 --series=x.json "$tmp/t"
refused 2 --chrome=x.csv "$tmp/t"
refused 2 --points=10 "$tmp/t"
refused 2 --points=1 --series="$tmp/s.csv" "$tmp/t"
refused 2 --points=many --series="$tmp/s.csv" "$tmp/t"
refused 1 --chrome=/no/such/dir/x.json "$tmp/t"
if [ -w /dev/full ]; then
	refused 1 --chrome=/dev/full "$tmp/t"
	[ -c /dev/full ] || fail "it removed /dev/full"
fi
# A replay that fails leaves no half a file.
refused 1 --chrome="$tmp/half.json" --strict - < <(printf 'vmalloc a 1\nwhat\n')
[ ! -e "$tmp/half.json" ] || fail "half a file is left"

# --- Perfetto ----------------------------------------------------------------------

requires jq --version

# check_pairs FILE: each area that begins ends later, and begins no second time before.
check_pairs() {
	jq -e '[.traceEvents[] | select(.ph == "b" or .ph == "e")] | group_by([.cat, .id]) |
		all(.[]; [_nwise(2)] | all(map(.ph) == ["b", "e"] and .[0].pid == .[1].pid and
			.[0].name == .[1].name and .[0].ts <= .[1].ts))' \
		"$1" >/dev/null || fail "areas of $1 that do not begin and end"
	jq -e 'all(.traceEvents[]; (.ph | IN("b", "e", "C", "i", "M")) and (.pid | type == "number") and
		(.tid | type == "number") and (.ts | type == "number") and (.name | type == "string") and
		(if .ph == "C" then (.args | type == "object") elif .ph == "i" then .s == "p"
		elif .ph == "M" then .args.name else true end) and
		(if .ph == "b" or .ph == "e" then (.id | test("^0x[0-9a-f]+$")) and .cat == "area" else true end))' \
		"$1" >/dev/null || fail "an event of $1 has not its form"
}
# areas FILE PID: how many there were.
areas() {
	jq "[.traceEvents[] | select(.ph == \"b\" and .pid == $2)] | length" "$1"
}

"$replay" --policy=first-fit,linux-6.12 --chrome="$tmp/c.json" --to=700 "$tmp/t" >/dev/null
check_pairs "$tmp/c.json"
expect "$(figure placements --to=700 "$tmp/t")" "$(areas "$tmp/c.json" 0)"
expect "$(areas "$tmp/c.json" 0)" "$(areas "$tmp/c.json" 1)"
expect '["first-fit","linux-6.12"]' "$(jq -c '[.traceEvents[] | select(.name == "process_name") | .args.name]' "$tmp/c.json")"
# Whichever thread takes which policy, the file is the same.
"$replay" --policy=first-fit,linux-6.12 --threads=1 --chrome="$tmp/c1.json" --to=700 "$tmp/t" >/dev/null
cmp "$tmp/c.json" "$tmp/c1.json"

# Names that JSON has to escape, page arrays, resizing in all ways, failures, purges; areas
# that were there at the begin, and such as are left at the end.
cat >"$tmp/ops" <<-'END'
	vmalloc a"b\c 64K
	vmalloc large 4M
	resize a"b\c 128K
	vmalloc c 64K
	resize a"b\c 256K
	resize a"b\c 0
	resize a"b\c 4K
	resize large 16M
	resize large 1M
	vmalloc huge 1G
	purge
	vfree large
END
"$replay" --vmalloc=64M --chrome="$tmp/c.json" "$tmp/ops" >/dev/null
check_pairs "$tmp/c.json"
expect '["failed: huge","purge"]' "$(jq -c '[.traceEvents[] | select(.ph == "i") | .name]' "$tmp/c.json")"
jq -e '.traceEvents | any(.name == "[pages:large]")' "$tmp/c.json" >/dev/null || fail "no page array"
"$replay" --vmalloc=64M --chrome="$tmp/c.json" --from=4 --to=5 "$tmp/ops" >/dev/null
check_pairs "$tmp/c.json"
expect 4 "$(jq '[.traceEvents[] | select(.ph == "b" and .ts == 4)] | length' "$tmp/c.json")"
expect 5 "$(jq '[.traceEvents[] | select(.ph == "e") | .ts] | max' "$tmp/c.json")"
"$replay" --load="$data/vmallocinfo-linux-6.1.txt" --chrome="$tmp/c.json" "$tmp/ops" >/dev/null 2>&1
check_pairs "$tmp/c.json"
jq -e '.traceEvents | any(.name | startswith("pcpu_create_chunk"))' "$tmp/c.json" >/dev/null || fail "no areas of the layout"
# Times are microseconds, where the trace has some.
"$replay" --chrome="$tmp/c.json" --policy=linux-6.1 "$tmp/ftrace" >/dev/null
check_pairs "$tmp/c.json"
expect 1 "$(jq '[.traceEvents[] | select(.ph == "b") | .ts][1]' "$tmp/c.json")"
"$replay" --chrome="$tmp/c.json" --at=0 "$tmp/t" >/dev/null
check_pairs "$tmp/c.json"
