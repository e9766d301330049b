#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The history of the address space: sys/kernel/mm/vmalloc/history, and history_events.
. "$(dirname "$0")/lib.sh"
for bad in history_events=-1 history_events=x history_events=1048577 history_events; do
	refuses 2 -o "$bad" "$mnt"
done
start_fs -o memory=64M,vmalloc=164K # 40 pages, and the one that is never used
cd "$mnt"
vm=sys/kernel/mm/vmalloc
range() {
	printf '0x%x-0x%x' $((0xffffc90000000000 + $1 * 4096)) $((0xffffc90000000000 + $2 * 4096))
}
# events: each line without its time and the number of its process.
events() { sed 's/^\([0-9]* \)[0-9]*\.[0-9]\{6\} \([a-z]*\)-[0-9]* /\1\2 /' $vm/history; }

is "$(stat -c %a $vm/history $vm/history_events | tr '\n' ' ')" "444 644 "
is "$(knob history_events)" 16384
is "$(<$vm/history)" ""

truncate -s 64K a
truncate -s 10000 b
truncate -s 20K b
mv b 'c d'
rm a
expect_errno ENOSPC truncate 'c d' 102400
why=$(sed -n 's/^<4>\[[^]]*\] \(.* do not fit: .*\)$/\1/p' proc/kmsg)
[ -n "$why" ] || fail "the log does not say why"
is "$(events | sed '6s/ [a-z]* fail/ X fail/')" "1 truncate alloc $(range 0 17) 69632 a
2 truncate alloc $(range 17 21) 16384 b
3 truncate resize $(range 17 23) 24576 b was $(range 17 21)
4 mv name $(range 17 23) 24576 c\\040d was b
5 rm free $(range 0 17) 69632 a
6 X fail - 106496 c\\040d $why"

# An area that moves has two places for a moment; freed ranges wait, and are purged together.
knob lazy_max_pages 1000
{
	echo vmalloc e 4K
	echo vmalloc f 64K
	echo vfree e
	echo resize 'c\040d' 28K
	echo vfree f
	echo purge
} >ctl
is "$(events | sed 1,6d)" "7 bash alloc $(range 0 2) 8192 e
8 bash alloc $(range 23 40) 69632 f
9 bash free $(range 0 2) 8192 e waits
10 bash reserve $(range 2 10) 32768 c\\040d
11 bash move $(range 2 10) 32768 c\\040d was $(range 17 23) waits
12 bash free $(range 23 40) 69632 f waits
13 bash purge $(range 0 40) 102400 - $(range 0 2) $(range 17 23) $(range 23 40)"

# A smaller history keeps the newest; 0 forgets, and then nothing is remembered.
knob history_events 2
is "$(events | cut -d' ' -f1 | tr '\n' ' ')" "12 13 "
for bad in x -1 "" 1048577; do
	expect_errno EINVAL put $vm/history_events "$bad"
done
knob history_events 0
echo vmalloc g 4K >ctl
is "$(<$vm/history)" ""
cd /
stop_fs

start_fs -o memory=64M,history_events=0
is "$(knob history_events)" 0
truncate -s 4K "$mnt/a"
is "$(<"$mnt/$vm/history")" ""
stop_fs
