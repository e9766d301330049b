#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the daemon's parent had open is closed; few descriptors are enough.
. "$(dirname "$0")/lib.sh"

exec 9>"$tmp/lock"
flock 9
start_fs -o memory=16M
exec 9>&-
flock -n "$tmp/lock" true || fail "the daemon holds its parent's lock"
stop_fs

# Names of processes are looked up with each event, and no descriptor is kept.
ulimit -n 10
start_fs -o memory=16M
echo 1 >"$mnt/sys/kernel/tracing/events/vmalloc/enable"
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	bash -c 'truncate -s 4096 "$1"' bash "$mnt/$i"
done
grep -q 'truncate-.*alloc_vmap_area' "$mnt/sys/kernel/tracing/trace" || fail "no process is named"
stop_fs
