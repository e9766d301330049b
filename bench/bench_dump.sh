#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_dump.sh [DUMP [ROUNDS]]: what it takes to list a crash dump, to load it, and to read
# all files of loaded/ against libkdumpfile's reading the same pages; then the first two of
# a sparse copy that is of a machine with 64 GiB.  DUMP is tests/data/dump/6.1-kaslr.elf.zst,
# unpacked, if none is given; the sparse copy is made of an ELF dump alone.  Milliseconds, the
# least and the median; and kilobytes of memory.  Run it in the build directory, as a user
# who may mount.
set -eu
rounds=${2:-7}
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
mkdir "$tmp/mnt"
leave() {
	umount "$tmp/mnt" 2>/dev/null || fusermount3 -u "$tmp/mnt" 2>/dev/null || true
}
trap 'leave; rm -rf --one-file-system "$tmp"' EXIT
dump=${1:-$tmp/dump}
[ -n "${1-}" ] || zstd -dqf "$top/tests/data/dump/6.1-kaslr.elf.zst" -o "$dump"

# measure WHAT COMMAND...: the command prints a number, in each round.
measure() {
	local what=$1 i
	shift
	for ((i = 0; i < rounds; i++)); do
		"$@"
	done | sort -n | awk -v what="$what" '{ t[NR] = $1 }
		END { printf "%-36s %7.1f %7.1f\n", what, t[1], t[int((NR + 1) / 2)] }'
}

# ms COMMAND...: how many milliseconds it takes; what it says goes.
ms() {
	local t
	t=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - t) / 10000)) | sed 's/..$/.&/'
}
list() { ms ./vmallocfs-info "$1"; }
load() {
	ms ./vmallocfs -o load="$1" "$tmp/mnt"
	leave
}
# What vmallocfs-info takes at most, in KiB.
memory() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(["./vmallocfs-info", sys.argv[1]], stdout=-3, stderr=-3, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$1"
}

# Pages of loaded/ read for the first time, a second; libkdumpfile's own after them.
rates() {
	local t bytes own pages
	./vmallocfs -o load="$dump" "$tmp/mnt" 2>/dev/null
	(cd "$tmp/mnt/loaded" && stat -c '%n %s' ./*) |
		sed -E 's,^\./0x([0-9a-f]+)[^ ]* ([0-9]+)$,\1 \2,' >"$tmp/ranges"
	t=$(date +%s%N)
	bytes=$(cd "$tmp/mnt/loaded" && cat ./* 2>/dev/null | wc -c)
	t=$((($(date +%s%N) - t) / 1000))
	leave
	read -r own pages < <(bench/bench_dump "$dump" <"$tmp/ranges")
	echo "$((bytes / 4096)) $t $pages $own" | awk '{ printf "%.2f\n", ($1 / $2) / ($3 / $4) }'
}

# The segments of an ELF dump, and one of 64 GiB more that is a hole.
sparse() {
	python3 - "$dump" "$tmp/sparse" <<'END'
import struct, sys
src = open(sys.argv[1], "rb").read()
phoff, phnum = struct.unpack_from("<Q", src, 32)[0], struct.unpack_from("<H", src, 56)[0]
heads = [list(struct.unpack_from("<IIQQQQQQ", src, phoff + 56 * i)) for i in range(phnum)]
GIB = 2**30
at = 4096 * ((len(src) + 56 * (phnum + 1)) // 4096 + 3)
more = [1, 7, at, 0, 4 * GIB, 64 * GIB, 64 * GIB, 4096]
head = bytearray(src[:64])
new = (len(src) + 4095) // 4096 * 4096
struct.pack_into("<Q", head, 32, new)
struct.pack_into("<H", head, 56, phnum + 1)
with open(sys.argv[2], "wb") as f:
    f.write(head + src[64:])
    f.seek(new)
    for h in heads + [more]:
        f.write(struct.pack("<IIQQQQQQ", *h))
    f.truncate(at + 64 * GIB)
END
}

measure "list, ms" list "$dump"
measure "list, KiB" memory "$dump"
measure "load= until it is mounted, ms" load "$dump"
[ ! -x bench/bench_dump ] || measure "loaded/ against libkdumpfile, times" rates
if [ "$(head -c 4 "$dump" | tr -d '\177')" = ELF ]; then
	sparse
	measure "list a machine of 64 GiB, ms" list "$tmp/sparse"
	measure "list a machine of 64 GiB, KiB" memory "$tmp/sparse"
	measure "load= of it, ms" load "$tmp/sparse"
fi
