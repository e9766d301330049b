#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What do pools do to fragmentation?  One story on 1, 2, 4 and 16 processors, in a
# window that is large enough and in one that is not.
. "$(dirname "$0")/lab.sh"

# 200 areas live at any time, of 4 to 64 KiB, and one after the other goes and another
# comes, each on any of 16 processors; a machine with fewer takes the number modulo
# theirs.  The numbers are random, and always the same.
awk 'function random(n) {
	seed = seed * 16807 % 2147483647
	return seed % n
}
BEGIN {
	seed = 1
	for (i = 0; i < 20000; i++) {
		name = random(200)
		print "on", random(16)
		if (name in live)
			print "free n" name
		live[name]
		print "alloc n" name, 4096 * (1 + random(16))
	}
}' >"$lab/story.ops"

# replay POLICY CPUS WINDOW: as many pages may wait everywhere, so that pools alone differ.
replay() {
	"$replay" --policy="$1" --cpus="$2" --vmalloc="$3" --lazy=1024 --csv "$lab/story.ops" |
		columns failures peak_busy peak_span most_holes span_fragmentation_mean
}

printf '%12s %6s %10s %10s %8s %12s %16s\n' policy cpus 'peak busy' 'peak span' holes \
	'mean fragm.' 'failures in 9M'
before=0
for machine in 'linux-6.1 1' 'linux-6.12 1' 'linux-6.12 2' 'linux-6.12 4' 'linux-6.12 16'; do
	read -r policy cpus <<<"$machine"
	read -r failed busy span holes mean < <(replay "$policy" "$cpus" 64M)
	claim "$failed" = 0
	read -r failed _ < <(replay "$policy" "$cpus" 9M)
	printf '%12s %6d %9dK %9dK %8d %12.4f %16d\n' "$policy" "$cpus" $((busy / 1024)) \
		$((span / 1024)) "$holes" "$mean" "$failed"
	claim "$busy" -ge "$before" # what pools keep is on top of what is used
	before=$busy
	claim "$failed" = 39 # never because of pools: they are emptied first
done
