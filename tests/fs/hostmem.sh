#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's memory has a limit, which no user of the mount can pass, and what is
# removed goes back to the host.
. "$(dirname "$0")/lib.sh"

rss() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$pid/status"; }

start_fs -o memory=16T,hostmem=64M
cd "$mnt"
has "Host memory: at most 65536K" <proc/kmsg
is "$(key host_limit)" $((64 << 20))
echo precious >a

# 200G are 50 million descriptors, entries of page arrays, and PTEs.
touch f
expect_errno ENOMEM truncate f $((200 << 30))
has "out of host memory" <proc/kmsg
is "$(stat -c %s f)" 0
is "$(cat a)" precious
[ "$(key host_memory)" -le $((64 << 20)) ] || fail "$(key host_memory) bytes are counted"
[ "$(rss)" -le $((110 << 20)) ] || fail "$(rss) bytes are resident"

# A file may be larger than that; its bytes may not be.
echo 1 >sys/kernel/mm/vmalloc/purge
truncate -s 1G f
is "$(stat -c %s f)" $((1 << 30))
[ "$(stat -f -c %a .)" -lt $((64 << 8)) ] || fail "df promises what the host does not have"
LC_ALL=C dd if=/dev/zero of=f bs=1M count=100 conv=notrunc status=none 2>"$tmp/dd" &&
	fail "100M were written"
has 'Cannot allocate memory' <"$tmp/dd"
[ "$(rss)" -le $((120 << 20)) ] || fail "$(rss) bytes are resident"
is "$(cat a)" precious
is "$(stat -f -c %a .)" 0

# What is removed is there for others again, and not resident any more.
rm f
echo purge >ctl
[ "$(key host_memory)" -le $((16 << 20)) ] || fail "$(key host_memory) bytes are counted"
[ "$(rss)" -le $((60 << 20)) ] || fail "$(rss) bytes are resident"
dd if=/dev/zero of=g bs=1M count=20 status=none
is "$(jq .figures.host_limit status.json 2>/dev/null || echo $((64 << 20)))" $((64 << 20))
is "$(cat a)" precious
rm g

# Without a purge it goes back, too, within a few seconds.  What stays: page tables, 2M that
# they share with free frames, descriptors, and the inodes.
fits() { [ "$(key host_memory)" -le "$1" ]; }
eventually fits $((10 << 20))
cd /
stop_fs

# Names and inodes count: nobody can fill the host with empty files.
start_fs -o memory=16M,hostmem=1M,nr_inodes=1G
cd "$mnt"
before=$(key host_memory)
long=$(printf 'n%.0s' {1..200})
status=0
LC_ALL=C touch {1..4000}-$long 2>"$tmp/touch" || status=$?
is $status 1
has 'Cannot allocate memory' <"$tmp/touch"
[ "$(key host_memory)" -le $((1 << 20)) ] || fail "$(key host_memory) bytes are counted"
n=$(find . -maxdepth 1 -name "*-$long" | wc -l)
[ "$n" -gt 500 ] && [ "$n" -lt 4000 ] || fail "$n files"
expect_errno ENOMEM open "$long" 'O_CREAT|O_WRONLY'
# Those that are there stay, in their order, and are found.
find . -maxdepth 1 -name "*-$long" | sort -n -t/ -k2 >"$tmp/names"
is "$(sed -n '$s,./\([0-9]*\)-.*,\1,p' "$tmp/names")" "$n"
mv "1-$long" renamed
[ -e renamed ] && [ ! -e "1-$long" ] || fail "the name did not change"
find . -maxdepth 1 \( -name "*-$long" -o -name renamed \) -delete
fits $((before + 100000)) || eventually fits $((before + 100000))
touch again
cd /
stop_fs

# Long texts count while they are there, and are refused at the limit; status can be read.
start_fs -o memory=64M,hostmem=8M
cd "$mnt"
seq -f 'vmalloc a%g 4K' 1000 >ctl
before=$(key host_memory)
exec 4<proc/iomem 5<sys/kernel/debug/page_tables/kernel
read -r _ <&5
[ "$(key host_memory)" -ge $((before + 50000)) ] || fail "a text does not count"
exec 4<&- 5<&-
echo reset >ctl
[ "$(key host_memory)" -lt "$before" ] || fail "$(key host_memory) bytes are counted"
seq -f 'vmalloc a%g 4K' 1000 >ctl
LC_ALL=C dd if=/dev/zero of=full bs=64K status=none 2>"$tmp/dd" && fail "no end"
LC_ALL=C cat sys/kernel/debug/page_tables/kernel >"$tmp/text" 2>"$tmp/cat" && fail "a text fits"
has 'Cannot allocate memory' <"$tmp/cat"
rm full
echo purge >ctl
cat sys/kernel/debug/page_tables/kernel >"$tmp/text"
[ "$(wc -c <"$tmp/text")" -gt 50000 ] || fail "no text"
cd /
stop_fs

# By default the limit is what the host can spare.
start_fs -o memory=64M
[ "$(awk '/^host_limit:/ { print $2 }' "$mnt/status")" -ge $((1 << 20)) ] || fail "no limit"
stop_fs
start_fs -o memory=64M,hostmem=0
is "$(awk '/^host_limit:/ { print $2 }' "$mnt/status")" 0
stop_fs
refuses 2 -o hostmem=lots "$mnt"
