#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# There can be as many files as nr_inodes= says, empty ones included, and df -i tells the truth.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nr_inodes=5
cd "$mnt"

free_inodes() { stat -f -c %d .; }

is "$(free_inodes)" 5
touch a b c
truncate -s 4096 a
is "$(free_inodes)" 2
ln a vmap/t
echo "vmalloc d 4096" >ctl
is "$(free_inodes)" 0

# Each way to make a file says that there is no room, and leaves nothing.
areas=$(key areas)
expect_errno ENOSPC open e 'O_CREAT|O_WRONLY'
expect_errno ENOSPC link a vmap/u
! echo "vmalloc e 4096" >ctl 2>/dev/null || fail "ctl made a sixth file"
! echo "vmap u a" >ctl 2>/dev/null || fail "ctl made a sixth file by vmap"
is "$(key areas)" "$areas"
[ ! -e e ] && [ ! -e vmap/u ] || fail "a file that was refused is there"

# The kernel knows inodes by small numbers: an address of the daemon's memory would tell
# every user where things are in it.  A number is used again.
sys_is 1 handle .
for file in a c vmap/t status proc; do
	sys_call handle $file
	[ "$got" -gt 1 ] && [ "$got" -lt 1000 ] || fail "$file has the number $got"
done

# A name that is free again can be had.
rm b
is "$(free_inodes)" 1
touch e
cd /
stop_fs

# By default there can be as many files as frames, but at least 16384.
start_fs -o memory=16M
is "$(stat -f -c %d "$mnt")" 16384
stop_fs
start_fs -o memory=128M
is "$(stat -f -c %d "$mnt")" 32768
stop_fs
