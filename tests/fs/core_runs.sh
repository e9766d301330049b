#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A core of proc/kcore names no list of areas: its page tables tell the runs of mapped
# pages, to vmallocfs-info and to load=.
. "$(dirname "$0")/lib.sh"
requires python3 --version
requires jq --version
"$vmallocfs" --version >"$tmp/version"
if ! has '^crash dumps: read, ' <"$tmp/version"; then
	exit 0
fi
info=$top_builddir/vmallocfs-info

# compact CORE: the segments of a kcore one after the other, for a disk has no room for its
# file offsets; holes stay out.
compact() {
	python3 - "$mnt/proc/kcore" "$1" <<'END'
import struct, sys
src, dst = open(sys.argv[1], "rb"), open(sys.argv[2], "wb")
head = bytearray(src.read(4096))
phoff, phnum = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head, 56)[0]
at = 4096
for i in range(phnum):
    p = phoff + 56 * i
    kind, _, offset, vaddr, paddr, filesz = struct.unpack_from("<IIQQQQ", head, p)
    if kind != 1:
        continue
    struct.pack_into("<Q", head, p + 8, at)
    if paddr == 2**64 - 1:
        struct.pack_into("<Q", head, p + 32, 0)  # only its addresses count
        continue
    done = 0
    while done < filesz:
        n = min(1 << 20, filesz - done)
        src.seek(offset + done)
        bytes_ = src.read(n)
        if bytes_.count(0) != n:
            dst.seek(at + done)
            dst.write(bytes_)
        done += n
    at += filesz
dst.truncate(at)
dst.seek(0)
dst.write(head)
END
}

# runs_of ARCH OPTIONS: makes areas in a machine, takes its core, reads it and loads it.
runs_of() {
	start_fs -o "arch=$1,memory=32M$2"
	cd "$mnt"
	truncate -s 64K a
	head -c 10000 /dev/urandom >b
	truncate -s 8K ioremap/io
	ln b vmap/twin
	truncate -s 3M big
	cp b "$tmp/b"
	local start
	start=$(getfattr --only-values -n user.vmalloc.addr b)
	# The page array of the large one is an area as well.
	local areas
	areas=$(sed -n 's/^areas: //p' status)
	compact "$tmp/core"
	# As root may do with that of a running kernel.
	"$info" --json proc/kcore 2>/dev/null >"$tmp/live.json"
	cd /
	stop_fs

	"$info" --json "$tmp/core" 2>"$tmp/err" >"$tmp/json"
	has 'runs of mapped pages.*no list' <"$tmp/err"
	[ "$(wc -l <"$tmp/err")" = 1 ]
	[ "$(jq .areas "$tmp/json")" = "$areas" ] || fail "not $areas: $(cat "$tmp/err")"
	[ "$(jq .kernel "$tmp/json")" = '"Linux 6.1.0-vmallocfs"' ]
	[ "$(jq '.groups[].caller' "$tmp/json" | sort -u)" = null ]
	cmp <(jq 'del(.file)' "$tmp/json") <(jq 'del(.file)' "$tmp/live.json")

	start_fs -o "load=$tmp/core"
	cd "$mnt"
	[ "$(ls loaded | wc -l)" = "$areas" ]
	cmp -n 10000 "loaded/$start" "$tmp/b"
	has '^machine: '"$1" <status
	[ "$(cat sys/kernel/mm/vmalloc/check)" = ok ]
	cd /
	stop_fs
}

requires getfattr --version
runs_of x86-64-5 ",nodes=2"
runs_of x86-64 ",vmalloc=0xffffc80000000000-0xffffc80040000000"

# Cut off before its tables end: an error, and not a shorter list.
truncate -s 4M "$tmp/core"
! "$info" "$tmp/core" >"$tmp/out" 2>"$tmp/err" || fail "a core that is cut off was read"
[ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" = 1 ]
