#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What do guard pages cost?  The same 1 MiB, asked for in areas of one size.
. "$(dirname "$0")/lab.sh"

boot memory=64M,vmalloc=8M
total=$((1024 * 1024))

printf '%8s %6s %9s %9s %9s\n' size areas mapped guards overhead
for size in 4096 8192 16384 65536 262144 1048576; do
	n=$((total / size))
	truncate -s $size $(seq -f 'f%g' $n)
	mapped=$(key mapped) guards=$(key guards)
	printf '%8d %6d %9d %9d %8d%%\n' $size "$n" "$mapped" "$guards" $((100 * guards / mapped))
	claim "$guards" = $((n * 4096))
	claim "$mapped" = $total
	rm f*
done

# Frames that are free or could be: page tables come and go.
idle() {
	echo $(($(key free_frames) + $(key page_table_frames)))
}

boot memory=64M,vmalloc=1M
before=$(idle)
n=0
while truncate -s 4K "f$n" 2>/dev/null; do
	n=$((n + 1))
done
used=$((before - $(idle)))
printf '\nIn 1 MiB of address space, 256 pages, there is room for %d areas of one page.\n' $n
echo "They have $used frames: a guard has none."
# The last page of the window is never used.
claim $n = $((255 / 2))
claim $used = $n
