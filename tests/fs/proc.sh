#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The windows of Linux onto memory, through the mount: what they say is what
# was done.  Their formats are held against recordings by the unit tests.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nodes=2,vmalloc=1M
cd "$mnt"

is "$(stat -c '%a %s' proc/meminfo proc/buddyinfo proc/zoneinfo proc/iomem | sort -u)" "444 0"
is "$(stat -c %a proc/pagetypeinfo sys/kernel/debug/page_tables/kernel | sort -u)" 400

# meminfo: the figures that modern kernels lost.
meminfo() { awk -v key="$1:" '$1 == key { print $2 }' proc/meminfo; }
is "$(meminfo VmallocTotal)" 1023
is "$(meminfo VmallocUsed)" 0
free=$(meminfo MemFree)
truncate -s 60K a b
is "$(meminfo VmallocUsed)" 128
is "$(meminfo VmallocChunk)" $((1023 - 128))
[ "$(meminfo MemFree)" -le $((free - 120)) ] || fail "MemFree: $free, then $(meminfo MemFree)"
is "$(meminfo PageTables)" "$(awk '/^page_table_frames:/ { print $2 * 4 }' status)"

# buddyinfo and zoneinfo count the same free frames, pagesets beside.
buddy=$(awk '{ for (i = 5; i <= NF; i++) sum += $i * 2 ^ (i - 5) } END { print sum }' proc/buddyinfo)
is "$(awk '/pages free/ { sum += $3 } END { print sum }' proc/zoneinfo)" "$buddy"
pcp=$(awk '$1 == "count:" { sum += $2 } END { print sum }' proc/zoneinfo)
is $((buddy + pcp)) "$(awk '/^free_frames:/ { print $2 }' status)"
is "$(grep -c '^Node [01], zone' proc/buddyinfo)" 3
grep -q 'Unmovable' proc/pagetypeinfo || fail pagetypeinfo

# iomem names the range of an ioremap file.
truncate -s 8K ioremap/dev
phys=$("$sys" getxattr ioremap/dev user.vmalloc.phys)
grep -q "^ *$(printf '%x' $((phys)))-$(printf '%x' $((phys + 8191))) : " proc/iomem ||
	fail "iomem: $phys: $(cat proc/iomem)"

# page_tables: a's pages, its guard, in one run each; a changed PTE shows at once.
start=$(($(addr a)))
line() { printf '0x%x-0x%x' $(($1)) $(($2)); }
grep -q "^$(line start start+61440) *60K     RW                 GLB NX pte$" \
	sys/kernel/debug/page_tables/kernel || fail "page_tables: a"
grep -q "^---\[ vmalloc() Area \]---$" sys/kernel/debug/page_tables/kernel || fail "marker"
is "$(cat sys/kernel/debug/extfrag/unusable_index | wc -l)" 3
is "$(awk 'NR == 1 { print $5 }' sys/kernel/debug/extfrag/extfrag_index)" -1.000

# Nothing can be written.
for file in proc/meminfo proc/iomem sys/kernel/debug/page_tables/kernel; do
	expect_errno EACCES open $file O_WRONLY
	expect_errno EPERM unlink $file
done
cd /
stop_fs
