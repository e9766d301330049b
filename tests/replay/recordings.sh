#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a real kernel was recorded to do, in all formats: the same places.
. "$(dirname "$0")/lib.sh"

n=$(grep -c ^alloc "$placement")
expect "$n/$n" "$(same "$placement")"
m=$(grep -c ^alloc "$lazy")
expect "$m/$m" "$(same --lazy=$high "$lazy")"

# The test can fail: if ranges are freed at once, or under another policy, areas come to
# lie elsewhere.
[ "$(same "$lazy")" != "$m/$m" ] || fail "lazily freed or not makes no difference"
[ "$(same --policy=best-fit "$placement")" != "$n/$n" ] || fail "policies make no difference"

for format in ftrace perf; do
	as_kernel $format 0 <"$placement" >"$tmp/placement.$format"
	expect "$n/$n" "$(same "$tmp/placement.$format")"
	expect 0 "$(problem junk_lines "$tmp/placement.$format")"
	# A kernel that frees lazily says so in each event, and when it purges.
	as_kernel $format 32768 <"$lazy" >"$tmp/lazy.$format"
	expect "$m/$m" "$(same "$tmp/lazy.$format")"
	expect "$m/$m" "$(same --lazy=$high "$tmp/lazy.$format")"
	[ "$(same --lazy=0 "$tmp/lazy.$format")" != "$m/$m" ] || fail "--lazy=0 changes nothing"
done

# The whole table says so too.
"$replay" "$placement" >"$tmp/table"
grep -q "^first-fit: $n of $n as in the trace (100.00 %)\$" "$tmp/table" ||
	fail "the table does not say it: $(cat "$tmp/table")"

# On top of a real layout, nothing lies where it was recorded in an empty window.
expect "0/$n" "$(same --load="$data/vmallocinfo-linux-6.1.txt" "$placement")"
