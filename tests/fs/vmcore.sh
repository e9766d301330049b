#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/vmcore: the machine at the moment of the open, in an ELF core file.
. "$(dirname "$0")/lib.sh"
requires readelf --version
start_fs -o memory=256M,nodes=2
cd "$mnt"

# An empty machine takes little room.
cp proc/vmcore "$tmp/empty"
[ "$(stat -c %s "$tmp/empty")" -lt 262144 ] || fail "an empty machine takes $(stat -c %s "$tmp/empty")"
is "$(stat -c '%a' proc/vmcore)" 400
for flags in O_WRONLY O_RDWR 'O_WRONLY|O_APPEND' 'O_WRONLY|O_TRUNC'; do
	expect_errno EACCES open proc/vmcore "$flags"
done
expect_errno EPERM truncate proc/vmcore 0

random_file "$tmp/a" 3000000
cp "$tmp/a" a
cp "$tmp/a" vmalloc_user/u
ln a vmap/twin
truncate -s 5M untouched
truncate -s 64K ioremap/io
for i in 1 2 3 4 5 6; do
	printf %3000d $i >small-$i
done
rm small-3 small-5

# An open is a moment: what is done afterwards does not change what it reads.
cp proc/vmcore "$tmp/before"
exec 7<proc/vmcore
size=$(stat -c %s proc/vmcore)
cp "$tmp/a" b
head -c 3000000 /dev/zero >a
rm small-4
truncate -s 1000 vmalloc_user/u
cat <&7 >"$tmp/during"
same "$tmp/during" "$tmp/before"
is "$(stat -c %s "$tmp/during")" "$size" "the size that stat says of the open"
is "$(checksum a)" "$(head -c 3000000 /dev/zero | checksum /dev/stdin)"
rm b
exec 7<&-

# Two at a time and no third.
exec 7<proc/vmcore 8<proc/vmcore
expect_errno EBUSY open proc/vmcore O_RDONLY
exec 7<&-
ok open proc/vmcore O_RDONLY
exec 8<&-

# Size: the frames in use, the pages of the vmemmap, 56 bytes a segment, 64K.
cp "$tmp/a" a
frames=$(($(key frames) - $(key free_frames)))
cp proc/vmcore "$tmp/m"
segments=$(readelf -hW "$tmp/m" | awk '/Number of program headers/ { print $5 }')
size=$(stat -c %s "$tmp/m")
[ "$size" -le $((frames * 4096 + 65536 + segments * 56)) ] || fail "size $size, $frames frames"
# Frames that were never written are holes, for cp and for tar.
[ $(($(stat -c %b "$tmp/m") * 512)) -lt $((size - 5000000)) ] || fail "no holes"
hole=$("$sys" lseek proc/vmcore 0 SEEK_HOLE)
[ "$hole" -lt "$size" ] || fail "SEEK_HOLE"
sys_is "$hole" lseek proc/vmcore "$hole" SEEK_HOLE
data=$("$sys" lseek proc/vmcore "$hole" SEEK_DATA)
[ "$data" -gt "$hole" ] || fail "SEEK_DATA"
all_bytes <(tail -c +$((hole + 1)) "$tmp/m" | head -c $((data - hole))) '\0'
cp --sparse=always proc/vmcore "$tmp/sparse"
same "$tmp/sparse" "$tmp/m"
tar -C proc -Scf "$tmp/t.tar" vmcore
tar -C "$tmp" -xf "$tmp/t.tar"
same "$tmp/vmcore" "$tmp/m"
if command -v zstd >/dev/null; then
	zstd -q <proc/vmcore | zstd -dq >"$tmp/z"
	same "$tmp/z" "$tmp/m"
fi

# readelf has nothing to complain of; each frame in use is there once by its address.
readelf -hlnW "$tmp/m" >"$tmp/elf" 2>"$tmp/warnings"
[ -s "$tmp/warnings" ] && fail "readelf: $(cat "$tmp/warnings")"
direct=0
while read -r type _ _ phys size _; do
	[ "$type" = LOAD ] && [ "$phys" != 0xffffffffffffffff ] && direct=$((direct + size / 4096))
done <"$tmp/elf"
is "$direct" "$frames" "frames in use"

# It has the build ID of proc/vmlinux, or else gdb would look for one in each segment.
if [ -e proc/vmlinux ]; then
	readelf -n proc/vmlinux >"$tmp/vmlinux-notes"
	is "$(grep -o 'Build ID: .*' "$tmp/elf")" "$(grep -o 'Build ID: .*' "$tmp/vmlinux-notes")"
fi

# gdb and drgn.
if command -v gdb >/dev/null; then
	is "$(gdb -q -batch -nx -ex "x/2gx $(addr a)" -c "$tmp/m" 2>/dev/null | tail -1 | cut -f2-)" \
		"$(od -An -t x8 -N 16 a | sed -E 's/ ([0-9a-f]+) ([0-9a-f]+)/0x\1\t0x\2/')" gdb
fi
if command -v drgn >/dev/null; then
	phys=$(($("$sys" getxattr a user.vmalloc.phys)))
	cat >"$tmp/ask.py" <<'EOT'
import re
import sys

from _drgn import _linux_helper_read_vm

name, addr, phys, a = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3]), open(sys.argv[4], "rb").read()
root = int(re.search(rb"\nSYMBOL\(swapper_pg_dir\)=([0-9a-f]+)\n", open(name, "rb").read())[1], 16)
assert prog.read(addr, len(a)) == a, "by virtual address"
assert prog.read(phys, 4096, physical=True) == a[:4096], "by physical address"
assert _linux_helper_read_vm(prog, root, addr, len(a)) == a, "by the page tables"
EOT
	drgn -q -c "$tmp/m" "$tmp/ask.py" "$tmp/m" "$(addr a)" $phys "$tmp/a" 2>"$tmp/drgn" ||
		fail "drgn: $(cat "$tmp/drgn")"
fi

cd /
stop_fs

# A save that would take more of the host's memory than there may be ends; the
# program that writes goes on.
start_fs -o memory=64M,hostmem=24M
cd "$mnt"
random_file "$tmp/half" 16000000
cp "$tmp/half" half
exec 7<proc/vmcore
head -c 16000000 /dev/zero | dd of=half bs=1M conv=notrunc status=none
got=$(cat <&7 2>&1 >/dev/null) && fail "a save past the limit"
[[ $got = *"Input/output error"* ]] || fail "EIO: $got"
is "$(logged 'a save ends')" 1
exec 7<&-
same half <(head -c 16000000 /dev/zero)
truncate -s 1M half
cp proc/vmcore "$tmp/again"
cd /
stop_fs

# 16 TiB: the direct map alone has 33 table frames.
start_fs -o memory=16T
cp "$mnt/proc/vmcore" "$tmp/huge"
[ "$(stat -c %s "$tmp/huge")" -lt 524288 ] || fail "an empty machine of 16T takes $(stat -c %s "$tmp/huge")"
stop_fs
