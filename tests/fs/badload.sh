#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A file that cannot be loaded: one line on stderr, and nothing is mounted.  A line that is
# wrong costs no more than that line.
. "$(dirname "$0")/lib.sh"
recording=$data/vmallocinfo-linux-6.1.txt

# bad WHAT PATTERN OPTION: stdin is the file; the message matches.
bad() {
	cat >"$tmp/file"
	refuses 1 -o "load=$tmp/file${3+,$3}" "$mnt"
	grep -qE "$2" "$tmp/err" || fail "$1: $(cat "$tmp/err")"
}

refuses 1 -o "load=$tmp/nothing" "$mnt"
refuses 1 -o "load=$tmp" "$mnt"
refuses 1 -o "load=/dev/zero" "$mnt"

bad hashed 'hash|kptr_restrict' <<'X'
0x00000000a1b2c3d4-0x00000000d4c3b2a1    8192 irq_init+0x1/0x2 pages=1 vmalloc N0=1
0x000000005ca1ab1e-0x000000001337c0de   20480 fork+0x1/0x2 pages=4 vmalloc N0=4
X
bad restricted 'hash|kptr_restrict' <<'X'
0x0000000000000000-0x0000000000000000    8192 irq_init+0x1/0x2 pages=1 vmalloc N0=1
0x0000000000000000-0x0000000000000000   20480 fork+0x1/0x2 pages=4 vmalloc N0=4
X
bad s390 vmallocfs-info <"$data/cases/vmallocinfo-s390-ppc64-mips64-synthetic.txt"
bad "32 bits" vmallocfs-info arch=x86-64 <"$data/cases/vmallocinfo-arm32-4.4-zynq.txt"
bad "four levels" vmallocfs-info arch=x86-64 <"$data/cases/vmallocinfo-x86_64-5level-synthetic.txt"
head -c 5000 /dev/urandom >"$tmp/junk"
bad junk 'no area' <"$tmp/junk"

# More pages than the machine has: the message says how much it takes.  Without
# memory= it has what it takes.
bad memory 'memory=' memory=256M <<'X'
0xffffc90000000000-0xffffc90040001000 1073745920 a+0x0/0x1 pages=262144 vmalloc N0=262144
X
takes=$(grep -oE 'memory=[0-9]+[KMGT]?' "$tmp/err")
for option in "$takes," ""; do
	start_fs -o "${option}load=$tmp/file"
	is "$(key areas)" 1
	stop_fs
done

# flawed AREAS: stdin is a file of which not all can be had; with strict, none.
flawed() {
	cat >"$tmp/file"
	start_fs -o "load=$tmp/file"
	is "$(key areas | cut -d' ' -f1)" "$1"
	is "$(wc -l <"$tmp/stderr")" 1
	is "$(cat "$mnt/sys/kernel/mm/vmalloc/check")" ok
	stop_fs
	refuses 1 -o "strict,load=$tmp/file" "$mnt"
}
flawed 2 <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010000-0xffffc90000013000   12288 b+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000002000-0xffffc90000005000   12288 c+0x0/0x1 pages=2 vmalloc N0=2
X
flawed 1 <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010001-0xffffc90000013001   12288 b+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000023000-0xffffc90000020000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000030000-0xffffc90000033000   12289 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000040000-0xffffc9000
X
{ head -n 20 "$recording"; head -c 3000 /dev/urandom; echo; tail -n 5 "$recording"; } >"$tmp/mixed"
flawed 25 <"$tmp/mixed"

# A range that waited for a purge there waits here as well; a block of vm_map_ram is an
# area, although vmalloc did not make it.
cat >"$tmp/file" <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010000-0xffffc90000013000   12288 vm_map_ram
0xffffc90000020000-0xffffc90000023000   12288 unpurged vm_area
0xffffc90000023000-0xffffc90000024000    4096 iotable_init+0x0/0x1 phys=1a000000 ioremap
X
start_fs -o "strict,load=$tmp/file"
is "$(key areas)" 3
is "$(key lazy | cut -d' ' -f1)" 12288
is "$(grep -c 'vm_map_ram$' "$mnt/proc/vmallocinfo")" 1
is "$(grep -c 'unpurged vm_area$' "$mnt/proc/vmallocinfo")" 1
echo 1 >"$mnt/sys/kernel/mm/vmalloc/purge"
is "$(key lazy | cut -d' ' -f1)" 0
stop_fs
