#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# INT, TERM, HUP and an unmount end it cleanly, with exit status 0.
. "$(dirname "$0")/lib.sh"
for signal in INT TERM HUP; do
	# A background job of a shell ignores SIGINT; env gives it back.
	env --default-signal=INT "$vmallocfs" -f -o memory=64M "$mnt" >"$tmp/stdout" 2>"$tmp/stderr" &
	pid=$!
	wait_mounted
	truncate -s 3M "$mnt/a"
	ln "$mnt/a" "$mnt/vmap/a"
	exec 7<"$mnt/a"
	kill -$signal $pid
	wait_daemon
	exec 7<&-
done
start_fs -o memory=64M
truncate -s 3M "$mnt/a"
stop_fs
