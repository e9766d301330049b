#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What would be enough: sys/kernel/mm/vmalloc/enough answers the last question each
# time it is opened, and what it and the log say is so.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=404K # a hundred pages, and the one that is never used
cd "$mnt"
enough=sys/kernel/mm/vmalloc/enough

grep -q SIZE $enough || fail "it does not say how to ask"
for bad in x 0 -1 '1 3' '4K 0' '4K 4K nowhere' '4K vmalloc x' 18446744073709551615 '1 1 1'; do
	expect_errno EINVAL put $enough "$bad"
done

# It fits, and there: 10 pages with the guard.
echo 36K >$enough
is "$(grep -c 'It fits: ' $enough)" 1
at=$(awk '$1 == "first-fit" { print $2 }' $enough)
truncate -s 36K a
is "$(addr a)" "$at"

# Holes of 20 and 30 pages; and 32 pages are not to be had.
truncate -s 76K h1
truncate -s 36K b
truncate -s 116K h2
truncate -s 116K c
rm h1 h2
echo 124K >$enough
: >x
expect_errno ENOSPC truncate x 126976
is "$(awk '/largest hole/ { print $3 }' $enough)" $((30 * 4096))
log=$(tail -n 1 proc/kmsg)
# A window of so much: a machine with it has room, with a page less it has none.
wider=$(sed -n 's/.*a window of \([0-9]*\) bytes (vmalloc=\([0-9]*\)K).*/\1 \2/p' <<<"$log")
is "${wider% *}" $((${wider#* } * 1024))
is "$(sed -n 's/.* \([0-9]*\) bytes$/\1/p' $enough | tail -n 1)" "${wider% *}"
# A removal: the smallest that helps.
grep -q 'one of 2 areas' $enough || fail "$(cat $enough)"
is "$(awk '/makes room:/ { getline; print $2, $3 }' $enough)" '40960 b'
[[ $log == *'removal of b (40960 bytes) or of another area'* ]] || fail "$log"
rm b
is "$(grep -c 'It fits' $enough)" 1 # asked anew
truncate -s 126976 x

# In the space of the modules, aligned.
echo 8K 64K modules >$enough
grep -q ' in modules ' $enough || fail "$(cat $enough)"
is $(($(awk '$1 == "top-down" { print $2 }' $enough) % 65536)) 0
cd /
stop_fs

# The two windows.
for k in "${wider#* }" $((${wider#* } - 4)); do
	start_fs -o "memory=64M,vmalloc=${k}K"
	for name in a:36 h1:76 b:36 h2:116 c:116; do
		truncate -s "${name#*:}K" "$mnt/${name%:*}"
	done
	rm "$mnt"/h?
	: >"$mnt/x"
	if [ "$k" = "${wider#* }" ]; then
		truncate -s 126976 "$mnt/x"
	else
		expect_errno ENOSPC truncate "$mnt/x" 126976
	fi
	stop_fs
done
