#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SEEK_DATA and SEEK_HOLE: an area is data up to its end.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

truncate -s 10000 a
sys_is 0 lseek a 0 SEEK_DATA
sys_is 5000 lseek a 5000 SEEK_DATA
sys_is 10000 lseek a 0 SEEK_HOLE
sys_is 10000 lseek a 9999 SEEK_HOLE
expect_errno ENXIO lseek a 10000 SEEK_DATA
expect_errno ENXIO lseek a 10000 SEEK_HOLE
expect_errno ENXIO lseek a 20000 SEEK_DATA
sys_is 9990 lseek a -10 SEEK_END
expect_errno EINVAL lseek a -1 SEEK_SET
: >empty
expect_errno ENXIO lseek empty 0 SEEK_DATA

# kmem has holes where no area is.
kmem_start=$(kmem_offset 0xffffc90000000000)
sys_is "$kmem_start" lseek dev/kmem "$kmem_start" SEEK_DATA
sys_is 0 lseek dev/mem 0 SEEK_DATA

# cp --sparse and friends rely on it.
random_file "$tmp/b" 50000
cp "$tmp/b" b
cp --sparse=always b c
same b c

cd /
stop_fs
