#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Without /dev/fuse: one clear line and exit status 1.
. "$(dirname "$0")/lib.sh"
requires_root
requires unshare -m true
status=0
unshare -m bash -c '
	mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 &&
	exec "$0" "$1"' "$vmallocfs" "$mnt" >"$tmp/out" 2>"$tmp/err" || status=$?
is $status 1
is "$(wc -l <"$tmp/err")" 1 "lines on stderr"
grep -q '/dev/fuse' "$tmp/err" || fail "it does not name /dev/fuse"
