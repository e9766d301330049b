#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Address maps: five levels of page tables, windows as other kernels have them, and
# layouts that bring their windows along.
. "$(dirname "$0")/lib.sh"
cases=$data/cases

# window: the range that status names.
window() {
	sed -n 's/^vmalloc: \([^ ]*\) .*/\1/p' "$mnt/status"
}

# walked FILE: the first byte of a file, found through the page tables in dev/mem
# alone, from cr3 down.
walked() {
	python3 - "$mnt" "$(addr "$1")" <<-'END'
	import json, sys
	mnt, at = sys.argv[1], int(sys.argv[2], 16)
	machine = json.load(open(mnt + "/status.json"))["machine"]
	table = int(machine["cr3"], 16)
	with open(mnt + "/dev/mem", "rb", buffering=0) as memory:
	    for level in reversed(range(machine["levels"])):
	        memory.seek(table + 8 * (at >> 12 + 9 * level & 511))
	        entry = int.from_bytes(memory.read(8), "little")
	        if not entry & 1:
	            sys.exit("not present at level %d" % level)
	        table = entry & 0xffffffffff000
	    memory.seek(table + (at & 4095))
	    print(memory.read(1).decode())
	END
}

# Five levels.
start_fs -o arch=x86-64-5,memory=64M
cd "$mnt"
printf 'x marks the spot' >spot
is "$(window)" 0xffa0000000000000-0xffd2000000000000
is "$(addr spot)" 0xffa0000000000000
is "$(walked spot)" x
is "$(head -c 7 spot)" "x marks"
has '^machine: x86-64-5,' <status || fail "the machine's name"
is "$(cat sys/kernel/mm/vmalloc/check)" ok
has '0xff11000000000000-0xff11' <sys/kernel/debug/page_tables/kernel || fail "the direct map"
has '0xffa0000000000000-0xffa0000000001000 .* pte$' <sys/kernel/debug/page_tables/kernel ||
	fail "the page of the file"
# Offsets of kmem have 56 bits.
is "$(dd if=dev/kmem bs=1 count=1 skip=$((0x00a0000000000000)) status=none)" x
if command -v readelf >/dev/null; then
	readelf -lW proc/kcore | has 'LOAD .*0xffa0000000000000' || fail "the segment of kcore"
fi
cd /
stop_fs

# A window as a range.  Its end is where the kernel's own is: see vmallocfs(1).
start_fs -o memory=64M,vmalloc=0xffffd00000000000-0xffffd00000004000
is "$(window)" 0xffffd00000000000-0xffffd00000004000
truncate -s 12288 "$mnt/all" || fail "an area up to the end"
stop_fs
start_fs -o memory=64M,vmalloc=0xffffd00000000000-0xffffd00000003fff
: >"$mnt/all"
expect_errno ENOSPC truncate "$mnt/all" 12288
stop_fs

# One over the direct map moves that out of the way.
start_fs -o memory=64M,vmalloc=0xffff888000000000-0xffff888040000000
printf y >"$mnt/spot"
is "$(addr spot)" 0xffff888000000000
is "$(walked spot)" y
stop_fs

for bad in arch=vax arch= vmalloc=0xffffd00000000000 vmalloc=0xffffd00000000000-0xffffc00000000000 \
	vmalloc=0x1000-0x2000 modules=64M modules=0xffffc90000000000-0xffffc90000100000; do
	refuses 2 -o "$bad" "$mnt"
done
has 'x86-64, x86-64-5' < <("$vmallocfs" -o arch=vax "$mnt" 2>&1) || fail "the archs there are"
refuses 2 -o memory=1T,vmalloc=0xffff800000000000-0xffffff8000000000 "$mnt"
has 'memory=.*M fits' < <("$vmallocfs" \
	-o memory=1T,vmalloc=0xffff800000000000-0xffffff8000000000 "$mnt" 2>&1) || fail "what fits"

# Layouts bring their windows.  In this one the kernel's next vmalloc(8192) is known.
start_fs -o "load=$cases/vmallocinfo-x86_64-5.4-jc.txt" 2>/dev/null
is "$(window)" 0xffffb3c1c0000000-0xffffd3c1c0000000
truncate -s 8192 "$mnt/next"
is "$(addr next)" 0xffffb3c1c0065000
is "$(cat "$mnt/sys/kernel/mm/vmalloc/check")" ok
stop_fs
start_fs -o "load=$cases/vmallocinfo-x86_64-5level-synthetic.txt" 2>/dev/null
is "$(window)" 0xffa0000000000000-0xffd2000000000000
stop_fs
start_fs -o "load=$cases/vmallocinfo-arm64-va39-mail-quoted.txt" 2>/dev/null
has '^vmalloc: 0xffffff8008000000-' <"$mnt/status" || fail "the window of an arm64 kernel"
stop_fs
start_fs -o "load=$cases/vmallocinfo-x86_64-5.4-jc.txt,vmalloc=64M" 2>/dev/null
is "$(window)" 0xffffc90000000000-0xffffc90004000000
stop_fs
