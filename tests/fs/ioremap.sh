#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ioremap/NAME: a mapping of simulated device memory above RAM.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
idle=$(idle_frames)

truncate -s 4K ioremap/a
truncate -s 100000 ioremap/b
is "$(flags ioremap/a)" ioremap
is "$(pages ioremap/a)" 0
is "$(stat -c %s ioremap/b)" 100000

# Aligned to 2^fls(size): two pages for one page, 128K for 100000 bytes.
is $(($(addr ioremap/a) % 8192)) 0
is $(($(addr ioremap/b) % 131072)) 0

# Each has a range of its own, above RAM.
phys() { sed -n "s,.* ioremap/$1+.*phys=\(0x[0-9a-f]*\) ioremap.*,\1,p" proc/vmallocinfo; }
[ $(($(phys a))) -ge $((64 << 20)) ] || fail "a lies in RAM"
[ $(($(phys b))) -ge $(($(phys a) + 4096)) ] || [ $(($(phys b) + 100000)) -le $(($(phys a))) ] ||
	fail "a and b overlap"

# Its PTEs name that range, not cached (PCD).
entry=$(pte "$(addr ioremap/b)")
is "$(printf 0x%016x $((entry & 0xffffffffff000)))" "$(phys b)"
is $((entry & 0x11)) $((0x11)) "present and uncached"

# Reads are zeros, writes are swallowed.
all_bytes ioremap/b '\0'
sys_is 100000 pwrite ioremap/b 0 100000 x
all_bytes ioremap/b '\0'
is "$(stat -c %s ioremap/b)" 100000
is "$(idle_frames)" "$idle" "no frames"

truncate -s 200000 ioremap/b
is "$(stat -c %s ioremap/b)" 200000
is "$(flags ioremap/b)" ioremap
truncate -s 0 ioremap/b
is "$(row ioremap/b)" ""
rm ioremap/a ioremap/b
is "$(key areas)" 0

cd /
stop_fs
