#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A file's area exists exactly while its size is above 0.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

touch a
is "$(stat -c %s a)" 0
is "$(row a)" "" "touch makes no area"

truncate -s 64K a
is "$(row a | sed 's/  */ /g')" \
	"0xffffc90000000000-0xffffc90000011000 69632 16 vmalloc a"
is "$(stat -c '%s %b %B' a)" "65536 128 512"
all_bytes a '\0'
is "$(cat proc/vmallocinfo)" \
	"0xffffc90000000000-0xffffc90000011000   69632 a+0x0/0x10000 pages=16 vmalloc N0=16"

# The size is the one asked for; the area is whole pages and a guard.
head -c 10000 /dev/urandom >"$tmp/b"
cp "$tmp/b" b
same "$tmp/b" b
is "$(stat -c '%s %b' b)" "10000 24"
is "$(addr b)" 0xffffc90000011000
is "$(row b | awk '{ print $2, $3 }')" "16384 3"
is "$(key areas)" 2

truncate -s 0 a
is "$(row a)" "" "truncating to 0 is vfree"
[ -e a ] || fail "the name stays"
fallocate -l 1000 a
is "$(addr a)" 0xffffc90000000000 "the lowest hole"
is "$(stat -c %s a)" 1000
rm a b
is "$(key areas)" 0
[ ! -e a ] || fail "the name goes"

cd /
stop_fs
