#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# After a flush a processor's load finds the frame that libaddrxlat finds over dev/mem, with
# three levels, with four and with five, whatever the tables hold.
. "$(dirname "$0")/lib.sh"
[ -x "$top_builddir/tests/fs/tlb_walk" ] || skip "this needs libkdumpfile"

for levels in 3 4 5; do
	case $levels in
	3) arch=x86-pae direct=0xc0000000 ;;
	4) arch=x86-64 direct=0xffff888000000000 ;;
	5) arch=x86-64-5 direct=0xff11000000000000 ;;
	esac
	start_fs -o "memory=64M,arch=$arch"
	for size in 4K 70K 2M 4100K; do
		truncate -s $size "$mnt/a$size"
	done
	truncate -s 40K "$mnt/ioremap/io"
	seq 10000 >"$mnt/a70K"
	start=$(addr a4K)
	told=$("$top_builddir/tests/fs/tlb_walk" "$mnt" $levels "${TLB_WALK_ROUNDS:-500}" $RANDOM \
		"$start" "$(addr a70K)" "$(addr a2M)" "$(addr ioremap/io)" $direct \
		$((direct + 0x1000000)))
	# Each of the outcomes must have been there, or nothing was compared.
	read -r both _ absent _ _ reserved _ <<<"$told"
	[ "$both" -gt 50 ] && [ "$absent" -gt 20 ] && [ "$reserved" -gt 5 ] || fail "$told"
	is "$(knob check | tail -n 1)" ok
	stop_fs
done
