#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# df shows frames.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

is "$(stat -f -c '%S %l' .)" "4096 255"
is "$(stat -f -c %f .)" "$(key free_frames)"
is "$(stat -f -c %a .)" "$(key free_frames)"
[ "$(stat -f -c %b .)" -le 16384 ] || fail "more blocks than frames"
[ "$(stat -f -c %b .)" -ge 16000 ] || fail "too few blocks"
before=$(stat -f -c %f .)
truncate -s 1M a
is "$(stat -f -c %f .)" "$(key free_frames)"
[ $((before - $(stat -f -c %f .))) -ge 256 ] || fail "256 frames are in use"
df . | has vmallocfs || fail "df names the source"

cd /
stop_fs
