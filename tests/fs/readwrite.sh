#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads and writes at any offset do what they do to a plain file.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
random_file "$tmp/pool" 300000
: >"$tmp/plain"
: >"$mnt/a"

for ((i = 0; i < 150; i++)); do
	len=$((RANDOM % 20000 + 1))
	[ $((i % 4)) = 0 ] && len=$((RANDOM * 8 % 250000 + 1))
	off=$((RANDOM * 8 % 200000))
	[ $((i % 3)) = 0 ] && off=$((off / 4096 * 4096))
	for file in "$tmp/plain" "$mnt/a"; do
		dd if="$tmp/pool" of="$file" bs=$len count=1 seek=$off oflag=seek_bytes \
			conv=notrunc status=none
	done
	if [ $((i % 10)) = 9 ]; then
		size=$((RANDOM * 8 % 250000))
		truncate -s $size "$tmp/plain" "$mnt/a"
	fi
	is "$(stat -c %s "$mnt/a")" "$(stat -c %s "$tmp/plain")" "step $i: size"
	same "$tmp/plain" "$mnt/a"
done

# Pieces of odd sizes read the same.
for bs in 1K 4095 4096 4097 131072 1M; do
	dd if="$mnt/a" bs=$bs status=none | cmp - "$tmp/plain" || fail "read by $bs"
done

# Reads end at the end of the file.
printf 0123456789 >"$mnt/b"
sys_is 10 pread "$mnt/b" 0 4096
sys_is 3 pread "$mnt/b" 7 4096
sys_is 0 pread "$mnt/b" 10 1
sys_is 0 pread "$mnt/b" 4096 1
sys_is 0 pread "$mnt/b" 0x7fffffffffffe000 4096
sys_is 0 pwrite "$mnt/b" 5 0 x
is "$(cat "$mnt/b")" 0123456789

# A gap that a write leaves after the old end reads as zeros.
sys_is 1 pwrite "$mnt/b" 20000 1 x
is "$(stat -c %s "$mnt/b")" 20001
is "$(head -c 10 "$mnt/b")" 0123456789
head -c 20000 "$mnt/b" | tail -c +11 >"$tmp/gap"
all_bytes "$tmp/gap" '\0'
is "$(tail -c 1 "$mnt/b")" x

# Two files of the mount, in the kernel.
sys_is 10 copy_file_range "$mnt/b" "$mnt/a" 10
is "$(head -c 10 "$mnt/a")" 0123456789

stop_fs
