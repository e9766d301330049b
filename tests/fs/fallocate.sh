#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# posix_fallocate works as on tmpfs; what an area cannot do is refused.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

: >a
sys_is 0 fallocate a 0 0 10000
is "$(stat -c '%s %b' a)" "10000 24"
all_bytes a '\0'
printf hello | dd of=a conv=notrunc status=none
sys_is 0 fallocate a 0 0 5000
is "$(stat -c %s a)" 10000 "a shorter range changes nothing"
sys_is 0 fallocate a 0 8000 12000
is "$(stat -c %s a)" 20000
is "$(head -c 5 a)" hello
expect_errno EINVAL fallocate a 0 0 0
expect_errno EINVAL fallocate a 0 -1 10
expect_errno EOPNOTSUPP fallocate a COLLAPSE_RANGE 0 4096
expect_errno EOPNOTSUPP fallocate a INSERT_RANGE 0 4096
expect_errno EOPNOTSUPP fallocate a ZERO_RANGE 0 4096
expect_errno EOPNOTSUPP fallocate a 'PUNCH_HOLE|KEEP_SIZE' 0 4096
expect_errno ENOMEM fallocate a 0 0 0x4000000000000000
expect_errno EFBIG fallocate a 0 0x7ffffffffffffff0 0x100
is "$(stat -c %s a)" 20000
is "$(head -c 5 a)" hello

cd /
stop_fs
