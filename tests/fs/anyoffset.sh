#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mem, kmem and kcore, read and written at any offset and any length: the edges
# of everything, the last byte, beyond it, and places at random.
. "$(dirname "$0")/lib.sh"
ram=$((20 << 20 | 12288)) # not a multiple of a large page
start_fs -o "memory=$((ram >> 10))K,vmalloc=1G"
cd "$mnt"
random_file "$tmp/a" 100000
cp "$tmp/a" a
truncate -s 5000 b
truncate -s 4K ioremap/c
area=$(($(addr a) & 0x7fffffffffff))
last=$(($(row ioremap/c | cut -d' ' -f1 | cut -d- -f2) & 0x7fffffffffff))
max=$(((1 << 63) - 1))
kcore_end=$((0x7ffffffff000 + 4096))

# count SIZE OFFSET COUNT: bytes that a file of that size has there.
count() {
	if (($2 >= $1)); then
		echo 0
	elif (($3 > $1 - $2)); then
		echo $(($1 - $2))
	else
		echo "$3"
	fi
}

# probe OFFSET COUNT: reads all three there.
probe() {
	local got want
	# The kernel itself has a limit to where a read may end.
	[ "$1" -le $((max - $2)) ] || {
		for file in dev/mem dev/kmem proc/kcore; do
			sys_call pread $file "$1" "$2"
			[[ $got == 0 || $got == E* ]] || fail "$file at $1: $got"
		done
		return 0
	}
	sys_is "$(count $ram "$1" "$2")" pread dev/mem "$1" "$2"
	sys_is "$(count $kcore_end "$1" "$2")" pread proc/kcore "$1" "$2"
	# kmem ends at the end of a region, or of the last area, and has gaps.
	sys_call pread dev/kmem "$1" "$2"
	if [ "$got" = ENXIO ]; then
		[ "$1" -lt $((1 << 47)) ] || fail "kmem at $1 of $2: $got"
	else
		want=$(count $((1 << 47)) "$1" "$2")
		[ "$got" -ge 0 ] && [ "$got" -le "$want" ] || fail "kmem at $1 of $2: $got"
	fi
}

edges=(0 4096 $ram $((0x088000000000)) $((0x088000000000 + ram)) $((0x490000000000))
	$area $((area + 100000)) $((area + 102400)) "$last" $((0x490000000000 + (1 << 30)))
	$((0x6a0000000000)) $((0x6a0000000000 + ram / 64)) $((0x7ffffffff000)) $kcore_end
	$((1 << 47)) $((1 << 62)) $max)
for edge in "${edges[@]}"; do
	for delta in -4097 -4096 -1 0 1 4095; do
		[ $((edge + delta)) -ge 0 ] || continue
		[ "$edge" -lt "$max" ] || [ $delta -le 0 ] || continue
		for size in 1 4096 5001 1048576; do
			probe $((edge + delta)) $size
		done
	done
done
for ((i = 0; i < 100; i++)); do
	# Any magnitude is as likely as any other.
	probe $(((RANDOM << 48 | RANDOM << 33 | RANDOM << 18 | RANDOM << 3) >> RANDOM % 63 & max)) \
		$((1 + RANDOM * 32 + RANDOM % 4096))
done
for file in dev/mem dev/kmem proc/kcore; do
	sys_is 0 pread $file 0 0
	expect_errno EINVAL pread $file -1 1
done

# What is read across an edge is what lies there.
same <(tail -c 10 dev/mem) <(dd if=dev/mem bs=1 skip=$((ram - 10)) status=none)
sys_is 100000 pread dev/kmem $area 100000
same <(dd if=dev/kmem bs=99 count=1 iflag=skip_bytes skip=$((area + 99901)) status=none) <(tail -c 99 a)

# Writes.  The last frame may be a page table, so it gets back what it had.
tail -c 1 dev/mem >"$tmp/last"
sys_is 1 pwrite dev/mem $((ram - 1)) 10 x
is "$(tail -c 1 dev/mem)" x
for edge in $ram $((ram + 1)) $((1 << 40)) $((1 << 62)); do
	expect_errno EFAULT pwrite dev/mem "$edge" 1 x
done
for edge in 0 $((0x088000000000 + ram)) $((0x490000000000 + (1 << 30))) $((0x6a0000000000)) \
	$((1 << 47)) $((1 << 62)); do
	expect_errno ENXIO pwrite dev/kmem "$edge" 10 x
done
sys_is 1 pwrite dev/kmem $((0x088000000000 + ram - 1)) 10 y
is "$(tail -c 1 dev/mem)" y
dd if="$tmp/last" of=dev/mem bs=1 seek=$((ram - 1)) conv=notrunc status=none
expect_errno ENXIO pwrite dev/kmem "$last" 10 x
sys_is 4096 pwrite dev/kmem $((area + 102400)) 4096 x # the guard swallows it
same a "$tmp/a"
is "$(knob check)" ok

cd /
stop_fs
