#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With allow_other the kernel checks modes; without it others are kept out.
. "$(dirname "$0")/lib.sh"
requires_root
requires setpriv --reuid=65534 --regid=65534 --clear-groups true
chmod 755 "$tmp"
other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$sys" "$@"; }
requires other access / 0

start_fs -o memory=64M
cd "$mnt"
printf secret >a
is "$(cd / && other open "$mnt/a" O_RDONLY)" EACCES
cd /
stop_fs

start_fs -o memory=64M,allow_other
cd "$mnt"
printf secret >a
printf public >b
chmod 600 a
is "$(other open b O_RDONLY)" 0
is "$(other open b O_WRONLY)" EACCES
is "$(other open a O_RDONLY)" EACCES
is "$(other truncate a 0)" EACCES
is "$(other unlink a)" EACCES
is "$(other open status O_RDONLY)" 0
is "$(other open proc/vmallocinfo O_RDONLY)" EACCES
is "$(other open proc/kcore O_RDONLY)" EACCES
is "$(other open dev/mem O_RDONLY)" EACCES
is "$(other open dev/kmem O_RDONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/init_on_alloc O_RDONLY)" 0
is "$(other open sys/kernel/mm/vmalloc/init_on_alloc O_WRONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/check O_RDONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/vfree O_WRONLY)" EACCES
is "$(other open sys/kernel/debug/failslab/times O_RDONLY)" EACCES
chown 65534 a
is "$(other open a O_RDWR)" 0
is "$(other chmod a 640)" 0
is "$(other chmod b 666)" EPERM
is "$(cat a)" secret

cd /
stop_fs
