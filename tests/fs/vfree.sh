#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vfree by address: the file whose area went has size 0, and lives on.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
idle=$(idle_frames)

random_file "$tmp/b" 4096
cp "$tmp/b" b
truncate -s 8M a
truncate -s 40K vmalloc_user/u vmalloc_32/l ioremap/i
ln b vmap/x
for file in a vmalloc_user/u vmalloc_32/l ioremap/i vmap/x; do
	[ "$(stat -c %s $file)" -gt 0 ] || fail "$file"
	knob vfree "$(addr $file)"
	is "$(stat -c '%s %b' $file)" "0 0" $file
	is "$(row $file)" ""
	is "$(cat $file | wc -c)" 0
done
# The page array, which belongs to no file, went with its owner.
is "$(key areas)" 1
same b "$tmp/b"
is "$(knob check)" ok
is "$(logged vfree)" 0

# Such a file can get a new area, but not a file in vmap/.
cp "$tmp/b" a
same a "$tmp/b"
truncate -s 4K vmalloc_user/u ioremap/i
expect_errno EPERM truncate vmap/x 4096
rm a vmalloc_user/u ioremap/i vmap/x

# Open, mapped, without a name: the open sees nothing and does no harm.
truncate -s 40K vmalloc_user/u c
exec 7<>c 8<>vmalloc_user/u
for file in c vmalloc_user/u; do
	knob vfree "$(addr $file)"
	is "$(stat -c %s $file)" 0
done
is "$(cat <&7 | wc -c) $(cat <&8 | wc -c)" "0 0"
echo again >c
knob vfree "$(addr c)"
echo again >c
rm c
is "$(row 'c\\040(deleted)' | wc -l)" 1
knob vfree "$(awk '/deleted/ { print substr($1, 1, 18) }' status)"
is "$(key areas)" 1
exec 7<&- 8<&-
rm vmalloc_user/u

# An address is a number; 0 is nothing, an area is freed once.
for word in xyz ffffc90000000000 "" 0x1ffffffffffffffff; do
	expect_errno EINVAL put sys/kernel/mm/vmalloc/vfree "$word"
done
knob vfree 0
is "$(logged vfree)" 0
at=$(addr b)
knob vfree "$((at))" # which the shell gives as a negative number
is "$(stat -c %s b)" 0
knob vfree "$at"
is "$(logged "Trying to vfree() nonexistent vm area (${at#0x})")" 1
rm b
is "$(key areas)" 0
is "$(idle_frames)" "$idle"

# Files come and go while their addresses are freed from outside.
makers=()
for i in 1 2; do
	(
		for ((n = 0; n < 200; n++)); do
			echo content >f$i
			truncate -s 100K f$i
			rm f$i
		done
		: >"$tmp/done$i"
	) &
	makers+=($!)
done
until [ -e "$tmp/done1" ] && [ -e "$tmp/done2" ]; do
	for at in $(awk '/^0x/ { print substr($1, 1, 18) }' status); do
		knob vfree "$at"
	done
done
wait "${makers[@]}"
is "$(key areas)" 0
is "$(knob check)" ok
is "$(idle_frames)" "$idle"

cd /
stop_fs
