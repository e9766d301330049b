#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmalloc_32 keeps below 4 GiB; vmalloc_exec leaves NX out of its PTEs.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=6G
cd "$mnt"

for dir in . vmalloc_user vmalloc_exec vmalloc_32 vmalloc_32_user; do
	printf content >$dir/a
	is "$(cat $dir/a)" content
done
is "$(flags a)" vmalloc
is "$(flags vmalloc_user/a)" vmalloc,user
is "$(flags vmalloc_exec/a)" vmalloc
is "$(flags vmalloc_32/a)" vmalloc
is "$(flags vmalloc_32_user/a)" vmalloc,user

four=$((4 << 30))
frame() { echo $(($(pte "$(addr "$1")") & 0xffffffffff000)); }
[ "$(frame a)" -ge $four ] || fail "Normal comes first"
[ "$(frame vmalloc_user/a)" -ge $four ] || fail "Normal comes first for users, too"
[ "$(frame vmalloc_32/a)" -lt $four ] || fail "vmalloc_32 is above 4 GiB"
[ "$(frame vmalloc_32_user/a)" -lt $four ] || fail "vmalloc_32_user is above 4 GiB"

is "$(printf %x "$(($(pte "$(addr a)") & ~0xffffffffff000))")" 8000000000000163
is "$(printf %x "$(($(pte "$(addr vmalloc_exec/a)") & ~0xffffffffff000))")" 163

cd /
stop_fs
