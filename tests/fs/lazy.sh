#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lazy freeing: what a real kernel was recorded to do, the knobs, the listings.
. "$(dirname "$0")/lib.sh"
vm=sys/kernel/mm/vmalloc

# A recording with freed areas left busy until a purge.
start_fs -o memory=256M
cd "$mnt"
knob lazy_max_pages 1000000000
base=$((0xffffc90000000000))
steps=0
while read -r what name size offset; do
	case $what in
	alloc)
		truncate -s "$size" "$name"
		printf -v want '0x%016x' $((base + offset))
		sys_call getxattr "$name" user.vmalloc.addr
		[ "$got" = "$want" ] || fail "$name of $size bytes: at $got, not $want"
		;;
	free)
		rm "$name"
		;;
	purge)
		[ "$(knob nr_lazy)" -gt 0 ] || fail "nothing waits"
		knob purge 1
		is "$(knob nr_lazy) $(key lazy)" "0 0" "after the purge"
		;;
	'#'*) continue ;;
	*) fail "what is '$what'?" ;;
	esac
	steps=$((steps + 1))
done <"$data/lazy-window-seed1.ops"
[ $steps -gt 600 ] || fail "only $steps steps"
is "$(knob check)" ok
cd /
stop_fs

# A small window: sixteen pages, the last of them unused.
start_fs -o memory=16M,vmalloc=64K
cd "$mnt"
is "$(cd $vm && stat -c %a lazy_max_pages nr_lazy purge | tr '\n' ' ')" "644 444 200 "
is "$(knob lazy_max_pages) $(knob nr_lazy)" "0 0"
for word in x -1 "" 1x 99999999999999999999; do
	expect_errno EINVAL put $vm/lazy_max_pages "$word"
	is "$(knob lazy_max_pages)" 0
	expect_errno EINVAL put $vm/purge "$word"
done
expect_errno EACCES open $vm/nr_lazy O_WRONLY
expect_errno EACCES open $vm/purge O_RDONLY

# Off: one flush each.
truncate -s 4K a b c
before=$(knob nr_tlb_flush)
rm a b c
is "$(knob nr_tlb_flush)" $((before + 3))
is "$(key lazy) $(key areas)" "0 0"

# On: the ranges stay, nothing is flushed, and the figures say so.
knob lazy_max_pages 64
is "$(knob lazy_max_pages)" 64
truncate -s 4K a b
truncate -s 8K c
before=$(knob nr_tlb_flush)
free=$(key free)
idle=$(key free_frames)
rm a c
is "$(knob nr_tlb_flush)" "$before"
is "$(knob nr_lazy)" 5
is "$(key lazy) $(key free) $(key areas)" "20480 $free 1"
is "$(key free_frames)" $((idle + 3))
is "$(grep -v ' unpurged vm_area$' proc/vmallocinfo | wc -l)" 1
is "$(tail -n 2 proc/vmallocinfo)" \
	"0xffffc90000000000-0xffffc90000002000    8192 unpurged vm_area
0xffffc90000004000-0xffffc90000007000   12288 unpurged vm_area"
is "$(knob check)" ok

# A range that waits is neither a hole to place into nor an area to free.
truncate -s 4K d
is "$(addr d)" 0xffffc90000007000
knob vfree 0xffffc90000000000
is "$(logged 'nonexistent vm area (ffffc90000000000)')" 1
is "$(knob nr_lazy)" 5

# A purge: one flush, and all of it is free.
before=$(knob nr_tlb_flush)
knob purge 1
is "$(knob nr_tlb_flush) $(knob nr_lazy) $(key lazy)" "$((before + 1)) 0 0"
is "$(grep -c unpurged proc/vmallocinfo || true)" 0
truncate -s 4K e
is "$(addr e)" 0xffffc90000000000
knob purge 1
is "$(knob nr_tlb_flush)" $((before + 1))

# A search that finds nothing purges by itself, and says nothing if it helps.
rm b d e
[ "$(knob nr_lazy)" -gt 0 ] || fail "nothing waits"
truncate -s 52K large
is "$(addr large) $(knob nr_lazy)" "0xffffc90000000000 0"
is "$(logged 'allocation failed')" 0
touch other
expect_errno ENOSPC truncate other 8192
is "$(logged 'allocation failed')" 1
rm large other

# More than the limit, and a limit below what waits.
is "$(knob nr_lazy)" 14
knob lazy_max_pages 13
is "$(knob nr_lazy)" 0
knob lazy_max_pages 3
truncate -s 4K a b
rm a
is "$(knob nr_lazy)" 2
rm b
is "$(knob nr_lazy)" 0
truncate -s 4K a
rm a
knob lazy_max_pages 0
is "$(knob nr_lazy) $(key lazy)" "0 0"

# A file that has to move leaves a range that waits.
knob lazy_max_pages 1000
printf text >f
truncate -s 4K g
rm g
truncate -s 8K f
is "$(addr f)" 0xffffc90000004000
is "$(knob nr_lazy)" 4
is "$(head -c 4 f)" text
is "$(knob check)" ok

cd /
stop_fs
