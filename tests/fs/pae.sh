#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine of 32 bits, arch=x86-pae: its windows, HighMem, debuggers, and the layouts of
# 32-bit kernels, which boot one.
. "$(dirname "$0")/lib.sh"
cases=$data/cases

# meminfo KEY: kB
meminfo() {
	sed -n "s/^$1: *\([0-9]*\) kB/\1/p" "$mnt/proc/meminfo"
}

start_fs -o arch=x86-pae,memory=1G
cd "$mnt"
has '^machine: x86-pae,' <status || fail "the machine's name"
has '^vmalloc: 0xf77fe000-0xfeffe000 ' <status || fail "the window"
high=$(meminfo HighFree)
printf 'x marks the spot' >spot
truncate -s 1M vmalloc_32/low
printf 'below' | dd of=vmalloc_32/low conv=notrunc status=none
is "$(addr spot)" 0xf77fe000
is $((high - $(meminfo HighFree))) 4
# Events have their addresses as areas have them.
has '"start": "0xf77fe000".*"name": "spot"' <status.json || fail "an area in status.json"
has '"event": "alloc".*"start": "0xf77fe000"' <status.json || fail "an event in status.json"
phys() {
	getfattr --only-values -n user.vmalloc.phys "$1"
}
[ $(($(phys spot))) -ge $((0x36ffe000)) ] || fail "spot is not in HighMem"
[ $(($(phys vmalloc_32/low))) -lt $((0x36ffe000)) ] || fail "vmalloc_32 is in HighMem"
# Both can be seen in dev/mem; in the direct map of kmem low memory alone.
byte() {
	dd if="$1" bs=1 count=1 skip=$(($2)) status=none
}
is "$(byte dev/mem "$(phys spot)")" x
is "$(byte dev/mem "$(phys vmalloc_32/low)")" b
is "$(byte dev/kmem 0xf77fe000)" x
is "$(byte dev/kmem "0xc0000000 + $(phys vmalloc_32/low)")" b
is "$(byte dev/cpu/0/mem 0xf77fe000)" x
expect_errno ENXIO pread dev/kmem $((0xf6ffe000)) 1
expect_errno EFAULT pread dev/cpu/0/mem $((0xf6ffe000)) 1
# Modules are in the same window.
truncate -s 4096 module_alloc/m
is "$(addr module_alloc/m)" 0xf7901000
: >large
expect_errno ENOSPC truncate large $((120 << 20))
is "$(knob check)" ok
# Eight digits also where something is wrong.  Of the three levels the first has four entries.
table=$(key cr3)
for shift in 30 21; do
	table=$(($(phys_word $((table + (0xf77fe000 >> shift & 511) * 8))) & 0xffffff000))
done
at=$((table + (0xf77fe000 >> 12 & 511) * 8))
entry=$(phys_word $at)
set_word $at 0
is "$(knob check)" "page 0 of the area at f77fe000 is not mapped
processor 0 has a stale entry for f77fe000, frame $(printf %x $((entry >> 12 & 0xffffff))), in spot"
set_word $at "$entry"
is "$(knob check)" ok
expect_errno EFAULT put ctl 'cpu 0 load 0xf6ffe000'
has ' faults at 0xf6ffe000: ' <ctl || fail "the answer: $(cat ctl)"
# The types are there if the compiler had -m32; tests/fs/vmlinux.sh looks into them.
if "$vmallocfs" --version | has 'proc/vmlinux.* x86-pae$'; then
	[ -s proc/vmlinux ] || fail "no proc/vmlinux"
else
	[ ! -e proc/vmlinux ] || fail "proc/vmlinux of 64 bits"
fi

if command -v readelf >/dev/null; then
	readelf -hlnW proc/kcore >"$tmp/elf" 2>&1
	has 'Class: *ELF32' <"$tmp/elf" || fail "the class: $(cat "$tmp/elf")"
	has 'LOAD .*0xc0000000 0x00000000 0x36ffe000' <"$tmp/elf" || fail "low memory"
	has 'LOAD .*0xf77fe000 0xffffffff 0x7800000' <"$tmp/elf" || fail "the vmalloc space"
	has 'CORE .*PRSTATUS' <"$tmp/elf" || fail "the notes"
fi
if command -v gdb >/dev/null; then
	gdb -batch -nx -c proc/kcore -ex 'x/s 0xf77fe000' \
		-ex "x/s 0xc0000000 + $(phys vmalloc_32/low)" >"$tmp/gdb" 2>&1
	has '0xf77fe000:.*"x marks the spot"' <"$tmp/gdb" || fail "gdb: $(cat "$tmp/gdb")"
	has '"below"' <"$tmp/gdb" || fail "gdb: $(cat "$tmp/gdb")"
fi
cd /
stop_fs

# A size is exact.
start_fs -o arch=x86-pae,memory=1G,vmalloc=64M
has '^vmalloc: 0xfaffe000-0xfeffe000 ' <"$mnt/status" || fail "vmalloc=64M"
stop_fs
for bad in vmalloc=984M memory=65G vmalloc=0x30000000-0x40000000 \
	vmalloc=0xffffc90000000000-0xffffc90040000000; do
	refuses 2 -o "arch=x86-pae,$bad" "$mnt"
done

# A phone: what its own /proc/meminfo said was the largest hole.
start_fs -o "load=$cases/vmallocinfo-arm32-3.4-mt6589.txt" 2>/dev/null
has '^machine: x86-pae,' <"$mnt/status" || fail "a layout of 32 bits"
is "$(meminfo VmallocTotal)" 540672
is "$(meminfo VmallocUsed)" 148132
is "$(meminfo VmallocChunk)" "$(sed -n 's/VmallocChunk: *\([0-9]*\) kB/\1/p' \
	"$cases/meminfo-arm32-3.4-mt6589.txt")"
is "$(cat "$mnt/sys/kernel/mm/vmalloc/check")" ok
stop_fs

# The report of a failure, and the same failure; with two MiB more it fits.
start_fs -o "load=$cases/vmallocinfo-ppc32-6.14-kasan-outline.txt" 2>/dev/null
: >"$mnt/swap"
expect_errno ENOSPC truncate "$mnt/swap" 832096
has '205 pages with the guard.*the largest hole has 203 pages, 0xf3b3d000-' \
	<"$mnt/proc/kmsg" || fail "why it failed"
stop_fs
start_fs -o "load=$cases/vmallocinfo-ppc32-6.14-kasan-outline.txt,vmalloc=0xf1000000-0xf5300000" \
	2>/dev/null
truncate -s 832096 "$mnt/swap" || fail "a window of 67 MiB"
stop_fs
