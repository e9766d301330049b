#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processors: dev/cpu/N/mem, the TLBs, what a fault says, what is stale.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,cpus=2
cd "$mnt"
vm=sys/kernel/mm/vmalloc

# load CPU ADDRESS COUNT: bytes as that processor sees them, on stdout.
load() {
	dd if="dev/cpu/$1/mem" bs=1M iflag=skip_bytes,count_bytes,fullblock \
		skip="$(kmem_offset "$2")" count="$3" status=none
}
# store CPU ADDRESS TEXT
store() {
	printf %s "$3" | dd of="dev/cpu/$1/mem" oflag=seek_bytes seek="$(kmem_offset "$2")" \
		conv=notrunc status=none
}
# faults CPU ADDRESS: a load gives EFAULT.
faults() { expect_errno EFAULT pread "dev/cpu/$1/mem" "$(kmem_offset "$2")" 1; }
last_line() { tail -n 1 proc/kmsg | cut -d']' -f2-; }
lines() { tail -n "$1" proc/kmsg | cut -d']' -f2-; }
entry() { awk -v page="$(printf '0x%016x' "$2")" '$1 == page' "sys/devices/system/cpu/cpu$1/tlb"; }

is "$(stat -c '%a %s' dev/cpu/0/mem dev/cpu/1/mem sys/devices/system/cpu/cpu1/tlb | tr '\n' ' ')" \
	"600 $((1 << 47)) 600 $((1 << 47)) 400 0 "
[ ! -e dev/cpu/2 ] || fail "there is a third processor"

# --- loads and stores ------------------------------------------------------------

random_file "$tmp/a" 10000
cat "$tmp/a" >a
start=$(addr a)
same <(load 0 "$start" 10000) "$tmp/a"
is "$(knob tlb_fills) $(knob tlb_misses)" "3 3"
is "$(wc -l <sys/devices/system/cpu/cpu0/tlb)" 3
store 1 $((start + 5000)) STORED
is "$(dd if=a bs=1 skip=5000 count=6 status=none)" STORED
phys=$("$sys" getxattr a user.vmalloc.phys)
is "$(entry 0 "$start")" "$start $phys 4K RW -- D G NX"
[ -z "$(entry 1 "$start")" ] || fail "processor 1 has a page that it never touched"
hits=$(knob tlb_hits)
load 0 "$start" 100 >"$tmp/out"
is "$(knob tlb_hits)" $((hits + 1))
is "$(grep -o '"tlb_fills": [0-9]*' status.json)" "\"tlb_fills\": $(knob tlb_fills)"
# The direct map has large pages.
is "$(load 0 $((0xffff888000000000 + phys + 5000 - 5000)) 100 | md5sum)" "$(head -c 100 a | md5sum)"
is "$(awk '{ print $3 }' sys/devices/system/cpu/cpu0/tlb | sort | uniq -c | tr -s ' ')" " 1 2M
 3 4K"

# --- faults --------------------------------------------------------------------

faults 0 $((start + 3 * 4096 + 9))
is "$(lines 5 | head -n 3)" " BUG: unable to handle page fault for address: ${start:2:12}$(printf %04x $((3 * 4096 + 9)))
 #PF: supervisor read access in kernel mode
 #PF: error_code(0x0000) - not-present page"
lines 2 | has '^ PGD [0-9a-f]* P4D [0-9a-f]* PUD [0-9a-f]* PMD [0-9a-f]* PTE 0$'
is "$(last_line)" " vmallocfs: $(printf 0x%016x $((start + 3 * 4096 + 9))): 2297 bytes past the end of a, in its guard page"
# What comes before a fault counts.
sys_is 5808 pread dev/cpu/0/mem "$(kmem_offset $((start + 6480)))" 9000
expect_errno EFAULT pwrite dev/cpu/0/mem "$(kmem_offset $((start + 4 * 4096)))" 1 x
lines 4 | has 'error_code(0x0002) - not-present page'
last_line | has ': a hole, 0xffffc90000004000-0xffff[0-9a-f]*, 0 bytes after a and its guard page$'
faults 0 0xffffea0000000000
last_line | has 'the vmemmap, which is made up on reading'
faults 1 0xffffffffffffffff
sys_is 0 pread dev/cpu/0/mem $((1 << 47)) 10
expect_errno ENXIO pwrite dev/cpu/0/mem $((1 << 47)) 1 x

# A page that dev/mem has made read-only; what is cached is stale until it is flushed.
pte_at() {
	local table=$(($(key cr3))) shift
	for shift in 39 30 21; do
		table=$((table + 8 * ($1 >> shift & 511)))
		table=$((0x$(dd if=dev/mem bs=8 skip=$((table / 8)) count=1 status=none |
			od -An -v -t x8 | tr -d ' ') & 0xffffffffff000))
	done
	echo $((table + 8 * ($1 >> 12 & 511)))
}
at=$(pte_at "$start")
store 0 "$start" first
is "$(knob tlb_stale)" 0
printf '\x61' | dd of=dev/mem bs=1 seek="$at" conv=notrunc status=none
store 0 "$start" again
is "$(entry 0 "$start" | cut -d' ' -f4-)" "RW -- D G NX stale"
is "$(knob tlb_stale)" 1
grep -q '"tlb_stale": 1' status.json || fail "status.json does not count it"
is "$(knob check)" "processor 0 has a stale entry for ${start:2}, frame $(printf %x $((phys >> 12))), in a
ok"
echo 16 >$vm/tlb_sets_4k # empties all
expect_errno EFAULT pwrite dev/cpu/0/mem "$(kmem_offset "$start")" 1 x
lines 5 | has 'error_code(0x0003) - permissions violation'
last_line | has ': page 0 of a is read-only$'
printf '\x63' | dd of=dev/mem bs=1 seek="$at" conv=notrunc status=none
store 0 "$start" third
is "$(head -c 5 a)" third

# --- flushes -------------------------------------------------------------------

is "$(<sys/kernel/debug/x86/tlb_single_page_flush_ceiling)" 0
load 0 "$start" 1 >"$tmp/out"
load 1 "$start" 1 >"$tmp/out"
flushes=$(knob tlb_flushes) shootdowns=$(knob tlb_shootdowns)
truncate -s 4K b
rm b # everything on every processor
is "$(($(knob tlb_flushes) - flushes)) $(($(knob tlb_shootdowns) - shootdowns))" "2 1"
is "$(cat sys/devices/system/cpu/cpu?/tlb)" ""
echo 33 >sys/kernel/debug/x86/tlb_single_page_flush_ceiling
load 1 "$start" 1 >"$tmp/out"
truncate -s 4K b
rm b
[ -n "$(entry 1 "$start")" ] || fail "a flush of another page took that of a"
for bad in 0 3 2048 -1 x; do
	expect_errno EINVAL put $vm/tlb_sets_4k "$bad"
done
expect_errno EINVAL put $vm/tlb_ways_1g 65
echo 1 >$vm/tlb_sets_2m
is "$(knob tlb_sets_2m) $(knob tlb_ways_2m)" "1 4"

# --- freed lazily, and still there ------------------------------------------------

echo 1000 >$vm/lazy_max_pages
truncate -s 4K old
printf old >old
address=$(addr old)
is "$(load 0 "$address" 3)" old
rm old
is "$(load 0 "$address" 3)" old
cp "$tmp/a" new # gets the frame that was freed last
is "$(($("$sys" getxattr new user.vmalloc.phys)))" "$(($(entry 0 "$address" | cut -d' ' -f2)))"
same <(load 0 "$address" 100) <(head -c 100 new)
store 0 "$address" STALE
is "$(head -c 5 new)" STALE
is "$(knob check | tail -n 1)" ok
knob check | has ' in a freed range that waits to be purged$'
faults 1 "$address" # it never had the page
last_line | has 'a freed range, .*, which was old until event [0-9]*, that waits to be purged$'
echo 1 >$vm/purge
faults 0 "$address"
last_line | has 'a freed range, .*, which was old until event [0-9]*$'
echo 0 >$vm/history_events
faults 1 "$address"
last_line | has ': a hole, '
is "$(knob tlb_stale) $(<$vm/check)" "0 ok"

# --- panic -----------------------------------------------------------------------

is "$(stat -c %a proc/sys/kernel/panic_on_oops) $(<proc/sys/kernel/panic_on_oops)" "644 0"
echo 1 >proc/sys/kernel/panic_on_oops
faults 0 "$address"
is "$(last_line)" " Kernel panic - not syncing: Fatal exception"
expect_errno EIO pread dev/cpu/0/mem "$(kmem_offset "$start")" 1
grep -q '^machine: .*, crashed' status || fail "the machine goes on"
cd /
stop_fs
