#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does lazy freeing cost in address space?  A file of 60 KiB, 16 pages with
# its guard, is made and removed 100 times; then a longer story is replayed.
. "$(dirname "$0")/lab.sh"

knobs=sys/kernel/mm/vmalloc

printf '%14s %14s %10s %8s\n' lazy_max_pages 'places used' 'span' purges
for lazy in 0 64 256 1024; do
	boot memory=64M,vmalloc=64M
	echo $lazy >$knobs/lazy_max_pages
	purges=0 places=
	for ((i = 0; i < 100; i++)); do
		truncate -s 60K f
		places+=$(addr f)$'\n'
		rm f
		read -r waiting <$knobs/nr_lazy
		[ "$waiting" != 0 ] || purges=$((purges + 1))
	done
	used=$(printf '%s' "$places" | sort -u | wc -l)
	printf '%14d %14d %9dK %8d\n' $lazy "$used" $((64 * used)) $purges

	# So many wait until the next one is more than lazy_max_pages.
	claim "$used" = $((lazy / 16 + 1))
	claim $purges = $((100 / used))
done

# A kernel of its age: 60 areas live at any time, of 4 to 128 KiB, and one after
# the other goes and another comes.  The numbers are random, and always the same.
awk 'function random(n) {
	seed = seed * 16807 % 2147483647
	return seed % n
}
BEGIN {
	seed = 1
	for (i = 0; i < 20000; i++) {
		name = random(60)
		if (name in live)
			print "free n" name
		live[name]
		print "alloc n" name, 4096 * (1 + random(32))
	}
}' >"$lab/story.ops"

printf '\n%14s %10s %10s %12s\n' lazy_max_pages 'peak busy' 'peak span' 'mean fragm.'
before=0
for lazy in 0 256 1024 4096 32768; do
	"$replay" --lazy=$lazy --csv "$lab/story.ops" >"$lab/csv"
	read -r busy span mean < <(columns peak_busy peak_span span_fragmentation_mean <"$lab/csv")
	printf '%14d %9dK %9dK %12.4f\n' $lazy $((busy / 1024)) $((span / 1024)) "$mean"
	claim "$span" -gt "$before"
	claim "$span" -gt $((4096 * lazy))
	before=$span
done
