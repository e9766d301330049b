#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Crash dumps: the same answers as of the /proc/vmallocinfo of their moment, in
# whatever form they come, and one line for what cannot be read.
. "$(dirname "$0")/lib.sh"
requires jq --version
requires zstd --version
dumps=$top_srcdir/tests/data/dump
# Built without libkdumpfile: the reason in one line, for a dump that is packed, too.
(
	info=$top_builddir/tests/info/info_without_dumps
	"$info" --version >"$tmp/version"
	has '^crash dumps: not read' <"$tmp/version"
	refused 1 "$dumps/6.1-kaslr.elf.zst"
	has 'built without libkdumpfile.*/proc/vmallocinfo' <"$tmp/err"
	expect 104 "$(query .areas "$dumps/6.1-kaslr.vmallocinfo.txt")"
)
"$info" --version >"$tmp/version"
if ! has '^crash dumps: read, ' <"$tmp/version"; then
	refused 1 "$dumps/6.1-kaslr.elf.zst"
	has libkdumpfile <"$tmp/err"
	exit 0
fi

# What a dump and a text of one moment must have in common.
common='{areas, kinds, vm_map_ram, unpurged, without_guard, hidden, page_size, groups,
	spaces: [.spaces[] | del(.from)]}'
for kernel in 6.1-kaslr 6.1-no-note; do
	zstd -dqf "$dumps/$kernel.elf.zst" -o "$tmp/$kernel"
	query "$common" "$dumps/$kernel.vmallocinfo.txt" >"$tmp/want"
	for file in "$dumps/$kernel.elf.zst" "$tmp/$kernel"; do
		query "$common" "$file" >"$tmp/have"
		diff "$tmp/want" "$tmp/have"
		expect "Linux 6.1.0-56-amd64" "$(query .kernel "$file")"
		expect 104 "$(query .areas "$file")"
		expect "the dump" "$(query '.spaces[0].from' "$file")"
	done
done
expect null "$(query .kernel "$dumps/6.1-kaslr.vmallocinfo.txt")"

expect 0xffffd4a400000000 "$(query '.spaces[0].start' "$tmp/6.1-kaslr")"

# Packed with gzip, and from standard input, as far as that is a file.
gzip -1 <"$tmp/6.1-kaslr" >"$tmp/packed.gz"
expect 104 "$(query .areas "$tmp/packed.gz")"
expect 104 "$(query .areas - <"$tmp/6.1-kaslr")"
refused 1 - < <(cat "$tmp/6.1-kaslr" 2>/dev/null || :)
has pipe <"$tmp/err"

# The lists of nodes; one kernel stack was freed between list and dump.
expect 267 "$(query .areas "$dumps/6.12-smp4.elf.zst")"
expect 1 "$(query .unpurged "$dumps/6.12-smp4.elf.zst")"

# A dump and a text side by side: nothing changed.
status 0 --json "$tmp/6.1-kaslr" "$dumps/6.1-kaslr.vmallocinfo.txt"
expect 0 "$(jq '.changes | length' "$tmp/out")"

# --next and --enough work on a dump as on a text.
status 0 --enough=16M "$tmp/6.1-kaslr"
status 3 --enough=33T "$tmp/6.1-kaslr"

# Cut off, torn, no dump at all: one line, and nothing on standard output.
size=$(stat -c %s "$tmp/6.1-kaslr")
for part in 100 4096 $((size / 4)) $((size / 2)) $((size * 9 / 10)); do
	head -c "$part" "$tmp/6.1-kaslr" >"$tmp/cut"
	refused 1 "$tmp/cut"
done
head -c 100000 "$dumps/6.1-kaslr.elf.zst" >"$tmp/cut.zst"
refused 1 "$tmp/cut.zst"
# No dump, though it begins like one.
refused 1 "$info"
printf 'makedumpfile\0\0\0\0' >"$tmp/flat"
head -c 8192 /dev/zero >>"$tmp/flat"
refused 1 "$tmp/flat"
has 'makedumpfile -R' <"$tmp/err"

# Frames of an area, by an address in it; the guard is not mapped.
status 0 --pages=0xffffd4a400002000 "$tmp/6.1-kaslr"
expect 5 "$(grep -c '^ *[0-4] 0xffffd4a40000' "$tmp/out")"
grep -q ' 2 0xffffd4a400002000 0x0000000007804000 4K rw$' "$tmp/out"
grep -q ' 4 0xffffd4a400004000 nothing is mapped there$' "$tmp/out"
status 1 --pages=0xffffd4b400002000 "$tmp/6.1-kaslr"

# A walk, entry by entry, and whose address it is.
status 0 --translate=ffffd4a400002123 "$tmp/6.1-kaslr"
expect 4 "$(grep -c '^  p[gum4]d 0x\|^  pte 0x' "$tmp/out")"
grep -q '0x0000000007804123' "$tmp/out"
grep -q 'irq_init_percpu_irqstack.*page 2$' "$tmp/out"
status 1 --translate=ffffd4a400004000 "$tmp/6.1-kaslr"
status 1 --translate=123 "$tmp/6.1-kaslr"

status 0 --verify "$tmp/6.1-kaslr"
grep -q ' 0 differences$' "$tmp/out"
# The whole dump, where it is at hand, has every array.
whole=${VMALLOCFS_DUMPS:-$top_srcdir/../shared/kernels/dump}/6.1-kaslr/vmcore-d31-zlib.kdump
if [ -r "$whole" ]; then
	status 0 --verify "$whole"
	grep -q '^5452 pages of 99 areas .* 0 differences$' "$tmp/out"
fi

# Lists have no page tables; a word that is not an address is a wrong command line.
status 1 --verify "$dumps/6.1-kaslr.vmallocinfo.txt"
refused 2 --pages=here "$tmp/6.1-kaslr"
refused 2 --translate=xyz "$tmp/6.1-kaslr"
refused 2 --verify --json "$tmp/6.1-kaslr"
