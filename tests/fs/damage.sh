#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random words written over some of all frames while files are in use: the
# daemon lives, everything can be looked at, removed and unmounted.
. "$(dirname "$0")/lib.sh"

for round in 1 2 3; do
	start_fs -o memory=16M
	cd "$mnt"
	for ((i = 0; i < 40; i++)); do
		truncate -s $((i * 3000 + 1)) f$i vmalloc_user/u$i vmalloc_32/l$i
		ln f$i vmap/x$i
	done
	truncate -s 4M big
	truncate -s 1M ioremap/i

	# In use meanwhile, with whatever errors that gives.
	while :; do
		cat f* vmalloc_user/* vmap/* big >/dev/null
		echo more >>f1
		cat status proc/vmallocinfo proc/kmsg >/dev/null
		[ ! -e "$tmp/enough" ] || break
	done 2>/dev/null &
	user=$!

	# 1 % of the frames, wherever; and each of the tables, somewhere.
	frames=$((16 * 256))
	for ((i = 0; i < frames / 100; i++)); do
		dd if=/dev/urandom of=dev/mem bs=4096 count=1 conv=notrunc status=none \
			seek=$((1 + (RANDOM * 32768 + RANDOM) % (frames - 1)))
	done 2>/dev/null
	for ((pfn = 1; pfn < 40; pfn++)); do
		dd if=/dev/urandom of=dev/mem bs=8 count=1 conv=notrunc status=none \
			seek=$((pfn * 512 + RANDOM % 512))
	done 2>/dev/null
	: >"$tmp/enough"
	wait $user || true
	rm "$tmp/enough"

	knob check >/dev/null
	knob vfree 0xffffc90000000000 || true
	cat status proc/vmallocinfo proc/kmsg >/dev/null
	knob check >/dev/null
	rm f* vmalloc_user/* vmalloc_32/* vmap/* ioremap/* big
	is "$(find . -type f -size +0 ! -path './proc/*' ! -path './dev/*' ! -name 'status*' ! -name 'map.*' | wc -l)" 0
	cd /
	stop_fs
done
