#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What does the alignment of ioremap() cost?  Sixteen areas of one size, first
# as memory and then as device memory.
. "$(dirname "$0")/lab.sh"

# extent PATTERN: bytes from the first of these areas to the end of the last.
extent() {
	awk -v pattern="^$1" '/^0x/ && $5 ~ pattern { split($1, a, "-"); print a[1], a[2] }' status |
		sed -n '1p;$p' | tr '\n' ' ' | {
		read -r first _ _ last
		echo $((last - first))
	}
}

boot memory=64M,vmalloc=1G
printf '%8s %9s %9s %9s %9s\n' size alignment vmalloc ioremap holes
for size in 4096 8192 12288 61440 65536 69632 1044480 1048576; do
	align=1
	while [ $align -le $size ]; do
		align=$((2 * align))
	done

	truncate -s $size $(seq -f 'file%02g' 16)
	memory=$(extent file)
	rm file*
	truncate -s $size $(seq -f 'ioremap/d%02g' 16)
	device=$(extent ioremap/d)
	rm ioremap/d*

	printf '%8d %9d %9d %9d %8d%%\n' "$size" "$align" "$memory" "$device" \
		$((100 * (device - memory) / device))
	case $size in
	65536) exact=$device ;;
	61440) below=$device ;;
	esac
	# vmalloc() packs them; ioremap() begins each at a multiple of the alignment.
	claim "$memory" = $((16 * (size + 4096)))
	claim "$device" = $((15 * align + size + 4096))
done

echo
echo "64 KiB take $exact bytes of address space, 60 KiB take $below."
claim "$exact" -gt $((19 * below / 10))
claim "$below" = $((16 * 65536))

echo
echo "What fits goes into the holes: 16 device areas of 64 KiB, then 15 files of 56 KiB."
truncate -s 64K $(seq -f 'ioremap/d%02g' 16)
device=$(extent ioremap/d)
truncate -s 56K $(seq -f 'file%02g' 15)
echo "From the first to the last: $device bytes before, $(extent '') after."
claim "$(extent '')" = "$device"
