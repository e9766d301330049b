#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traces of kernels that never were: the literal model of the unit tests placed their
# areas, on one processor and on several, from boot and from the middle.
. "$(dirname "$0")/lib.sh"
model=$top_builddir/tests/replay/model_trace

# row ARG...: of the only policy: compared, same, followed_same, known, known_percent
# and what was learned of the start.
row() {
	"$replay" --csv --follow "$@" 2>"$tmp/err" |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
			NR == 2 { print $at["compared"], $at["same"], $at["followed_same"],
				  $at["followed_known"], $at["followed_known_percent"],
				  $at["followed_unseen_at_start_learned"] }'
}

for kernel in '6.1 1' '6.12 1' '6.12 2' '6.12 4' '6.12 16'; do
	read -r version cpus <<<"$kernel"
	# From boot on all is known: each address is said.
	"$model" "$version" "$cpus" 4000 >"$tmp/trace"
	n=$(grep -c alloc_vmap_area: "$tmp/trace")
	[ "$n" -gt 1500 ] || fail "$n placements"
	expect "$n $n $n $n 100.00 0" "$(row --policy="linux-$version" "$tmp/trace")"

	# From the middle on, with the list of that moment: neither pools nor the shape of
	# the tree is in it.
	"$model" "$version" "$cpus" 6000 "$tmp/list" >"$tmp/trace"
	grep -q unpurged "$tmp/list" || fail "nothing waits in the list"
	said=$(row --policy="linux-$version" --load="$tmp/list" "$tmp/trace")
	read -r n _ _ known percent learned <<<"$said"
	awk -v p="$percent" 'BEGIN { exit !(p >= 99) }' || fail "$kernel: $percent percent"
	[ "$known" -gt $((n * 9 / 10)) ] || fail "$kernel: of $n only $known were known"
	[ "$cpus" = 1 ] || [ "$learned" -gt 0 ] || fail "$kernel: nothing was learned of pools"

	# The list may come through a pipe, and the window from the command line.
	# shellcheck disable=SC2094 # it is read
	expect "$said" "$(row --policy="linux-$version" --load=<(cat "$tmp/list") "$tmp/trace")"
	expect "$said" "$(row --policy="linux-$version" --load="$tmp/list" \
		--vmalloc=0xffffc90000000000-0xffffc90010000000 "$tmp/trace")"
	expect "$said" "$(row --policy="linux-$version" --load="$tmp/list" --vmalloc=64M \
		"$tmp/trace")"
done

# Without lists and processors in the trace, and with a window of one's own: the range
# that processor 0 freed is in its pool, and processor 1 has to go elsewhere.
printf '%s\n' 'on 0' 'alloc a 4096' 'free a' purge 'on 1' 'alloc b 4096' >"$tmp/ops"
for window in 1M 0xffffa00000000000-0xffffa00000100000; do
	expect 8192 "$(figure peak_span --policy=linux-6.12 --vmalloc=$window "$tmp/ops")"
	expect 16384 "$(figure peak_span --policy=linux-6.12 --vmalloc=$window --cpus=2 "$tmp/ops")"
	sed 's/on 1/on 2/' "$tmp/ops" >"$tmp/modulo" # processor 0 again
	expect 8192 "$(figure peak_span --policy=linux-6.12 --vmalloc=$window --cpus=2 "$tmp/modulo")"
done
echo "0xffffa00000010000-0xffffa00000012000 8192 f+0x0/0x1 vmap" >"$tmp/list"
expect 16384 "$(figure peak_span --policy=linux-6.12 --load="$tmp/list" --cpus=2 \
	--vmalloc=0xffffa00000010000-0xffffa00000110000 "$tmp/ops" 2>"$tmp/err" | awk '{ print $1 - 8192 }')"
