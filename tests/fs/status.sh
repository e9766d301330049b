#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The keys and rows of status, as scripts read them.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=1M
cd "$mnt"

for key in machine cr3 vmalloc areas mapped guards holes largest_hole fragmentation \
	span_fragmentation frames free_frames page_table_frames host_memory host_limit policy; do
	[ -n "$(key $key)" ] || fail "no key $key"
done
is "$(key areas)" 0
is "$(key frames)" 16384
is "$(key largest_hole)" $((0xff000)) "the window's last page is never used"

truncate -s 60K a b c d
is "$(key areas)" 4
is "$(awk '/^0x/ { print $5 }' status | tr '\n' ' ')" "a b c d "
rm b
is "$(key areas)" 3
is "$(key holes)" 2
is "$(key largest_hole)" $((0xff000 - 4 * 0x10000))
truncate -s 60K e
is "$(addr e)" 0xffffc90000010000

# A text of two parts: keys, an empty line, a column header, the rows.
awk 'part == 0 && /^$/ { part = 1; next }
	part == 0 && !/^[a-z0-9_]+: / { exit 1 }
	part == 1 { if (/^0x/) exit 1; part = 2; next }
	part == 2 && (!/^0x[0-9a-f]+-0x[0-9a-f]+ / || length($1) != 37) { exit 1 }' status ||
	fail "the shape of status"

# The page array of a large area shows as what it is.
cd /
stop_fs
start_fs -o memory=64M
truncate -s 8M "$mnt/big"
is "$(pages big)" 2048
is "$(flags big)" vmalloc,vpages
is "$(pages '[pages:big]')" 4
[ $(($(addr '[pages:big]'))) -gt $(($(addr big))) ] || fail "the area is reserved first"
rm "$mnt/big"
is "$(key areas)" 0
stop_fs
