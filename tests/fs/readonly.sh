#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# -o ro: everything can be read, nothing changed.
. "$(dirname "$0")/lib.sh"
start_fs -o ro,memory=64M,"load=$data/vmallocinfo-linux-6.1.txt"
cd "$mnt"

cat status proc/vmallocinfo proc/kmsg >/dev/null
is "$(head -c 8192 dev/mem | wc -c)" 8192
expect_errno EROFS open a 'O_CREAT|O_WRONLY'
expect_errno EROFS open dev/mem O_WRONLY
expect_errno EROFS unlink status
expect_errno EROFS mkdir x
expect_errno EROFS chmod . 700

cd /
stop_fs
