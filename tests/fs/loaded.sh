#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# loaded/: each area of a layout is a file, to read, to link and to remove, and one
# of a dump has the dump's bytes.
. "$(dirname "$0")/lib.sh"
requires getfattr --version
refused() {
	! "$@" 2>/dev/null || fail "$* worked"
}
none() {
	! grep "$@" || fail "grep $* found it"
}
dumps=$top_srcdir/tests/data/dump
list=$dumps/6.1-kaslr.vmallocinfo.txt
stack=loaded/0xffffd4a4000b0000-kernel_clone

start_fs -o "load=$list"
cd "$mnt"
cmp proc/vmallocinfo "$list"
[ "$(ls loaded | wc -l)" = 104 ]
[ "$(stat -c '%s %b %a' "$stack")" = "16384 32 600" ]
[ "$(getfattr --only-values -n user.vmalloc.addr "$stack")" = 0xffffd4a4000b0000 ]

# Without frames it is one hole.
bare=$(ls -d loaded/*-irq_init_percpu_irqstack)
[ "$(stat -c '%s %b' "$bare")" = "16384 0" ]

# Such files are written and read as any area; none can be made, renamed or grown.
echo hello | dd of="$stack" conv=notrunc status=none
[ "$(head -c 5 "$stack")" = hello ]
refused touch loaded/new
refused truncate -s 1M "$stack"
refused truncate -s 0 "$stack"
refused mv "$stack" loaded/other
refused ln "$stack" loaded/other
cmp proc/vmallocinfo "$list"

# (A freed range waits here, as it did there.)  A twin by vmap() keeps the frames after the
# area is gone.
ln "$stack" vmap/twin
rm "$stack"
[ "$(head -c 5 vmap/twin)" = hello ]
none -q '^0xffffd4a4000b0000-.*kernel_clone' proc/vmallocinfo
[ "$(ls loaded | wc -l)" = 103 ]

# While it is open, an area that was removed stays, with the caller that it has.
other=loaded/0xffffd4a4000b8000-kernel_clone
exec 5<"$other"
rm "$other"
grep -q '^0xffffd4a4000b8000-.*kernel_clone+0x' proc/vmallocinfo
exec 5<&-

# vfree by address takes the file's area away.
third=$(ls -d loaded/*-kernel_clone | tail -n 1)
addr=${third#loaded/}
echo "${addr%%-*}" >sys/kernel/mm/vmalloc/vfree
none -q "^${addr%%-*}-.*kernel_clone" proc/vmallocinfo
echo reset >ctl
[ "$(ls loaded | wc -l)" = 0 ]
grep -q '^areas: 0$' status
[ "$(cat sys/kernel/mm/vmalloc/check)" = ok ]
cd /
stop_fs

# As it is and packed: the same list, and the bytes, which come when they are asked for. The fixture has those of the modules' symbols.
"$vmallocfs" --version >"$tmp/version"
if ! grep -q '^crash dumps: read, ' "$tmp/version"; then
	exit 0
fi
requires zstd --version
zstd -dq "$dumps/6.1-kaslr.elf.zst" -o "$tmp/plain"
for dump in "$tmp/plain" "$dumps/6.1-kaslr.elf.zst"; do
	start_fs -o "load=$dump"
	cd "$mnt"
	cmp proc/vmallocinfo "$list"
	[ "$(ls loaded | wc -l)" = 104 ]
	# A per-CPU area owns no pages, and is mapped by leaves of 2 MiB.
	grep -q '^0x.* 4M .*RW  *PSE .*pmd$\|^0x.*2M .*RW .*PSE .*pmd$' \
		sys/kernel/debug/page_tables/kernel
	cat loaded/*-load_module | tr -d '\0' >"$tmp/modules"
	grep -qa vmops_write "$tmp/modules"
	grep -q 'pages have the bytes of the dump' proc/kmsg
	none -q 'does not have frame' proc/kmsg
	[ "$(cat sys/kernel/mm/vmalloc/check)" = ok ]
	cd /
	stop_fs
done

# 6.12 with four processors has four lists.  One stack was freed between list and dump.
list=$dumps/6.12-smp4.vmallocinfo.txt
start_fs -o "load=$dumps/6.12-smp4.elf.zst"
cd "$mnt"
[ "$(diff "$list" proc/vmallocinfo | grep -c '^[<>]')" = 2 ]
[ "$(diff "$list" proc/vmallocinfo | grep -c '^> 0xffffd379403b8000-.*unpurged')" = 1 ]
cd /
stop_fs
