#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/vmcore and -o restore= of a machine of 32 bits: RAM above 4 GiB, what debuggers read
# of the core, and the machine going on in another mount as it would have here.
. "$(dirname "$0")/lib.sh"
requires readelf --version
# Each of three nodes has 2 GiB: all of the last one's lies above 4 GiB.
start_fs -o arch=x86-pae,memory=6G,nodes=3,policy=linux-6.1
cd "$mnt"
random_file "$tmp/a" 100000
cp "$tmp/a" a
cp "$tmp/a" vmalloc_node/2/far
cp "$tmp/a" vmalloc_32/low
cp "$tmp/a" vmalloc_user/u
cp "$tmp/a" module_alloc/mod
truncate -s 3M large # its page array is an area
printf end | dd of=large bs=3 seek=700001 oflag=seek_bytes conv=notrunc status=none
truncate -s 70000 ioremap/io
ln a vmap/twin
: >empty
for ((i = 0; i < 9; i++)); do
	cp "$tmp/a" s$i
done
rm s2 s5 s7 # these wait for a purge
phys() {
	printf '%d' "$(getfattr --only-values -n user.vmalloc.phys "$1")"
}
[ "$(phys vmalloc_node/2/far)" -ge $((1 << 32)) ] || fail "far is not above 4 GiB"
a=$(addr a) far=$(addr vmalloc_node/2/far) far_phys=$(phys vmalloc_node/2/far)
low=$(printf '%#x' $((0xc0000000 + $(phys vmalloc_32/low))))
frames=$(($(key frames) - $(key free_frames)))
cp proc/vmcore "$tmp/m.core"
[ ! -e proc/vmlinux ] || cp proc/vmlinux "$tmp/vmlinux"

# A core of 64 bits for i386, with each frame in use once; those of HighMem have no address.
readelf -hlnW "$tmp/m.core" >"$tmp/elf" 2>"$tmp/warnings"
[ ! -s "$tmp/warnings" ] || fail "readelf: $(cat "$tmp/warnings")"
has 'Class: *ELF64' <"$tmp/elf" || fail "the class"
has 'Machine: *Intel 80386' <"$tmp/elf" || fail "the machine"
direct=0 high=0
low_end=$((0xfeffe000 - (128 << 20)))
while read -r type _ virt phys size _; do
	[ "$type" = LOAD ] && [ "$phys" != 0xffffffffffffffff ] || continue
	direct=$((direct + size / 4096))
	if [ "$virt" = 0xffffffffffffffff ]; then
		[ $((phys)) -ge $((low_end - 0xc0000000)) ] || fail "low memory without an address"
		high=$((high + size / 4096))
	else
		is "$((virt - phys))" "$((0xc0000000))" "the address of $phys"
		[ $((virt + size)) -le $((low_end)) ] || fail "$phys is not in low memory"
	fi
done <"$tmp/elf"
is "$direct" "$frames" "frames in use"
[ "$high" -gt 800 ] || fail "only $high frames of HighMem"

# clients CORE: what debuggers read of it, by virtual and by physical address.
clients() {
	if command -v gdb >/dev/null; then
		for at in "$a" "$far" "$low"; do
			is "$(gdb -q -batch -nx -ex "x/2xw $at" -c "$1" 2>/dev/null | tail -1 | cut -f2-)" \
				"$(od -An -t x4 -N 8 "$tmp/a" | sed -E 's/ ([0-9a-f]+) ([0-9a-f]+)/0x\1\t0x\2/')" gdb
		done
	fi
	if command -v gdb >/dev/null && [ -e "$tmp/vmlinux" ]; then
		is "$(gdb -nx -batch -ex 'p/x vmlist->addr' -ex 'p vmlist->pages[0]->_refcount' \
			-ex 'p sizeof(*vmlist)' "$tmp/vmlinux" "$1" 2>/dev/null | sed -n 's/^\$[0-9]* = //p')" \
			"$a
{counter = 2}
40"
	fi
	if command -v drgn >/dev/null; then
		drgn -q -c "$1" "$tmp/ask.py" "$a" "$far" "$low" "$far_phys" "$tmp/a" 2>"$tmp/err" ||
			fail "drgn: $(cat "$tmp/err")"
	fi
	if [ -x "$top_builddir/tests/fs/kdump_read" ]; then
		for at in "$a" "$far" "$low"; do
			same <("$top_builddir/tests/fs/kdump_read" "$1" "$at" 4096) <(head -c 4096 "$tmp/a")
		done
	fi
}
cat >"$tmp/ask.py" <<'EOT'
import sys

a, far, low, phys = (int(word, 0) for word in sys.argv[1:5])
want = open(sys.argv[5], "rb").read()
for addr in a, far:
    assert prog.read(addr, len(want)) == want, "by virtual address"
assert prog.read(low, 4096) == want[:4096], "low memory"
assert prog.read(phys, 4096, physical=True) == want[:4096], "by physical address"
EOT
clients "$tmp/m.core"

# The restored machine is the same, and goes on as this one does.
state() {
	grep -v '^host_' status
	cat proc/vmallocinfo proc/buddyinfo proc/zoneinfo proc/iomem
	find . -maxdepth 3 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -type f \
		! -name 'map.*' ! -name 'status*' ! -name ctl -exec cksum {} +
}
next() {
	local i
	for ((i = 0; i < 12; i++)); do
		printf 'vmalloc next-%d %d\n' $i $((i * 7777 + 1))
	done >ctl
	printf "vfree next-3\nvfree next-8\nvfree large\nvmalloc again 3M\n" >ctl
	truncate -s 20K vmalloc_32/v
	cp "$tmp/a" vmalloc_user/v
	cat proc/vmallocinfo proc/buddyinfo
	getfattr --only-values -n user.vmalloc.phys again vmalloc_32/v vmalloc_user/v
}
state >"$tmp/state"
next >"$tmp/next"
cd /
stop_fs
start_fs -o restore="$tmp/m.core"
cp "$mnt/proc/vmcore" "$tmp/first"
clients "$tmp/first"
cd "$mnt"
state >"$tmp/restored"
same "$tmp/state" "$tmp/restored"
is "$(knob check)" ok
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
refuses 2 -o restore="$tmp/m.core",arch=x86-64 "$mnt"
has 'arch=x86-pae' <"$tmp/err" || fail "what the image has: $(cat "$tmp/err")"

# As a layout, and with the bytes where dumps are read.
info=$top_builddir/vmallocfs-info
"$info" --json "$tmp/m.core" >"$tmp/json" 2>/dev/null
has '"start": "0xf77fe000"' <"$tmp/json" || fail "the window"
start_fs -o restore="$tmp/m.core"
truncate -s 200K "$mnt/a"
cp "$mnt/proc/vmcore" "$tmp/changed"
moved=$(addr a)
stop_fs
"$info" "$tmp/m.core" "$tmp/changed" >"$tmp/out" 2>/dev/null
has "  $moved  a, was at $a" <"$tmp/out" || fail "what moved: $(cat "$tmp/out")"
printf 'vmalloc x 64K\n' >"$tmp/trace"
"$top_builddir/vmallocfs-replay" --json --at=1 --policy=first-fit --load="$tmp/m.core" "$tmp/trace" \
	>"$tmp/json" 2>"$tmp/err" || fail "replay: $(cat "$tmp/err")"
has '"loaded_areas": 15,' <"$tmp/json" || fail "what replay loads: $(cat "$tmp/json")"
has '\["0xf[0-9a-f]\{7\}", [0-9]*\]' <"$tmp/json" || fail "holes: $(cat "$tmp/json")"
"$vmallocfs" --version >"$tmp/version"
if has '^crash dumps: read, ' <"$tmp/version"; then
	start_fs -o load="$tmp/m.core"
	is "$(knob check)" ok
	for file in a vmalloc_node_2_far vmap_twin; do
		cmp -n 100000 "$tmp/a" "$mnt"/loaded/0x????????-$file
	done
	stop_fs
fi
