#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Out of frames: ENOMEM; what was written stays, and what the failed call took goes back.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=16M
cd "$mnt"
idle=$(idle_frames)
held() { awk '/^0x/ { n += $3 } END { print n + 0 }' status; }

: >a
for size in 0x7000000000000000 0x7fffffffffffffff 0x1000000000000 17000000; do
	expect_errno ENOMEM truncate a $size
	expect_errno ENOMEM ftruncate a $size
done
expect_errno ENOMEM pwrite a 0x4000000000000000 10 x
expect_errno ENOMEM pwrite a 0x7ffffffffffff000 4095 x
expect_errno EINVAL pwrite a 0x7fffffffffffffff 10 x # by the kernel itself
is "$(stat -c %s a)" 0
is "$(key areas)" 0
is "$(idle_frames)" "$idle"

# In the middle of a long write.
random_file "$tmp/big" 20000000
for bs in 1M 100000; do
	dd if="$tmp/big" of=a bs=$bs status=none 2>"$tmp/err" && fail "20 MB fit into 16 MiB"
	size=$(stat -c %s a)
	[ "$size" -gt 8000000 ] || fail "only $size bytes were written"
	cmp -n "$size" "$tmp/big" a
	is "$(pages a)" $(((size + 4095) / 4096))
	is $(($(idle_frames) + $(held))) "$idle" "frames of the failed step"

	# Every frame that is left can be had, by one page at a time.
	i=0
	while sys_call append a 4096 x && [ "$got" = 4096 ]; do
		i=$((i + 1))
		[ $i -lt 5000 ] || fail "no end"
	done
	cmp -n "$size" "$tmp/big" a
	is $(($(idle_frames) + $(held))) "$idle"
	: >b
	expect_errno ENOMEM truncate b 16000000
	is "$(cat status | grep -c '^areas:')" 1
	rm a b
	is "$(idle_frames)" "$idle" "all frames are back"
done

# It works again.
head -c 8000000 "$tmp/big" >a
head -c 8000000 "$tmp/big" | cmp - a
rm a
is "$(idle_frames)" "$idle"
cd /
stop_fs
