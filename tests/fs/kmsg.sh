#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/kmsg is the kernel's log, as dmesg reads it.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=1M
cd "$mnt"

cat proc/kmsg >/dev/null
: >a
expect_errno ENOSPC truncate a 2097152
grep -vE '^<[0-7]>\[ *[0-9]+\.[0-9]{6}\] [^[:cntrl:]]+$' proc/kmsg && fail "malformed lines"
grep -q '^<4>\[.*out of vmalloc space' proc/kmsg || fail "the level of the warning"
is "$(stat -c %s proc/kmsg)" "$(wc -c <proc/kmsg)"
lines=$(wc -l <proc/kmsg)
is "$(wc -l <proc/kmsg)" "$lines" "reading takes nothing away"
if dmesg --help 2>/dev/null | grep -q -e --file; then
	is "$(dmesg -F proc/kmsg | wc -l)" "$lines" "dmesg -F"
fi

cd /
stop_fs
