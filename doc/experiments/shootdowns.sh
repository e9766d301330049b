#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does a vfree cost in TLB flushes, at once and lazily, on 1, 2, 4 and 16
# processors?  An area of 60 KiB, 16 pages with its guard, is made and freed 4096 times.
. "$(dirname "$0")/lab.sh"

knobs=sys/kernel/mm/vmalloc
frees=4096

for ((i = 0; i < frees; i++)); do
	echo vmalloc f 60K
	echo vfree f
done >"$lab/story"

# each NUMBER: for one of the areas, to four places.
each() { printf '%d.%04d' $(($1 / frees)) $(($1 % frees * 10000 / frees)); }

printf '%10s %-14s %8s %10s %12s\n' processors freeing flushes shootdowns 'each vfree'
for cpus in 1 2 4 16; do
	for lazy in 0 max; do
		boot memory=64M,vmalloc=1G,cpus=$cpus
		case $lazy in
		max) echo linux-6.1 >$knobs/policy ;; # as many as Linux lets wait
		*) echo 0 >$knobs/lazy_max_pages ;;
		esac
		read -r pages <$knobs/lazy_max_pages
		cat "$lab/story" >ctl
		read -r flushes <$knobs/nr_tlb_flush
		read -r shootdowns <$knobs/tlb_shootdowns
		printf '%10d %-14s %8d %10d %12s\n' $cpus \
			"$([ "$pages" = 0 ] && echo at once || echo "$pages pages wait")" \
			"$flushes" "$shootdowns" "$(each "$shootdowns")"

		# Each flush interrupts all other processors; a purge takes all that wait.
		claim "$shootdowns" = $((flushes * (cpus - 1)))
		claim "$flushes" = $((pages ? frees / (pages / 16 + 1) : frees))
	done
done
