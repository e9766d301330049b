#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Out of address space: ENOSPC, the kernel's own line in the log, and nothing is lost.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=1M
cd "$mnt"
message='allocation failed: out of vmalloc space - use vmalloc=<size> to increase size.'

: >big
expect_errno ENOSPC truncate big 2097152
is "$(logged "$message")" 1
is "$(stat -c %s big)" 0
rm big

# Fifteen areas of 64 KiB; the window's last page keeps out a sixteenth.
for ((i = 0; i < 15; i++)); do
	random_file "$tmp/$i" 61440
	cp "$tmp/$i" f$i
done
: >more
expect_errno ENOSPC truncate more 61440
sys_is 0 truncate more 57344
rm more

# Every other one removed: half a megabyte is free, 64 KiB at a time.
for ((i = 1; i < 15; i += 2)); do
	rm f$i
done
idle=$(idle_frames)
: >more
before=$(logged "$message")
expect_errno ENOSPC truncate more 65536
is "$(logged "$message")" $((before + 1))
expect_errno ENOSPC pwrite more 0 100000 x
is "$(stat -c %s more)" 0
is "$(key largest_hole)" 65536
is "$(idle_frames)" "$idle"

# A file that cannot grow keeps what it has.
expect_errno ENOSPC truncate f0 200000
same f0 "$tmp/0"
is "$(addr f0)" 0xffffc90000000000
expect_errno ENOSPC append f0 200000 x
same f0 "$tmp/0"
for ((i = 0; i < 15; i += 2)); do
	same f$i "$tmp/$i"
done
is "$(idle_frames)" "$idle"

# Ten such lines in five seconds are enough.
for ((i = 0; i < 30; i++)); do
	expect_errno ENOSPC truncate more 65536
done
[ "$(logged "$message")" -le 20 ] || fail "not rate-limited"

cd /
stop_fs
