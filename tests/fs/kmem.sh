#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dev/kmem: kernel virtual memory at address & 0x7fffffffffff.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

random_file "$tmp/a" 10000
cp "$tmp/a" a
truncate -s 4K b
printf tail >b
same <(kmem "$(addr a)" 10000) a

# The guard between a and b reads as zeros and counts.
kmem "$(addr a)" 20480 >"$tmp/both"
is "$(wc -c <"$tmp/both")" 20480 "up to the last payload"
cmp -n 10000 "$tmp/both" a
head -c 16384 "$tmp/both" | tail -c +10001 >"$tmp/between"
all_bytes "$tmp/between" '\0'

# A write to kmem shows in the file at once.
printf KMEM | dd of=dev/kmem bs=4 count=1 conv=notrunc status=none oflag=seek_bytes \
	seek="$(kmem_offset $(($(addr a) + 5000)))"
is "$(head -c 5004 a | tail -c 4)" KMEM

# Beyond the last area there is nothing: end of file.
end=$(row b | cut -d' ' -f1 | cut -d- -f2)
sys_is 0 pread dev/kmem "$(kmem_offset "$end")" 4096
sys_is 0 pread dev/kmem "$(kmem_offset 0xffffe8fffffff000)" 4096

# The direct map is RAM; elsewhere there is no memory.
phys=$(($("$sys" getxattr a user.vmalloc.phys)))
same <(kmem $((0xffff888000000000 + phys)) 4096) <(head -c 4096 a)
printf DIRECT | dd of=dev/kmem bs=6 count=1 conv=notrunc status=none oflag=seek_bytes \
	seek="$(kmem_offset $((0xffff888000000000 + phys)))"
is "$(head -c 6 a)" DIRECT
sys_is 64 pread dev/kmem "$(kmem_offset 0xffffea0000000000)" 64
expect_errno ENXIO pread dev/kmem 0 4096
expect_errno ENXIO pwrite dev/kmem 0 1 x
expect_errno ENXIO pwrite dev/kmem "$(kmem_offset 0xffffea0000000000)" 8 x
sys_is $((1 << 47)) stat dev/kmem size
is "$(stat -c %b dev/kmem)" 0 "blocks, as in Linux"

cd /
stop_fs
