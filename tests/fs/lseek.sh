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

# mem, kmem and kcore have holes where no area is, and where no frame was written.
kcore_head=$("$sys" lseek proc/kcore 0 SEEK_HOLE)
kmem_start=$(kmem_offset "$(addr a)")
expect_hole() { # ADDRESS-IN-KMEM: it is no data
	sys_is "$1" lseek dev/kmem "$1" SEEK_HOLE
	sys_is "$(($1 + kcore_head))" lseek proc/kcore "$(($1 + kcore_head))" SEEK_HOLE
}
expect_hole "$kmem_start"
printf x | dd of=a bs=1 seek=5000 conv=notrunc status=none
expect_hole "$kmem_start"
for file in dev/kmem proc/kcore; do
	start=$((kmem_start + (${#file} == 10 ? kcore_head : 0)))
	sys_is $((start + 4096)) lseek $file $start SEEK_DATA
	sys_is $((start + 5000)) lseek $file $((start + 5000)) SEEK_DATA
	sys_is $((start + 8192)) lseek $file $((start + 4096)) SEEK_HOLE
done
phys=$(($("$sys" getxattr a user.vmalloc.phys)))
written=$((phys + 4096)) # the second frame: frames of a fresh machine are in a row
sys_is $written lseek dev/mem $written SEEK_DATA
sys_is $((phys)) lseek dev/mem $phys SEEK_HOLE
direct=$(kmem_offset 0xffff888000000000)
sys_is $((direct + written)) lseek dev/kmem $((direct + written)) SEEK_DATA
sys_is $((direct + phys)) lseek dev/kmem $((direct + phys)) SEEK_HOLE
expect_errno ENXIO lseek dev/mem $((64 << 20)) SEEK_HOLE

# What a copy that follows them leaves out is zeros.
cp --sparse=auto dev/mem "$tmp/mem"
same dev/mem "$tmp/mem"
[ "$(stat -c %b "$tmp/mem")" -lt 8192 ] || fail "the copy has $(stat -c %b "$tmp/mem") blocks"
# Device memory is never data; a write of zeros is one.
truncate -s 8K ioremap/io
expect_hole "$(kmem_offset "$(addr ioremap/io)")"

# cp --sparse and friends rely on it.
random_file "$tmp/b" 50000
cp "$tmp/b" b
cp --sparse=always b c
same b c

cd /
stop_fs
