#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which place is a good one?  One file under each policy; then two stories with
# alternating sizes, replayed under all of them.
. "$(dirname "$0")/lab.sh"

policies='first-fit next-fit best-fit worst-fit top-down'

# Five files, three of them gone: holes of 64, 32 and 48 KiB, and the rest.
echo 'Holes of 64K, 32K and 48K between files, then the rest. A file of 28K goes'
for policy in $policies; do
	boot memory=64M,vmalloc=1M
	truncate -s 60K hole1 && truncate -s 4K a
	truncate -s 28K hole2 && truncate -s 4K b
	truncate -s 44K hole3 && truncate -s 4K c
	rm hole*
	echo "$policy" >sys/kernel/mm/vmalloc/policy
	truncate -s 28K file
	at=$((($(addr file) - 0xffffc90000000000) / 1024))
	printf '%12s  to %4dK\n' "$policy" $at
	case $policy in
	first-fit) claim $at = 0 ;;	# the lowest
	best-fit) claim $at = 72 ;;	# the smallest, which it fills
	next-fit) claim $at = 168 ;;	# above c, which was placed last
	worst-fit) claim $at = 168 ;;	# the largest: the rest
	top-down) claim $at -gt 900 ;;	# the end of the window
	esac
done

# table SIZE: replays the story in a window of that size under all policies,
# prints a table, and remembers failures and peaks, in pages, by policy.
declare -A failures=() peak=()
table() {
	local policy placed failed span mean
	printf '%12s %10s %10s %10s %12s\n' policy placements failures 'peak span' 'mean fragm.'
	"$replay" --policy=all --lazy=0 --vmalloc="$1" --csv "$lab/story.ops" >"$lab/csv"
	while read -r policy placed failed span mean; do
		failures[$policy]=$failed
		peak[$policy]=$((span / 4096))
		printf '%12s %10d %10d %9dK %12.4f\n' "$policy" "$placed" "$failed" \
			$((span / 1024)) "$mean"
	done < <(columns policy placements failures peak_span span_fragmentation_mean <"$lab/csv")
}

# Small and large in turns.  A small area stays for 100 rounds, a large one for 8.
awk 'BEGIN {
	for (i = 0; i < 2000; i++) {
		if (i >= 100)
			print "free small" i - 100
		print "alloc small" i, 4096
		if (i >= 8)
			print "free large" i - 8
		print "alloc large" i, 61440
	}
}' >"$lab/story.ops"
printf '\nIn turns 4K, which stays long, and 60K, which does not; window of 4M:\n'
table 4M
for policy in first-fit best-fit top-down; do
	claim "${peak[$policy]}" = $((100 * 2 + 8 * 16)) # as much as lives at a time: no waste
done
claim "${peak[next-fit]}" -gt $((3 * peak[first-fit]))
claim "${peak[worst-fit]}" -gt $((3 * peak[first-fit]))

# 120 names; one after the other goes and comes, in turns 4K and 16K to 124K.
# The numbers are random, and always the same.
awk 'function random(n) {
	seed = seed * 16807 % 2147483647
	return seed % n
}
BEGIN {
	seed = 1
	for (i = 0; i < 20000; i++) {
		name = random(120)
		if (name in live)
			print "free n" name
		live[name]
		print "alloc n" name, i % 2 ? 4096 : 4096 * (4 + random(28))
	}
}' >"$lab/story.ops"
printf '\nIn turns 4K and 16K to 124K, in any order; window of 6M:\n'
table 6M
claim "${failures[best-fit]}" -lt "${failures[first-fit]}"
claim "${failures[first-fit]}" -lt "${failures[next-fit]}"
claim "${failures[next-fit]}" -lt "${failures[worst-fit]}"
claim "${failures[top-down]}" = "${failures[first-fit]}" # the same, seen from above
