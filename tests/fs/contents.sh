#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files of loaded/ have the bytes that libkdumpfile finds at their addresses: two modules
# and a kernel stack, out of a whole dump.  It is too large for the source tree.
. "$(dirname "$0")/lib.sh"
whole=${VMALLOCFS_DUMPS:-$top_srcdir/../shared/kernels/dump}/6.1-kaslr/vmcore-d31-zlib.kdump
[ -r "$whole" ] || skip "there is no $whole; VMALLOCFS_DUMPS names another directory of dumps"
"$vmallocfs" --version >"$tmp/version"
grep -q '^crash dumps: read, ' "$tmp/version" || skip "built without libkdumpfile"

start_fs -o "load=$whole"
for file in $(cd "$mnt/loaded" && ls | grep -- '-load_module$' | head -n 2) \
	$(cd "$mnt/loaded" && ls | grep -- '-kernel_clone$' | head -n 1); do
	size=$(stat -c %s "$mnt/loaded/$file")
	for ((page = 0; page * 4096 < size; page++)); do
		dd if="$mnt/loaded/$file" of="$tmp/ours" bs=4096 skip=$page count=1 status=none
		# A page that the dump left out reads as zeros.
		tests/fs/kdump_read "$whole" $((${file%%-*} + page * 4096)) 4096 >"$tmp/theirs" 2>/dev/null ||
			head -c 4096 /dev/zero >"$tmp/theirs"
		cmp "$tmp/theirs" "$tmp/ours" || fail "page $page of $file differs"
		cat "$tmp/theirs" >>"$tmp/$file"
	done
	[ "$(tr -d '\0' <"$tmp/$file" | wc -c)" -ge 1000 ] || fail "$file is empty"
	echo "$file" >>"$tmp/compared"
done
[ "$(grep -c load_module "$tmp/compared")" = 2 ]
[ "$(grep -c kernel_clone "$tmp/compared")" = 1 ]
stop_fs
