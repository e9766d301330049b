#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ln FILE vmap/NAME is vmap(): the same frames at a second address.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
idle=$(idle_frames)

random_file "$tmp/a" 20000
cp "$tmp/a" a
ln a vmap/x
same a vmap/x
is "$(stat -c '%h %s' vmap/x)" "1 20000"
is "$(stat -c %h a)" 1
[ "$(stat -c %i a)" != "$(stat -c %i vmap/x)" ] || fail "an inode of its own"
is "$(flags vmap/x)" vmap
[ "$(addr vmap/x)" != "$(addr a)" ] || fail "an address of its own"
is "$("$sys" getxattr vmap/x user.vmalloc.phys)" "$("$sys" getxattr a user.vmalloc.phys)"
is "$(stat -c %b vmap/x)" 40
is "$(idle_frames)" $((idle - 5)) "no frames of its own"
grep -q ' vmap/x+0x0/0x5000 vmap$' proc/vmallocinfo || fail "vmallocinfo has no pages= for it"

# A store through either is seen through both.
sys_is 100 pwrite vmap/x 5000 100 X
same a vmap/x
sys_is 100 pwrite a 9000 100 Y
same a vmap/x
same <(kmem "$(addr vmap/x)" 20000) a

# Its size is fixed.
expect_errno EPERM truncate vmap/x 0
expect_errno EPERM truncate vmap/x 100
expect_errno EPERM truncate vmap/x 30000
expect_errno EPERM open vmap/x 'O_WRONLY|O_TRUNC'
expect_errno EPERM pwrite vmap/x 20000 1 x
expect_errno EPERM append vmap/x 1 x
expect_errno EPERM fallocate vmap/x 0 0 40000
is "$(stat -c %s vmap/x)" 20000
sys_is 10 pwrite vmap/x 19990 100 Z
same a vmap/x

# What cannot be linked, and where to.
: >empty
expect_errno EINVAL link empty vmap/y
expect_errno EINVAL link status vmap/y
expect_errno EINVAL link proc/vmallocinfo vmap/y
truncate -s 4K ioremap/io
expect_errno EINVAL link ioremap/io vmap/y
expect_errno EEXIST link a vmap/x
expect_errno EPERM link a b
expect_errno EPERM link a vmalloc_user/b
expect_errno EPERM link a proc/b
expect_errno EPERM open vmap/new 'O_CREAT|O_WRONLY'
[ ! -e vmap/y ] && [ ! -e b ] || fail "a refused link left a name"
rm ioremap/io

# Growing, shrinking or removing the file leaves the mapping as it was.
cp vmap/x "$tmp/x"
truncate -s 40000 a
same vmap/x "$tmp/x"
truncate -s 4096 a
same vmap/x "$tmp/x"
rm a
same vmap/x "$tmp/x"
is "$(idle_frames)" $((idle - 5)) "frames live until the last mapping goes"
random_file "$tmp/fill" 2000000
cp "$tmp/fill" fill
same vmap/x "$tmp/x"
rm fill

# A twin of a twin, and ln -f.
ln vmap/x vmap/y
rm vmap/x
same vmap/y "$tmp/x"
printf b >b
ln -f b vmap/y
is "$(cat vmap/y)" b
rm vmap/y b
is "$(key areas)" 0
is "$(idle_frames)" "$idle"

cd /
stop_fs
