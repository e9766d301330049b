#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rm is vfree; of an open file at its last close.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
idle=$(idle_frames)

truncate -s 64K a
truncate -s 64K b
where=$(addr a)
rm a
is "$(row a)" ""
is "$(idle_frames)" $((idle - 16))
truncate -s 60K c
is "$(addr c)" "$where" "the hole is used again"
rm b c
is "$(idle_frames)" "$idle"
expect_errno ENOENT unlink a

printf hello >a
exec 7<>a 8<a
ino=$(stat -c %i a)
where=$(addr a)
rm a
[ ! -e a ] || fail "the name goes at once"
is "$(ls)" "$(ls -I a)"
sys_is 0 stat @7 nlink
is "$(row 'a\\040(deleted)' | cut -d- -f1)" "$where"
grep -q '^0x.* a\\040(deleted)+0x0/0x5 ' proc/vmallocinfo || fail "vmallocinfo"
sys_is 5 pread @8 0 100
printf ' and more' >&7
ok ftruncate @7 10000
sys_is 10000 stat @7 size
ok pwrite @7 20000 5 x

# The name may be taken again meanwhile.
printf other >a
[ "$(stat -c %i a)" != "$ino" ] || fail "the same inode number"
is "$(cat a)" other
exec 8<&-
is "$(key areas)" 2
exec 7<&-
areas_are() { [ "$(key areas)" = "$1" ]; }
eventually areas_are 1
rm a
is "$(idle_frames)" "$idle"

# The same for one that a rename replaces.
printf old >a
printf new >b
exec 7<a
mv b a
is "$(cat a)" new
is "$(cat <&7)" old
exec 7<&-
eventually areas_are 1
rm a
is "$(idle_frames)" "$idle"

cd /
stop_fs

# Areas that are left when the mount ends go with the machine.
start_fs -o memory=64M
truncate -s 3M "$mnt/a"
stop_fs
