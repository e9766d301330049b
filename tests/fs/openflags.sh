#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The flags of open(2).
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

expect_errno ENOENT open a O_RDWR
ok open a 'O_CREAT|O_EXCL|O_RDWR' 640
is "$(stat -c %a a)" 640
expect_errno EEXIST open a 'O_CREAT|O_EXCL|O_RDWR'
ok open a 'O_CREAT|O_RDWR' 600
is "$(stat -c %a a)" 640
expect_errno ENOTDIR open a 'O_RDONLY|O_DIRECTORY'

# O_TRUNC is vfree.
printf content >a
is "$(key areas)" 1
ok open a 'O_WRONLY|O_TRUNC'
is "$(stat -c %s a)" 0
is "$(key areas)" 0

# O_APPEND writes at the end, wherever the offset is.
for word in one two three; do
	echo $word >>a
done
is "$(tr '\n' ' ' <a)" "one two three "
exec 7>>a
truncate -s 4 a
echo four >&7
exec 7>&-
is "$(tr '\n' ' ' <a)" "one four "

# The umask is heeded.
(umask 077 && : >b)
is "$(stat -c %a b)" 600

cd /
stop_fs
