#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The keys and rows of status, as scripts read them.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=1M
cd "$mnt"

for key in machine cr3 vmalloc areas mapped guards holes largest_hole fragmentation \
	span_fragmentation unusable_index frames free_frames page_table_frames host_memory host_limit policy; do
	[ -n "$(key $key)" ] || fail "no key $key"
done
is "$(key areas)" 0

# What is counted stands there under the name of its file.
counters_agree() {
	local name
	for name in nr_tlb_flush nr_flush_cache_vmap nr_flush_cache_vunmap nr_warn nr_bad_page; do
		is "$(key $name)" "$(knob $name)" "$name"
	done
}
counters_agree
truncate -s 4K counted
rm counted
counters_agree
[ "$(key nr_flush_cache_vunmap)" -ge 1 ] || fail "no flush was counted"

is "$(key frames)" 16384
is "$(key largest_hole)" $((0xff000)) "the window's last page is never used"

truncate -s 60K a b c d
is "$(key areas)" 4
is "$(awk '/^0x/ { print $5 }' status | tr '\n' ' ')" "a b c d "
rm b
is "$(key areas)" 3
is "$(key holes)" 2
is "$(key largest_hole)" $((0xff000 - 4 * 0x10000))
# The hole of b takes an area of 15 pages and its guard.
knob=sys/kernel/mm/vmalloc/unusable_pages
is "$(cat $knob)" 16
grep -q '^unusable_index: 0.0773 (64K in 1 hole too small for 16 pages)$' status || fail "$(key unusable_index)"
echo 15 >$knob
is "$(key unusable_index)" 0.0000 "it fits"
is "$(stat -c %s status)" "$(wc -c <status)" "its size after a change of the knob"
echo 18446744073709551615 >$knob
is "$(key unusable_index)" 1.0000 "no hole is large enough"
echo 0 >$knob
is "$(key unusable_index)" 0.0000 "every hole is"
expect_errno EINVAL put $knob -1
echo 16 >$knob
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
