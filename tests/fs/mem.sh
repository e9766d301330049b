#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dev/mem: physical memory.  A page table that is changed there has changed for all.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

random_file "$tmp/a" 8192
random_file "$tmp/b" 8192
cp "$tmp/a" a
cp "$tmp/b" b
frame() { echo $(($(pte "$(addr "$1")") & 0xffffffffff000)); }
same <(dd if=dev/mem bs=4096 skip=$(($(frame a) / 4096)) count=1 status=none) <(head -c 4096 a)
printf MEM | dd of=dev/mem bs=1 seek="$(frame a)" conv=notrunc status=none
is "$(head -c 3 a)" MEM

# All of RAM can be read, and nothing beyond.
is "$(dd if=dev/mem bs=1M status=none | wc -c)" $((64 << 20))
sys_is 0 pread dev/mem $((64 << 20)) 4096
sys_is 10 pread dev/mem $(((64 << 20) - 10)) 4096
expect_errno EFBIG append dev/mem 1 x
is "$(stat -c %b dev/mem)" 0 "blocks, as in Linux"

# Two PTEs swapped: those pages of the files are swapped, and no other.
cp a "$tmp/a"
pa=$(pte_addr "$(addr a)") pb=$(pte_addr "$(addr b)")
ea=$(phys_word "$pa") eb=$(phys_word "$pb")
set_word "$pa" "$eb"
set_word "$pb" "$ea"
same <(cat <(head -c 4096 "$tmp/b") <(tail -c 4096 "$tmp/a")) a
same <(cat <(head -c 4096 "$tmp/a") <(tail -c 4096 "$tmp/b")) b
set_word "$pa" "$ea"
set_word "$pb" "$eb"
same a "$tmp/a"

# A PTE without Present but not zero is a fault: EIO and a line in the log.
set_word "$pa" $((ea & ~1))
faults=$(wc -l <proc/kmsg)
expect_errno EIO pread a 0 4096
[ "$(wc -l <proc/kmsg)" -gt "$faults" ] || fail "the fault is not logged"
sys_is 4096 pread a 4096 4096
# Bytes before the fault count.
set_word "$pa" "$ea"
second=$(pte_addr "$(printf 0x%x $(($(addr a) + 4096)))")
e2=$(phys_word "$second")
set_word "$second" $((e2 & ~1))
sys_is 4096 pread a 0 8192
# A read-only PTE forbids the write and not the read.
set_word "$second" $((e2 & ~2))
sys_is 4096 pread a 4096 4096
expect_errno EIO pwrite a 4096 10 x
set_word "$second" "$e2"
same a "$tmp/a"

# The daemon survives any content of any table.
pmd_page=$(($(pte_addr "$(addr a)") & ~0xfff))
for word in 0 -1 0x1 0xfffffffffffff0ff 0x8000000000000080 0x63; do
	for ((i = 0; i < 4; i++)); do
		set_word $((pmd_page + i * 8)) $((word))
	done
	cat a b >/dev/null 2>&1 || true
	dd if=dev/kmem bs=1M iflag=skip_bytes skip="$(kmem_offset 0xffffc90000000000)" \
		count=1 status=none >/dev/null 2>&1 || true
	cat status proc/vmallocinfo proc/kmsg >/dev/null
done
cd /
stop_fs
