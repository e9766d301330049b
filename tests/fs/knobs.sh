#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of one value: what they say, what they take, and what they refuse.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
vm=sys/kernel/mm/vmalloc
fault=sys/kernel/debug/fail_page_alloc
slab=sys/kernel/debug/failslab

# value FILE WRITTEN READ
value() {
	echo "$2" >"$1" || fail "$1: $2"
	is "$(cat "$1")" "$3" "$1"
	is "$(wc -l <"$1")" 1
}

# nonsense FILE VALUE...: EINVAL each, and the value stays.
nonsense() {
	local file=$1 before
	before=$(cat "$file")
	for word in "${@:2}"; do
		expect_errno EINVAL put "$file" "$word"
		is "$(cat "$file")" "$before" "$file after $word"
	done
}

# Modes and sizes.
is "$(stat -c %a sys/kernel/debug sys $vm | tr '\n' ' ')" "700 755 755 "
is "$(cd $vm && stat -c %a init_on_alloc in_interrupt nr_tlb_flush nr_page_table_frames check vfree |
	tr '\n' ' ')" "644 644 444 444 400 200 "
is "$(stat -c %a $fault/* $slab/* | sort -u)" 600
is "$(stat -c %s $vm/* $fault/* $slab/* | sort -u)" 0
is "$(find $fault -type f | wc -l) $(find $slab -type f | wc -l)" "17 16"

# The defaults.
is "$(cat $fault/{probability,interval,times,space,verbose,min-order,fail-nth} | tr '\n' ' ')" \
	"0 1 1 0 2 0 0 "
is "$(cat $fault/{task-filter,ignore-gfp-wait,ignore-gfp-highmem} $slab/cache-filter | tr '\n' ' ')" \
	"N N N N "
is "$(cat $slab/{stacktrace-depth,require-start,require-end} | tr '\n' ' ')" \
	"32 0x0000000000000000 0xffffffffffffffff "
is "$(knob init_on_alloc) $(knob in_interrupt) $(knob check)" "1 0 ok"

# Numbers: decimal, hexadecimal, octal.
for file in $fault/interval $slab/space $fault/min-order $slab/verbose; do
	value $file 17 17
	value $file 0x20 32
	value $file 010 8
	value $file +5 5
	nonsense $file x 5x "" " 5" 5,6 0x 99999999999999999999 "5
6" -- -
done
value $fault/times -1 -1
value $fault/times 2147483647 2147483647
nonsense $fault/times 2147483648 -2147483649 -x
nonsense $fault/interval -1
nonsense $fault/min-order 4294967296
value $fault/reject-start 0xffffffff81000000 0xffffffff81000000
value $fault/reject-start $((0xffffffff81000000)) 0xffffffff81000000
truncate -s 4K by_address
knob vfree $(($(addr by_address)))
is "$(stat -c %s by_address)$(row by_address)" 0
rm by_address
value $fault/stacktrace-depth 100 32
value $fault/stacktrace-depth 7 7
nonsense $fault/probability ten 10%
value $fault/probability 30 30
value $fault/fail-nth 1000 1000
value $fault/probability 0 0
is "$(cat $fault/fail-nth)" 1000
value $fault/fail-nth 0 0
is "$(cat $slab/interval)" 1 "the other directory's"

# Yes and no.
for word in Y y 1 on yes; do
	value $fault/task-filter $word Y
	value $vm/init_on_alloc $word 1
done
for word in N n 0 off no; do
	value $fault/task-filter $word N
	value $vm/init_on_alloc $word 0
done
for file in $fault/task-filter $vm/init_on_alloc $vm/in_interrupt; do
	nonsense $file nonsense 2 yep 01 ""
done

# With and without a newline, appended, with O_TRUNC and without; in one piece.
printf 7 >$slab/interval
is "$(cat $slab/interval)" 7
echo 8 >>$slab/interval
is "$(cat $slab/interval)" 8
printf '9\n' | dd of=$slab/interval bs=2 seek=50 conv=notrunc status=none
is "$(cat $slab/interval)" 9
truncate -s 0 $slab/interval
is "$(cat $slab/interval)" 9
expect_errno EINVAL truncate $slab/interval 10
expect_errno EINVAL pwrite $slab/interval 0 100 0
# A text has an end, and each open reads anew.
echo 1234 >$slab/interval
is "$("$sys" pread $slab/interval 0 64)" 5
is "$("$sys" pread $slab/interval 5 64)" 0

# What is for one direction only, and what is never written.
for file in nr_tlb_flush nr_flush_cache_vmap nr_flush_cache_vunmap nr_warn nr_bad_page \
	nr_page_table_frames check; do
	expect_errno EACCES open $vm/$file O_WRONLY
	expect_errno EACCES open $vm/$file O_RDWR
	expect_errno EACCES open $vm/$file 'O_RDONLY|O_TRUNC'
done
expect_errno EACCES open $vm/vfree O_RDONLY
expect_errno EPERM unlink $vm/check
expect_errno EPERM open $vm/x 'O_CREAT|O_WRONLY'
expect_errno EPERM mkdir sys/kernel/debug/x

# Counters.
before=$(knob nr_tlb_flush)
truncate -s 64K a
is "$(knob nr_page_table_frames)" "$(key page_table_frames)"
rm a
is "$(knob nr_tlb_flush)" $((before + 1))

flushes=$(knob nr_flush_cache_vmap)-$(knob nr_flush_cache_vunmap)
truncate -s 64K a
is "$(knob nr_flush_cache_vmap)-$(knob nr_flush_cache_vunmap)" \
	"$((${flushes%-*} + 1))-${flushes#*-}"
rm a
is "$(knob nr_flush_cache_vunmap)" $((${flushes#*-} + 1))
is "$(knob nr_warn)-$(knob nr_bad_page)" 0-0

# init_on_alloc at work.
knob init_on_alloc 0
head -c 1M /dev/zero | tr '\0' x >a
rm a
truncate -s 32M b
[ "$(tr -d '\0' <b | wc -c)" -gt 0 ] || fail "no old bytes anywhere"
rm b
knob init_on_alloc 1
truncate -s 32M b
all_bytes b '\0'

cd /
stop_fs
