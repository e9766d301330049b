#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The directories, and what cannot be made in them.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

for dir in module_alloc vmalloc_user vmalloc_32 vmalloc_32_user vmalloc_exec vmalloc_node vmalloc_node/0 \
	ioremap vmap proc dev; do
	is "$(stat -c %F $dir)" directory $dir
	ls -d $dir/.. >/dev/null
done
for file in status proc/vmallocinfo proc/kmsg proc/kcore dev/mem dev/kmem; do
	[ -f $file ] || fail "$file"
done
is "$(ls -A vmap vmalloc_user ioremap | grep -v -e : -e '^$' | wc -l)" 0
find . -type f | sort >"$tmp/found"
is "$(grep -cx -e ./status -e ./dev/mem -e ./proc/vmallocinfo "$tmp/found")" 3

for dir in . vmalloc_user vmap proc; do
	expect_errno EPERM mkdir $dir/x
	expect_errno EPERM symlink target $dir/x
	expect_errno EPERM mknod $dir/x S_IFIFO
	expect_errno EPERM mknod $dir/x S_IFSOCK
done
if [ "$(id -u)" = 0 ]; then
	expect_errno EPERM mknod x S_IFCHR
fi
for dir in proc dev vmalloc_node; do
	expect_errno EPERM open $dir/x 'O_CREAT|O_WRONLY'
	expect_errno EPERM mknod $dir/x S_IFREG
done
sys_is 0 mknod plain S_IFREG
truncate -s 4K plain
is "$(pages plain)" 1
rm plain

# Directories stay.
for dir in vmalloc_user vmalloc_node/0 proc; do
	expect_errno EPERM rmdir $dir
	expect_errno EPERM rename $dir vmalloc_gone 0
done
expect_errno EISDIR unlink vmalloc_user
expect_errno ENOTDIR open status/x O_RDONLY

# A directory of many names lists each of them once.
for ((i = 0; i < 3000; i++)); do
	: >vmalloc_exec/file-with-a-long-name-$i
done
is "$(ls -U vmalloc_exec | sort -u | wc -l)" 3000
is "$(ls -U vmalloc_exec | wc -l)" 3000
is "$(ls -lU vmalloc_exec | grep -c ^-rw-r--r--)" 3000
rm -r vmalloc_exec/*
is "$(ls -A vmalloc_exec)" ""

cd /
stop_fs
