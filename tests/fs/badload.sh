#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A load file that cannot be: one line on stderr, nothing mounted.
. "$(dirname "$0")/lib.sh"
recording=$data/vmallocinfo-linux-6.1.txt

# bad WHAT PATTERN: stdin is the file; the message matches.
bad() {
	cat >"$tmp/file"
	refuses 1 -o "load=$tmp/file" "$mnt"
	grep -qE "$2" "$tmp/err" || fail "$1: $(cat "$tmp/err")"
}

refuses 1 -o "load=$tmp/nothing" "$mnt"
refuses 1 -o "load=$tmp" "$mnt"

bad hashed 'hash|kptr_restrict' <<'X'
0x00000000a1b2c3d4-0x00000000d4c3b2a1    8192 irq_init+0x1/0x2 pages=1 vmalloc N0=1
0x000000005ca1ab1e-0x000000001337c0de   20480 fork+0x1/0x2 pages=4 vmalloc N0=4
X
bad restricted 'hash|kptr_restrict' <<'X'
0x0000000000000000-0x0000000000000000    8192 irq_init+0x1/0x2 pages=1 vmalloc N0=1
0x0000000000000000-0x0000000000000000   20480 fork+0x1/0x2 pages=4 vmalloc N0=4
X
bad overlap '3' <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010000-0xffffc90000013000   12288 b+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000002000-0xffffc90000005000   12288 c+0x0/0x1 pages=2 vmalloc N0=2
X
bad unaligned '2' <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010001-0xffffc90000013001   12288 b+0x0/0x1 pages=2 vmalloc N0=2
X
bad reversed '1' <<'X'
0xffffc90000003000-0xffffc90000000000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
X
bad size '1' <<'X'
0xffffc90000000000-0xffffc90000003000   12289 a+0x0/0x1 pages=2 vmalloc N0=2
X
bad truncated '2' <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010000-0xffffc9000
X
bad pages '1' <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=99 vmalloc N0=99
X
head -c 5000 /dev/urandom >"$tmp/junk"
bad junk 'line' <"$tmp/junk"
{ head -n 20 "$recording"; head -c 3000 /dev/urandom; tail -n 5 "$recording"; } >"$tmp/mixed"
bad mixed 'line 2[0-9]' <"$tmp/mixed"

# More pages than the machine has: the message says how much it takes.
bad memory 'memory=' <<'X'
0xffffc90000000000-0xffffc90040001000 1073745920 a+0x0/0x1 pages=262144 vmalloc N0=262144
X
takes=$(grep -oE 'memory=[0-9]+[KMGT]?' "$tmp/err")
start_fs -o "$takes,load=$tmp/file"
is "$(key areas | grep -c .)" 1
stop_fs

# Lines of other kinds are counted and named, not refused.
cat >"$tmp/file" <<'X'
0xffffc90000000000-0xffffc90000003000   12288 a+0x0/0x1 pages=2 vmalloc N0=2
0xffffc90000010000-0xffffc90000013000   12288 vm_map_ram
0xffffc90000020000-0xffffc90000023000   12288 unpurged vm_area
X
start_fs -o "load=$tmp/file"
is "$(wc -l <"$mnt/proc/vmallocinfo")" 1
[ "$(logged vm_map_ram)" -ge 1 ] && [ "$(logged unpurged)" -ge 1 ] || fail "not named in the log"
stop_fs
