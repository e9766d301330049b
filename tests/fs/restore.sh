#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# -o restore=: a machine and its files out of a copy of proc/vmcore.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nodes=2
cd "$mnt"

# A machine with something of everything.
random_file "$tmp/a" 100000
knob policy linux-6.1
cp "$tmp/a" a
truncate -s 3M b
printf end | dd of=b bs=3 seek=700001 oflag=seek_bytes conv=notrunc status=none
cp "$tmp/a" vmalloc_user/u
cp "$tmp/a" vmalloc_exec/x
cp "$tmp/a" vmalloc_node/1/n
cp "$tmp/a" module_alloc/mod
ln a vmap/twin
truncate -s 70000 ioremap/io
: >empty
for ((i = 0; i < 9; i++)); do
	cp "$tmp/a" s$i
done
rm s2 s5 s7 # these wait for a purge
truncate -s 8K 'with blank' "$(printf 'n\nl')"
chmod 640 a
touch -d 2001-02-03T04:05:06.789 a
[ "$(id -u)" = 0 ] && chown 5:6 s3
printf 3 >sys/kernel/debug/failslab/times
printf 'get_vm_area r 20K\n' >ctl || true
exec 7<s4
rm s4 # an open file without a name is not kept
cp proc/vmcore "$tmp/m.core"
[ ! -e proc/vmlinux ] || cp proc/vmlinux "$tmp/vmlinux"
exec 7<&-
zero=sys/kernel/mm/vmalloc/nr_warn
# The restore gives back the area of s4 as the close did, but does not count it.
state() {
	grep -vE '^(host_|nr_flush_cache_vunmap)' status
	cat proc/vmallocinfo proc/buddyinfo proc/iomem sys/kernel/debug/failslab/times $zero \
		sys/kernel/mm/vmalloc/policy sys/kernel/mm/vmalloc/lazy_max_pages
	find . -maxdepth 3 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -type f \
		! -name 'map.*' ! -name 'status*' ! -name ctl -printf '%p %s %m %U %G %T@\n' | sort
}
cp vmap/twin "$tmp/twin"
state >"$tmp/state"
sum() { find . -maxdepth 3 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -type f \
	! -name 'map.*' ! -name 'status*' ! -name ctl -print0 | sort -z | xargs -0 cksum; }
sum >"$tmp/sums"
# The next operations.
next() {
	local i
	for ((i = 0; i < 12; i++)); do
		truncate -s $((i * 7777 + 1)) next-$i
		[ $((i % 3)) = 0 ] && truncate -s $((i * 3000 + 5000)) next-$((i / 2))
	done
	truncate -s 0 next-3 next-8 b
	cp "$tmp/a" vmalloc_user/v
	cp "$tmp/a" module_alloc/next
	cat proc/vmallocinfo proc/buddyinfo
}
next >"$tmp/next"
cd /
stop_fs

# Plain, and twice: the same machine each time, byte for byte.
start_fs -o restore="$tmp/m.core"
cp "$mnt/proc/vmcore" "$tmp/first"
# Debuggers see the same in both.
if command -v gdb >/dev/null && [ -e "$tmp/vmlinux" ]; then
	for core in m.core first; do
		gdb -nx -batch -ex 'p vmlist->addr' -ex 'p vmlist->size' \
			-ex 'p *vmlist->pages[0]' -ex 'x/4gx &a' -ex 'info symbol &a' \
			"$tmp/vmlinux" "$tmp/$core" 2>/dev/null |
			grep -v 'Core was generated' >"$tmp/gdb-$core"
	done
	same "$tmp/gdb-m.core" "$tmp/gdb-first"
	grep -q '^a in section .vmalloc' "$tmp/gdb-first" || fail "gdb: $(cat "$tmp/gdb-first")"
fi
cd "$mnt"
state >"$tmp/restored"
same "$tmp/state" "$tmp/restored"
is "$(knob check)" ok
is "$(logged 'restored from an image')" 1
sum >"$tmp/restored"
same "$tmp/sums" "$tmp/restored"
next >"$tmp/restored"
same "$tmp/next" "$tmp/restored"
is "$(knob check)" ok
cd /
stop_fs
start_fs -o restore="$tmp/m.core"
cp "$mnt/proc/vmcore" "$tmp/second"
stop_fs
differ=$(cmp -l "$tmp/first" "$tmp/second" | wc -l) || true
[ "$differ" -le 20 ] || fail "two restores differ in $differ bytes"

# Packed; a knob on the command line wins; what debuggers see is the same.
gzip -1 <"$tmp/m.core" >"$tmp/m.gz"
start_fs -o restore="$tmp/m.gz",init_on_alloc=0,policy=worst-fit,unusable_pages=3
is "$(cat "$mnt/sys/kernel/mm/vmalloc/init_on_alloc")" 0
has '\[worst-fit\]' <"$mnt/sys/kernel/mm/vmalloc/policy"
is "$(cat "$mnt/sys/kernel/mm/vmalloc/unusable_pages")" 3
is "$(checksum "$mnt/a")" "$(checksum "$tmp/a")"
stop_fs
if command -v zstd >/dev/null; then
	zstd -q <"$tmp/m.core" >"$tmp/m.zst"
	start_fs -o restore="$tmp/m.zst"
	is "$(checksum "$mnt/vmap/twin")" "$(checksum "$tmp/twin")"
	stop_fs
fi

# A core file that does not have the note.
sed s/VMALLOCFS/VMCOREXYZ/ <"$tmp/m.core" >"$tmp/foreign"
refuses 1 -o restore="$tmp/foreign" "$mnt"
has 'use -o load=' <"$tmp/err" || fail "what to do with it: $(cat "$tmp/err")"

# What cannot be: one line, and nothing is mounted.
refuses 2 -o restore="$tmp/m.core",memory=32M "$mnt"
has 'memory=64M' <"$tmp/err" || fail "what the image has: $(cat "$tmp/err")"
for option in nodes=1 cpus=2 vmalloc=1M arch=x86-64 modules=0xffffffffa0000000-0xffffffffb0000000 \
	load=/dev/null; do
	refuses 2 -o restore="$tmp/m.core",$option "$mnt"
done
refuses 2 -o restore "$mnt"
refuses 1 -o restore="$tmp/none" "$mnt"
refuses 1 -o restore="$tmp/a" "$mnt"
refuses 1 -o restore="$tmp/m.core",hostmem=100K "$mnt"
head -c 100000 "$tmp/m.core" >"$tmp/cut"
refuses 1 -o restore="$tmp/cut" "$mnt"
cp "$tmp/m.core" "$tmp/bad"
printf x | dd of="$tmp/bad" bs=1 seek=$(($(stat -c %s "$tmp/bad") - 3000)) conv=notrunc status=none
refuses 1 -o restore="$tmp/bad" "$mnt"
has 'damaged' <"$tmp/err" || fail "the place of the damage: $(cat "$tmp/err")"
