#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With -o nowindows the mount has only the files of areas, and status: a copy of it ends.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nowindows
cd "$mnt"

is "$(ls -F)" "ioremap/
module_alloc/
status
vmalloc_32/
vmalloc_32_user/
vmalloc_exec/
vmalloc_node/
vmalloc_user/
vmap/"
echo hello >a
echo user >vmalloc_user/u
ln a vmap/t
cp -r . "$tmp/copy"
is "$(cat "$tmp/copy/a" "$tmp/copy/vmalloc_user/u" "$tmp/copy/vmap/t")" "hello
user
hello"
is "$(head -n 1 "$tmp/copy/status")" "$(head -n 1 status)"
tar -cf "$tmp/all.tar" .
tar -tf "$tmp/all.tar" | has -x ./vmap/t || fail "the archive lacks a file"
cd /
stop_fs
