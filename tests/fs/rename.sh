#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rename keeps the area and frees a replaced one; never leaves a directory.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

printf aaa >a
where=$(addr a)
ino=$(stat -c %i a)
mv a b
[ ! -e a ] || fail "the old name"
is "$(addr b)" "$where"
is "$(stat -c %i b)" "$ino"
is "$(cat b)" aaa
grep -q ' b+0x0/0x3 ' proc/vmallocinfo || fail "the caller follows"
sys_is 0 rename b b 0
is "$(cat b)" aaa

# Onto another file, with and without leave.
printf cc >c
expect_errno EEXIST rename b c RENAME_NOREPLACE
is "$(cat c)" cc
sys_is 0 rename b d RENAME_NOREPLACE
sys_is 0 rename d c 0
is "$(cat c)" aaa
is "$(key areas)" 1
is "$(addr c)" "$where"

# An exchange.
printf ee >e
other=$(addr e)
sys_is 0 rename c e RENAME_EXCHANGE
is "$(cat c) $(cat e)" "ee aaa"
is "$(addr e) $(addr c)" "$where $other"
expect_errno ENOENT rename c nothing RENAME_EXCHANGE
expect_errno EINVAL rename c x RENAME_WHITEOUT
expect_errno EINVAL rename c e 'RENAME_EXCHANGE|RENAME_NOREPLACE'
expect_errno ENOENT rename nothing c 0

# A name of 16 bytes and more is kept elsewhere than a short one.
long=a-name-of-16-bytes-and-more
mv c $long
is "$(cat $long)" ee
sys_is 0 rename e $long RENAME_EXCHANGE
is "$(cat e) $(cat $long)" "ee aaa"
sys_is 0 rename $long e RENAME_EXCHANGE
is "$(cat e) $(cat $long)" "aaa ee"
mv $long fifteen-bytes-x
mv fifteen-bytes-x sixteen-bytes-xx
is "$(cat sixteen-bytes-xx)" ee
mv sixteen-bytes-xx c
is "$(addr c)" "$other"
is "$(key areas)" 2

# Directories are different allocators: mv copies.
expect_errno EXDEV rename c vmalloc_user/c 0
expect_errno EXDEV rename c vmalloc_exec/c 0
mv c vmalloc_user/c
[ ! -e c ] || fail "mv leaves the old file"
is "$(cat vmalloc_user/c)" ee
is "$(flags vmalloc_user/c)" vmalloc,user
mv vmalloc_user/c vmalloc_user/d
grep -q ' vmalloc_user/d+0x0/0x2 ' proc/vmallocinfo || fail "the caller in a directory"

cd /
stop_fs
