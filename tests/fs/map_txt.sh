#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# map.txt: the address space for a terminal, and its two knobs.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=16M
cd "$mnt"
vm=sys/kernel/mm/vmalloc

# It says what status says.
truncate -s 60K a b c
rm b
grep -q "a██████████████│················c██████████████│" map.txt || fail "$(cat map.txt)"
grep -q "fragmentation .* $(key fragmentation) " map.txt || fail "fragmentation"
grep -q "span_fragmentation .* $(key span_fragmentation) " map.txt || fail "span_fragmentation"
grep -q "unusable_index .* $(key unusable_index) " map.txt || fail "unusable_index"

# Its size is that of its content, also after a change of the machine or of a knob.
sized() { is "$(stat -c %s map.txt)" "$(wc -c <map.txt)" "$1"; }
sized areas
truncate -s 8K d
sized "another area"
is "$(cat $vm/map_width) $(cat $vm/map_ascii)" "80 0"
echo 200 >$vm/map_width
sized "200 columns"
echo 1 >$vm/map_ascii
sized ASCII


# It names the policy of the moment.
echo best-fit >$vm/policy
grep -q 'policy best-fit' map.txt || fail "the policy"
grep -q 'policy best-fit' map.svg || fail "the policy in the other picture"
sized policy

# One open is one snapshot.
exec 7<map.txt
head -c 1 <&7 >/dev/null
echo 40 >$vm/map_width
cat <&7 | awk 'length($0) > 150 { wide = 1 } END { exit !wide }' || fail "the snapshot changed"
exec 7<&-

# No line is wider than the knob says, and the widest comes close to it.
for width in 40 41 79 100 333 500; do
	echo $width >$vm/map_width
	is "$(cat $vm/map_width)" $width
	awk -v w=$width 'length($0) > w { exit 1 } length($0) > m { m = length($0) }
		END { if (m < w - 25) exit 1 }' map.txt || fail "$width columns"
done
[ -z "$(tr -d '\n -~' <map.txt)" ] || fail "ASCII is ASCII"
echo 0 >$vm/map_ascii
[ -n "$(tr -d '\n -~' <map.txt)" ] || fail "no blocks"

for word in 39 501 0 -1 x "" 80x 99999999999999999999; do
	expect_errno EINVAL put $vm/map_width "$word"
	is "$(cat $vm/map_width)" 500
done
expect_errno EINVAL put $vm/map_ascii 2
is "$(cat $vm/map_ascii)" 0

# Free frames may change their places without any other sign; the picture follows.
echo 80 >$vm/map_width
before=$(sed -n '/DMA32/p' map.txt)
truncate -s 4K vmalloc_32/x
rm vmalloc_32/x
is "$(sed -n '/DMA32/p' map.txt | wc -l)" 1
[ -n "$before" ] || fail "no zone"

cd /
stop_fs
