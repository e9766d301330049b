#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mount(8) and fstab.
. "$(dirname "$0")/lib.sh"
requires_root
requires test -x /sbin/mount.fuse3
requires test -d /usr/local/bin
requires unshare -m true
export vmallocfs mnt tmp

cat >"$tmp/in_namespace" <<'X'
set -eu
mount --make-rprivate /
# mount(8) sets a path of its own, in which the program must be found.
mount -t tmpfs none /usr/local/bin
ln -s "$vmallocfs" /usr/local/bin/vmallocfs

mount -t fuse.vmallocfs none "$mnt" -o memory=64M,allow_other,noatime,nodev
grep " $mnt fuse.vmallocfs .*nodev" /proc/self/mounts
grep -q '^frames: 16384 ' "$mnt/status"
echo content >"$mnt/a"
[ "$(cat "$mnt/a")" = content ]
umount "$mnt"

echo "none $mnt fuse.vmallocfs memory=32M,vmalloc=1M,noauto,nofail,x-test 0 0" >"$tmp/fstab"
mount -T "$tmp/fstab" "$mnt"
grep -q '^frames: 8192 ' "$mnt/status"
umount "$mnt"

# Read-only and a name of the source.
mount -t fuse.vmallocfs lab "$mnt" -o ro,memory=64M
grep "^lab $mnt fuse.vmallocfs ro" /proc/self/mounts
umount "$mnt"

# A bad option is an error of mount.
if mount -t fuse.vmallocfs none "$mnt" -o memory=0 2>"$tmp/err"; then
	echo "memory=0 was mounted"
	exit 1
fi
grep -q '^vmallocfs: ' "$tmp/err"
X
unshare -m bash -x "$tmp/in_namespace" || fail "mount(8)"
